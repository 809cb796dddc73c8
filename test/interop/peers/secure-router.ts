import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, type KeyPair } from '@sisock/testkit';
import { accepts } from './accepts.js';
import { startProcess, venvBin } from './peer-process.js';
import type { PeerProcess } from './peer-process.js';
import { runSisock, startPart } from './sisock.js';
import type { Part } from './sisock.js';
import { until } from './until.js';

/** A router with TLS, set up by files in `<dir>/.crossbar` alone. */
export interface SecureRouter {
  /** `ws://localhost:PORT/ws`, anonymous too. */
  readonly plainUrl: string;
  readonly plainPort: number;
  readonly tlsPort: number;
  /** The port that presents another certificate. */
  portOf(name: string): number;
  /** Ends it and starts it again on its ports. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export type StartSecureRouter = (dir: string, certificates: Readonly<Record<string, KeyPair>>) => Promise<SecureRouter>;

/** Writes a pair to `<dir>/.crossbar/<name>_cert.pem` and `_key.pem`. */
export async function writePair(dir: string, name: string, { cert, key }: KeyPair): Promise<void> {
  await mkdir(join(dir, '.crossbar'), { recursive: true });
  await writeFile(join(dir, '.crossbar', `${name}_key.pem`), key, { mode: 0o600 });
  await writeFile(join(dir, '.crossbar', `${name}_cert.pem`), cert);
}

interface Transport {
  readonly endpoint: { readonly port: number; readonly tls?: { readonly key: string; readonly certificate: string } };
}

/** A real Crossbar as `sisock crossbar-config` configures it, with a copy of its TLS port for each other certificate. */
export const startSecureCrossbar: StartSecureRouter = async (dir, certificates) => {
  const [plainPort, tlsPort] = [await freePort(), await freePort()];
  const ports = new Map<string, number>();
  const env = { CROSSBAR_OCS_PORT: String(plainPort), CROSSBAR_TLS_PORT: String(tlsPort) };
  const written = await runSisock(['crossbar-config', '--write'], env, dir);
  if (written.status !== 0) throw new Error(written.output);
  const file = join(dir, '.crossbar', 'config.json');
  const config = JSON.parse(await readFile(file, 'utf8')) as { workers: [{ transports: Transport[] }] };
  const { transports } = config.workers[0];
  const secure = transports.find(({ endpoint }) => endpoint.tls)!;
  for (const [name, pair] of Object.entries(certificates)) {
    await writePair(dir, name, pair);
    const port = await freePort();
    ports.set(name, port);
    const tls = { key: `${name}_key.pem`, certificate: `${name}_cert.pem` };
    transports.push({ ...secure, endpoint: { ...secure.endpoint, port, tls } });
  }
  await writeFile(file, JSON.stringify(config));

  let process: PeerProcess;
  const start = async (): Promise<void> => {
    const args = ['start', '--cbdir', join(dir, '.crossbar'), '--color', 'false'];
    process = startProcess('crossbar', venvBin('crossbar'), args, { cwd: dir });
    const listening = async () => {
      if (!process.running) throw new Error(`Crossbar ended:\n${process.output()}`);
      return (await Promise.all([plainPort, tlsPort, ...ports.values()].map(accepts))).every(Boolean);
    };
    await until('Crossbar listening', listening);
  };
  await start();
  return {
    plainUrl: `ws://localhost:${plainPort}/ws`,
    plainPort,
    tlsPort,
    portOf: (name) => ports.get(name)!,
    restart: async () => {
      await process.kill();
      await rm(join(dir, '.crossbar', 'node.pid'), { force: true });
      await start();
    },
    stop: () => process.kill(),
  };
};

/** `sisock router` on the same files, and one more of it for each other certificate. */
export const startSecureSisock: StartSecureRouter = async (dir, certificates) => {
  const parts: Part[] = [];
  const start = async (env: Readonly<Record<string, string>>) => {
    const [plainPort, tlsPort] = [await freePort(), await freePort()];
    const ports = { CROSSBAR_OCS_PORT: String(plainPort), CROSSBAR_TLS_PORT: String(tlsPort) };
    const part = await startPart(['router'], { ...ports, ...env }, dir, (process) =>
      until('the router listening', async () => {
        if (!process.running) throw new Error(process.output());
        return (await accepts(plainPort)) && accepts(tlsPort);
      }),
    );
    parts.push(part);
    return { part, plainPort, tlsPort };
  };
  const { part, plainPort, tlsPort } = await start({});
  const ports = new Map<string, number>();
  for (const [name, pair] of Object.entries(certificates)) {
    await writePair(dir, name, pair);
    const env = { CROSSBAR_CERT: `.crossbar/${name}_cert.pem`, CROSSBAR_KEY: `.crossbar/${name}_key.pem` };
    ports.set(name, (await start(env)).tlsPort);
  }
  return {
    plainUrl: `ws://localhost:${plainPort}/ws`,
    plainPort,
    tlsPort,
    portOf: (name) => ports.get(name)!,
    restart: () => part.restart(),
    stop: async () => void (await Promise.all(parts.map((one) => one.stop()))),
  };
};
