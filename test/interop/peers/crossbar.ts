import { pbkdf2Sync } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import { startProcess, venvBin } from './peer-process.js';
import type { PeerProcess } from './peer-process.js';
import { until } from './until.js';

/** One line of a role: what it may do with the URIs that match. */
export interface Permission {
  readonly uri: string;
  readonly match: 'exact' | 'prefix' | 'wildcard';
  readonly allow: { readonly call?: boolean; readonly register?: boolean; readonly publish?: boolean; readonly subscribe?: boolean };
}

export interface Role {
  readonly name: string;
  readonly permissions: readonly Permission[];
}

export interface User {
  readonly secret: string;
  readonly role: string;
  /** With a salt the router knows the derived key only. */
  readonly salted?: { readonly salt: string; readonly iterations: number; readonly keylen: number };
}

export interface RouterSetup {
  readonly realm: string;
  readonly roles: readonly Role[];
  readonly users: Readonly<Record<string, User>>;
  /** Role of those who do not authenticate. */
  readonly anonymousRole: string;
  /** Role of the HTTP paths `/call` and `/publish`. */
  readonly httpRole: string;
}

/** A router under test: Crossbar, or ours. */
export interface RouterPeer {
  readonly kind: 'crossbar' | 'embedded';
  readonly realm: string;
  /** `ws://127.0.0.1:PORT/ws` */
  readonly wsUrl: string;
  /** `http://127.0.0.1:PORT`: the paths `/call` and `/publish` are below it. */
  readonly httpUrl: string;
  /** Ends it as a crash does and starts it again on the same port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const READY_MS = 90_000;

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
      CROSSBAR_PYTHONPATH: '',
    });
    await until(
      'Crossbar listening',
      async () => {
        if (!process.running) throw new Error(`Crossbar ended:\n${process.output()}`);
        return accepts(port);
      },
      READY_MS,
    );
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

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** Crossbar's configuration, version 2. Its web paths are named one by one: nothing on `/` may shadow `/ws`. */
function configuration(setup: RouterSetup, port: number): unknown {
  const users = Object.fromEntries(
    Object.entries(setup.users).map(([authid, { secret, role, salted }]) => [
      authid,
      salted
        ? {
            role,
            secret: pbkdf2Sync(secret, salted.salt, salted.iterations, salted.keylen, 'sha256').toString('base64'),
            ...salted,
          }
        : { role, secret },
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
              permissions: permissions.map(({ uri, match, allow }) => ({
                uri,
                match,
                allow: { ...refuse, ...allow },
                disclose: { caller: false, publisher: false },
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
                options: { auto_ping_interval: 10_000, auto_ping_timeout: 5_000, auto_ping_size: 12 },
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
