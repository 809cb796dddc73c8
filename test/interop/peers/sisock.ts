import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@sisock/testkit';
import { accepts } from './accepts.js';
import { repositoryDir, startProcess } from './peer-process.js';
import type { PeerProcess } from './peer-process.js';
import { interopSetup } from './roles.js';
import type { RouterPeer } from './router-peer.js';
import { until } from './until.js';

type Environment = Readonly<Record<string, string>>;

/** A part of sisock as a process of its own, which can be killed and started again. */
export interface Part {
  /** Of the process that runs now. */
  output(): string;
  /** `kill -9`, and again. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Settings of the machine that must not reach a part. */
const cleared = Object.fromEntries(
  ['PORT', 'WAMP_SECRET', 'WAMP_URI', 'WAMP_USER', 'WAMP_REALM', 'NAME', 'SQL_HOST', 'LOGLEVEL'].map((n) => [
    n,
    undefined,
  ]),
);

/** Starts `sisock <words>` as built in packages/stack/dist; `ready` is awaited at each start. */
export async function startPart(
  words: readonly string[],
  env: Environment,
  cwd: string,
  ready: (process: PeerProcess) => Promise<unknown>,
): Promise<Part> {
  const start = async (): Promise<PeerProcess> => {
    const bin = join(repositoryDir, 'packages/stack/dist/bin/sisock.js');
    const process = startProcess(`sisock ${words.join(' ')}`, globalThis.process.execPath, [bin, ...words], {
      env: { ...cleared, STOP_DEADLINE: '60', ...env },
      cwd,
    });
    try {
      await ready(process);
    } catch (e) {
      await process.kill();
      throw new Error(`${String(e)}\n${process.output()}`, { cause: e });
    }
    return process;
  };
  let process = await start();
  return {
    output: () => process.output(),
    restart: async () => {
      await process.kill();
      process = await start();
    },
    stop: () => process.stop(),
  };
}

/** Runs `sisock <words>` to its end, or until `done` of its output. Its status is null where it had to be ended. */
export async function runSisock(
  words: readonly string[],
  env: Environment,
  cwd: string,
  done: (output: string) => boolean = () => false,
): Promise<{ readonly status: number | null; readonly output: string }> {
  const bin = join(repositoryDir, 'packages/stack/dist/bin/sisock.js');
  const process = startProcess(`sisock ${words.join(' ')}`, globalThis.process.execPath, [bin, ...words], {
    env: { ...cleared, STOP_DEADLINE: '60', ...env },
    cwd,
  });
  await until(`the end of sisock ${words.join(' ')}`, () => !process.running || done(process.output())).catch(
    async (error: unknown) => {
      await process.kill();
      throw new Error(process.output(), { cause: error });
    },
  );
  const status = process.running ? null : await process.ended;
  await process.kill();
  return { status, output: process.output() };
}

const secretOf = (user: string): string => interopSetup.users[user]!.secret;

/** `sisock router` on a free port of the loopback. */
export async function startSisockRouter(): Promise<RouterPeer> {
  const port = await freePort();
  const dir = await mkdtemp(join(tmpdir(), 'sisock-router-'));
  const env = {
    CROSSBAR_OCS_PORT: String(port),
    SISOCK_DATA_DIR: dir,
    WAMP_SECRET: secretOf('server'),
    CONSUMER_SECRET: secretOf('consumer'),
  };
  const part = await startPart(['router'], env, dir, (process) =>
    until('the router listening', () => whileRunning(process, () => accepts(port))),
  );
  return {
    kind: 'embedded',
    realm: interopSetup.realm,
    wsUrl: `ws://127.0.0.1:${port}/ws`,
    httpUrl: `http://127.0.0.1:${port}`,
    restart: () => part.restart(),
    stop: async () => {
      await part.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Hub and bridge at a router, and whichever nodes a test adds. */
export interface Site {
  readonly router: RouterPeer;
  readonly hub: Part;
  readonly bridge: Part;
  /** Of the bridge: `http://127.0.0.1:PORT`. */
  readonly httpUrl: string;
  /** Starts `sisock <words>` with the site's settings; it is not waited for. */
  part(words: readonly string[], env: Environment): Promise<Part>;
  /** Starts `sisock node <kind>`; it is there when the bridge lists it. */
  node(kind: string, name: string, env: Environment): Promise<Part>;
  stop(): Promise<void>;
}

export async function startSite(router: RouterPeer): Promise<Site> {
  const dir = await mkdtemp(join(tmpdir(), 'sisock-site-'));
  const port = await freePort();
  const httpUrl = `http://127.0.0.1:${port}`;
  const joining = { WAMP_URI: router.wsUrl, WAMP_REALM: router.realm, SISOCK_DATA_DIR: dir };
  const server = { ...joining, WAMP_SECRET: secretOf('server') };
  const consumer = { ...joining, WAMP_SECRET: secretOf('consumer'), PORT: String(port) };
  const [hub, bridge] = await Promise.all([
    startPart(['hub'], server, dir, async () => undefined),
    startPart(['http'], consumer, dir, (process) =>
      until('the bridge ready', () => whileRunning(process, async () => (await fetch(`${httpUrl}/readyz`)).ok)),
    ),
  ]);
  const parts: Part[] = [];
  return {
    router,
    hub,
    bridge,
    httpUrl,
    part: async (words, env) => {
      const part = await startPart(words, { ...server, ...env }, dir, async () => undefined);
      parts.push(part);
      return part;
    },
    node: async (kind, name, env) => {
      const part = await startPart(['node', kind], { ...server, NAME: name, ...env }, dir, (process) =>
        until(`node ${name} listed`, () =>
          whileRunning(process, async () => (await nodeNames(httpUrl)).includes(name)),
        ),
      );
      parts.push(part);
      return part;
    },
    stop: async () => {
      await Promise.all([...parts, bridge, hub].map((part) => part.stop()));
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function nodeNames(httpUrl: string): Promise<string[]> {
  const answer = (await (await fetch(`${httpUrl}/api/v1/nodes`)).json()) as { nodes: { name: string }[] };
  return answer.nodes.map((node) => node.name);
}

async function whileRunning<T>(process: PeerProcess, ask: () => Promise<T>): Promise<T> {
  if (!process.running) throw new Error(`${process.name} ended`);
  return ask();
}
