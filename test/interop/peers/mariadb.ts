import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { certificateAuthority, freePort } from '@sisock/testkit';
import { createConnection } from 'mysql2/promise';
import type { RowDataPacket } from 'mysql2';
import { startProcess } from './peer-process.js';
import type { PeerProcess } from './peer-process.js';
import { until } from './until.js';

/** A MariaDB server of its own: data, port and certificates. */
export interface MariadbPeer {
  readonly port: number;
  /** PEM file of the authority that signed the server's certificate (for `localhost` and 127.0.0.1). */
  readonly caPath: string;
  /** Runs statements as root, over the local socket; gives the rows of the last one, times as text. */
  root(database: string | null, ...statements: readonly string[]): Promise<Record<string, unknown>[]>;
  /** Ends it as `kill -9` does. */
  kill(): Promise<void>;
  /** Starts it again, on the same port and data. */
  start(): Promise<void>;
  /** Stops it and takes its data away. */
  stop(): Promise<void>;
}

/** Starts a MariaDB server on a free port of the loopback; with TLS, which clients may leave alone. */
export async function startMariadb(options: { readonly arguments?: readonly string[] } = {}): Promise<MariadbPeer> {
  const { program, env, basedir } = installation();
  const dir = await mkdtemp(join(await fastFolder(), 'sisock-mariadb-'));
  const port = await freePort();
  const authority = certificateAuthority('the site');
  const server = authority.issue();
  const path = (name: string) => join(dir, name);
  await writeFile(path('ca.pem'), authority.cert);
  await writeFile(path('cert.pem'), server.cert);
  await writeFile(path('key.pem'), server.key, { mode: 0o600 });
  await mkdir(path('tmp'));
  await promisify(execFile)(
    program('mariadb-install-db'),
    [
      '--no-defaults',
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
      `--basedir=${basedir}`,
      `--datadir=${path('data')}`,
      ...asRoot(),
    ],
    { env: { ...process.env, ...env } },
  );
  let running: PeerProcess | undefined;

  const root: MariadbPeer['root'] = async (database, ...statements) => {
    const connection = await createConnection({
      socketPath: path('socket'),
      user: 'root',
      dateStrings: true,
      ...(database !== null && { database }),
    });
    try {
      let rows: unknown = [];
      for (const statement of statements) [rows] = await connection.query<RowDataPacket[]>(statement);
      return Array.isArray(rows) ? (rows as Record<string, unknown>[]).map((row) => ({ ...row })) : [];
    } finally {
      await connection.end();
    }
  };

  const start = async () => {
    const process = startProcess(
      'mariadb',
      program('mariadbd'),
      [
        '--no-defaults',
        `--basedir=${basedir}`,
        `--datadir=${path('data')}`,
        `--tmpdir=${path('tmp')}`,
        `--socket=${path('socket')}`,
        `--pid-file=${path('pid')}`,
        `--port=${port}`,
        '--bind-address=127.0.0.1',
        '--skip-name-resolve',
        '--innodb-buffer-pool-size=64M',
        // Kills end the process, not the machine: nothing has to reach the disk.
        '--innodb-flush-method=nosync',
        '--innodb-flush-log-at-trx-commit=2',
        '--sync-frm=0',
        '--innodb-use-native-aio=0',
        // A zone with an offset, and the old default letters: what a site may have, and what must not matter.
        '--default-time-zone=-05:00',
        '--character-set-server=latin1',
        `--ssl-ca=${path('ca.pem')}`,
        `--ssl-cert=${path('cert.pem')}`,
        `--ssl-key=${path('key.pem')}`,
        ...asRoot(),
        ...(options.arguments ?? []),
      ],
      { env },
    );
    running = process;
    await until('MariaDB answering', async () => {
      if (!process.running) throw new Error(`MariaDB ended:\n${process.output()}`);
      return (await root(null, 'select 1 as one')).length === 1;
    });
  };
  await start();

  return {
    port,
    caPath: path('ca.pem'),
    root,
    start,
    kill: async () => {
      await running?.kill();
      await rm(path('socket'), { force: true });
    },
    stop: async () => {
      await running?.kill();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Memory where there is enough: each test makes a dozen tables, each of them several files that wait for the disk. */
async function fastFolder(): Promise<string> {
  const memory = '/dev/shm';
  const free = await statfs(memory).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => 0,
  );
  return free > 1e9 ? memory : tmpdir();
}

/** Where setup.mjs put it. */
function installation() {
  const folder = process.env['SISOCK_INTEROP_MARIADB'];
  if (!folder) throw new Error('SISOCK_INTEROP_MARIADB is not set: run these tests with `npm run test:interop`');
  const libraries = [
    'usr/lib/x86_64-linux-gnu',
    'usr/lib/aarch64-linux-gnu',
    'lib/x86_64-linux-gnu',
    'lib/aarch64-linux-gnu',
  ]
    .map((name) => join(folder, name))
    .filter((name) => existsSync(name));
  const program = (name: string) => {
    const found = ['usr/sbin', 'usr/bin'].map((bin) => join(folder, bin, name)).find((path) => existsSync(path));
    if (found === undefined) throw new Error(`${name} is not in ${folder}`);
    return found;
  };
  const env = folder === '/' ? {} : { LD_LIBRARY_PATH: libraries.join(':') };
  return { program, env, basedir: join(folder, 'usr') };
}

/** The server refuses to run as root unless told to. */
function asRoot(): string[] {
  return process.getuid?.() === 0 ? ['--user=root'] : [];
}
