import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@sisock/testkit';
import { accepts } from './accepts.js';
import { startProcess, venvBin } from './peer-process.js';
import type { PeerProcess } from './peer-process.js';
import type { RouterPeer, RouterSetup } from './router-peer.js';
import { until } from './until.js';

/** Starts a real Crossbar on a free port of the loopback, with a configuration of its own in a temporary directory. */
export async function startCrossbar(setup: RouterSetup): Promise<RouterPeer> {
  const port = await freePort();
  const dir = await mkdtemp(join(tmpdir(), 'sisock-crossbar-'));
  const cbdir = join(dir, '.crossbar');
  await mkdir(cbdir);
  await writeFile(join(cbdir, 'config.json'), JSON.stringify(configuration(setup, port), null, 2));
  let process: PeerProcess;

  const start = async (): Promise<void> => {
    process = startProcess('crossbar', venvBin('crossbar'), ['start', '--cbdir', cbdir, '--color', 'false'], {
      cwd: dir,
    });
    await until('Crossbar listening', async () => {
      if (!process.running) throw new Error(`Crossbar ended:\n${process.output()}`);
      return accepts(port);
    });
  };
  await start();

  return {
    kind: 'crossbar',
    realm: setup.realm,
    wsUrl: `ws://127.0.0.1:${port}/ws`,
    httpUrl: `http://127.0.0.1:${port}`,
    restart: async () => {
      await process.kill();
      await rm(join(cbdir, 'node.pid'), { force: true });
      await start();
    },
    stop: async () => {
      await process.kill();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Crossbar's configuration, version 2. Its web paths are named one by one: nothing on `/` may shadow `/ws`. */
function configuration(setup: RouterSetup, port: number): unknown {
  const users = Object.fromEntries(
    Object.entries(setup.users).map(([authid, { secret, role, salted }]) => [
      authid,
      // Crossbar derives the key of a salted user itself.
      { role, secret, ...salted },
    ]),
  );
  const refuse = { call: false, register: false, publish: false, subscribe: false };
  return {
    version: 2,
    controller: {},
    workers: [
      {
        type: 'router',
        realms: [
          {
            name: setup.realm,
            roles: setup.roles.map(({ name, permissions }) => ({
              name,
              permissions: permissions.map(({ uri, match, allow, disclose }) => ({
                uri,
                match,
                allow: { ...refuse, ...allow },
                disclose: { caller: false, publisher: false, ...disclose },
                cache: true,
              })),
            })),
          },
        ],
        transports: [
          {
            type: 'web',
            endpoint: { type: 'tcp', port, interface: '127.0.0.1', backlog: 1024 },
            paths: {
              ws: {
                type: 'websocket',
                serializers: ['cbor', 'msgpack', 'json'],
                auth: {
                  anonymous: { type: 'static', role: setup.anonymousRole },
                  wampcra: { type: 'static', users },
                },
                options: { auto_ping_interval: 10_000, auto_ping_timeout: 60_000, auto_ping_size: 12 },
              },
              call: { type: 'caller', realm: setup.realm, role: setup.httpRole, options: {} },
              publish: { type: 'publisher', realm: setup.realm, role: setup.httpRole, options: {} },
            },
          },
        ],
      },
    ],
  };
}
