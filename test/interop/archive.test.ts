import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ArchiveOptions, type ArchiveStore, openArchive, readArchiveSettings } from '@sisock/archive';
import { createLogger, createMetrics, type Logger, silentLogger } from '@sisock/runtime';
import { certificateAuthority, fakeClock } from '@sisock/testkit';
import {
  type ArchiveUnderTest,
  block,
  feed,
  framesOf,
  newFile,
  nextOf,
  seconds,
  stored,
  t0,
} from '../../packages/archive/test/contract/archive-under-test.js';
import { archiveContract } from '../../packages/archive/test/contract/archive-contract.js';
import { filesQuery } from '../../packages/archive/test/contract/original-tables-contract.js';
import { type MariadbPeer, startMariadb } from './peers/mariadb.js';
import { stopAllProcesses } from './peers/peer-process.js';
import { until } from './peers/until.js';

let server: MariadbPeer;
let made = 0;
const opened: ArchiveStore[] = [];

const open = async (
  database: string,
  env: Record<string, string> = {},
  options: Partial<ArchiveOptions> = {},
  log: Logger = silentLogger(),
): Promise<ArchiveStore> => {
  const settings = readArchiveSettings({
    SQL_HOST: '127.0.0.1',
    SQL_PORT: String(server.port),
    SQL_USER: 'plain',
    SQL_PASSWD: 'a plain password',
    SQL_DB: database,
    ...env,
  });
  const store = await openArchive(settings, {
    log,
    metrics: createMetrics(),
    clock: fakeClock(seconds(t0) + 86_400),
    dataDirectory: '/nowhere',
    options: { filesPerPage: 10, connectMs: 60_000, ...options },
  });
  opened.push(store);
  return store;
};

/** An empty database and its name. */
const newDatabase = async (): Promise<string> => {
  const name = `files_${++made}`;
  await server.root(null, `create database ${name}`, `grant all on ${name}.* to plain, secure`);
  return name;
};

beforeAll(async () => {
  server = await startMariadb();
  await server.root(
    null,
    "create user plain identified by 'a plain password'",
    "create user secure identified by 'a secure password' require ssl",
    "create user nobody identified by 'no password'",
  );
});
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
});
afterAll(async () => {
  await server?.stop();
  await stopAllProcesses();
});

const make =
  (env: () => Record<string, string>) =>
  async (options: Partial<ArchiveOptions> = {}): Promise<ArchiveUnderTest> => {
    const database = await newDatabase();
    const clock = fakeClock();
    const stores: ArchiveStore[] = [];
    const another = async () => {
      const settings = readArchiveSettings({
        SQL_HOST: '127.0.0.1',
        SQL_PORT: String(server.port),
        SQL_USER: 'plain',
        SQL_PASSWD: 'a plain password',
        SQL_DB: database,
        ...env(),
      });
      const parts = { log: silentLogger(), metrics: createMetrics(), clock, dataDirectory: '/nowhere' };
      const store = await openArchive(settings, { ...parts, options: { filesPerPage: 10, ...options } });
      stores.push(store);
      return store;
    };
    const store = await another();
    await store.migrate();
    return {
      store,
      another,
      setTime: (time) => clock.set(time),
      query: (sql) => server.root(database, "set time_zone = '+00:00'", sql),
      close: async () => {
        for (const one of stores) await one.close();
        await server.root(null, `drop database if exists ${database}`);
      },
    };
  };

archiveContract(
  'MariaDB',
  make(() => ({})),
);
archiveContract(
  'MariaDB over TLS',
  make(() => ({
    SQL_HOST: 'localhost',
    SQL_USER: 'secure',
    SQL_PASSWD: 'a secure password',
    SQL_CA: server.caPath,
  })),
);

describe('a login that can not be', () => {
  const refused = async (env: Record<string, string>) => {
    const store = await open(await newDatabase(), env);
    const error = await store.migrate().then(
      () => null,
      (thrown: unknown) => thrown as { code: string; message: string },
    );
    expect(error?.code).toBe('bad_setting');
    return error!.message;
  };

  it('names user, server and the three causes that look alike', async () => {
    for (const env of [
      { SQL_PASSWD: 'wrong' },
      { SQL_USER: 'unknown' },
      { SQL_USER: 'secure', SQL_PASSWD: 'a secure password' },
    ]) {
      const text = await refused(env);
      expect(text).toContain(`127.0.0.1:${server.port}`);
      expect(text).toContain(JSON.stringify(env.SQL_USER ?? 'plain'));
      for (const cause of ['SQL_PASSWD', 'not known', 'SQL_TLS']) expect(text).toContain(cause);
      expect(text).not.toContain('a plain password');
      expect(text).not.toContain('a secure password');
    }
  });

  it('names the database that is not there, or not for that user', async () => {
    expect(await refused({ SQL_DB: 'nothing_here' })).toMatch(/"nothing_here" \(SQL_DB\)/);
    expect(await refused({ SQL_USER: 'nobody', SQL_PASSWD: 'no password' })).toMatch(
      /"nobody".*"files_\d+" \(SQL_DB\)/,
    );
  });

  it('names a certificate of another authority, or for another name', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'sisock-ca-'));
    try {
      const other = join(directory, 'other.pem');
      await writeFile(other, certificateAuthority('another').cert);
      const secure = { SQL_USER: 'secure', SQL_PASSWD: 'a secure password' };
      expect(await refused({ ...secure, SQL_HOST: 'localhost', SQL_CA: other })).toMatch(/TLS failed.*SQL_CA/);
      expect(await refused({ ...secure, SQL_HOST: 'localhost', SQL_TLS: 'yes' })).toMatch(/TLS failed.*SQL_CA/);
      const wrongName = { ...secure, SQL_HOST: '127.0.0.2', SQL_CA: server.caPath };
      await server.root(null, 'select 1');
      const store = await open(await newDatabase(), wrongName);
      // Bound to 127.0.0.1 alone: on another address nobody answers, which is no setting.
      await expect(store.migrate()).rejects.toMatchObject({ code: 'unavailable' });
      const address = await open(await newDatabase(), { ...secure, SQL_CA: server.caPath });
      await address.migrate();
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});

describe('a user that may only read', () => {
  it('reads, once the tables are made, and is told why it can not make them', async () => {
    const database = await newDatabase();
    await server.root(null, `grant select on ${database}.* to nobody`);
    const reader = await open(database, { SQL_USER: 'nobody', SQL_PASSWD: 'no password' });
    await expect(reader.migrate()).rejects.toMatchObject({
      code: 'bad_setting',
      message: expect.stringMatching(/"nobody" lacks a privilege/),
    });
    const scanner = await open(database);
    await scanner.migrate();
    await stored(scanner, newFile('/data/a.g3', [block(0)]));
    await reader.migrate();
    expect(await framesOf(reader)).toHaveLength(1);
    const write = reader.commit([newFile('/data/b.g3', [])]);
    await expect(write).rejects.toMatchObject({
      code: 'bad_setting',
      message: expect.stringMatching(/lacks a privilege/),
    });
  });
});

describe('a server that goes away', () => {
  it('is told once, calls fail in time, and all goes on when it is back', async () => {
    const lines: string[] = [];
    const log = listeningLogger(lines);
    const store = await open(await newDatabase(), {}, {}, log);
    await store.migrate();
    const known = await stored(store, newFile('/data/a.g3', [block(0)]));
    await server.kill();
    for (let i = 0; i < 5; i++) {
      await expect(store.generation()).rejects.toMatchObject({ code: 'unavailable' });
      const update = nextOf(known, 'append', [block(10)]);
      await expect(store.commit([update])).rejects.toMatchObject({ code: 'unavailable' });
    }
    await server.start();
    await until('the archive answering', async () => (await store.generation()) !== '');
    expect(await framesOf(store)).toMatchObject([{ offsets: [1000] }]);
    await stored(store, nextOf(known, 'append', [block(10)]));
    expect(await framesOf(store)).toMatchObject([{ offsets: [1000, 6000] }]);
    expect(lines.filter((line) => line.includes('is away'))).toHaveLength(1);
    expect(lines.filter((line) => line.includes('is back'))).toHaveLength(1);
  });

  it('what was acknowledged survives kill -9 of the server, once', async () => {
    const store = await open(await newDatabase());
    await store.migrate();
    const acknowledged: string[] = [];
    let n = 0;
    let loading = true;
    const load = (async () => {
      while (loading) {
        const path = `/data/${n}.g3`;
        try {
          await stored(store, newFile(path, [block(10 * n)]));
          acknowledged.push(path);
          n++;
        } catch (thrown) {
          const { code } = thrown as { code?: string };
          // The answer to a commit may be lost: then the file is known when it is asked.
          if (code === 'unavailable') {
            await until('the archive answering', async () => (await store.generation()) !== '');
            if ((await store.file(path)) !== null) n++;
          } else throw thrown;
        }
      }
    })();
    for (let i = 0; i < 3; i++) {
      const before = acknowledged.length;
      await until('some commits', () => acknowledged.length > before + 10);
      await server.kill();
      await server.start();
    }
    loading = false;
    await load;
    const paths = (await framesOf(store)).map((run) => run.path);
    expect(new Set(paths).size).toBe(paths.length);
    expect(acknowledged.filter((path) => !paths.includes(path))).toEqual([]);
  });

  it('is no error when the archive is opened', async () => {
    await server.kill();
    const store = await open('files');
    await expect(store.migrate()).rejects.toMatchObject({ code: 'unavailable' });
    await server.start();
  });
});

describe("a database that the original's scanner made", () => {
  /** As its release 0.2 makes them, in a server whose letters are latin1. */
  const ddl = [
    `create table feeds (id int not null auto_increment primary key, filename varchar(255), path varchar(255),
      prov_id int, description varchar(255), scanned bool not null default 0,
      unique index feed_index (filename, prov_id))`,
    'create table fields (feed_id int not null, field varchar(255), start datetime(6), end datetime(6), unique index index_field (feed_id, field))',
    'create table description (description varchar(255) not null primary key)',
  ];
  const rows = [
    `insert into feeds values (1, 'a.g3', '/data/15', 3, '${feed}', 1), (2, 'old.g3', '/data/10', 0, 'observatory.LSA22YE', 1),
      (3, 'a.g3', '/data/15', 9, 'observatory.LSA22YE.channel_01_r', 1)`,
    `insert into fields values (1, 'Channel 01', '2026-03-14 11:09:26.5', '2026-03-14 11:09:35.5'),
      (2, 'Channel 1', '2019-03-18 16:51:55.762230', '2019-03-18 17:01:56.772258'),
      (3, 'Channel 1', '2019-03-18 16:51:55.762230', '2019-03-18 17:01:56.772258')`,
    "insert into description values ('observatory.LSA22YE.channel_01_r'), ('observatory.LSA22YE.channel_01_t')",
  ];

  it('is taken over: rows that disagree with the file are rewritten, others stay', async () => {
    const database = await newDatabase();
    await server.root(database, ...ddl, ...rows);
    const store = await open(database);
    expect(await store.migrate()).toMatchObject({ from: 0 });
    const ask = (sql: string) => server.root(database, sql);
    expect(await ask('select id, filename, path, prov_id, scanned from feeds')).toHaveLength(3);
    expect(await ask(filesQuery('2019-03-18 16-55-00.000000', '2019-03-18 16-56-00.000000'))).toContainEqual({
      path: '/data/10',
      filename: 'old.g3',
    });

    await stored(store, newFile('/data/15/a.g3', [block(0)]));
    await stored(store, newFile('/data/16/a.g3', [block(60)]));
    expect(await ask('select id, filename, path, prov_id, description from feeds where id < 3 order by id')).toEqual([
      { id: 1, filename: 'a.g3', path: '/data/15', prov_id: 3, description: feed },
      { id: 2, filename: 'old.g3', path: '/data/10', prov_id: 0, description: 'observatory.LSA22YE' },
    ]);
    expect(await ask('select * from fields where feed_id < 3 order by feed_id, field')).toEqual([
      { feed_id: 1, field: 'Channel 01', start: '2026-03-14 15:09:26.500000', end: '2026-03-14 15:09:35.500000' },
      { feed_id: 1, field: 'Channel_02', start: '2026-03-14 15:09:26.500000', end: '2026-03-14 15:09:35.500000' },
      { feed_id: 2, field: 'Channel 1', start: '2019-03-18 16:51:55.762230', end: '2019-03-18 17:01:56.772258' },
    ]);
    expect(await ask("select id from feeds where description like '%channel_01_r'")).toEqual([]);
    const read = filesQuery('2026-03-14 15-09-27.000000', '2026-03-14 15-10-28.000000');
    expect(await ask(read)).toEqual([
      { path: '/data/15', filename: 'a.g3' },
      { path: '/data/16', filename: 'a.g3' },
    ]);
    expect((await ask('select description from description')).map((row) => row['description'])).toEqual(
      expect.arrayContaining(['observatory.LSA22YE.channel_01_r', `${feed}.channel_01`]),
    );
  });

  it('its scanner can still write beside ours', async () => {
    const database = await newDatabase();
    await server.root(database, ...ddl, ...rows);
    const store = await open(database);
    await store.migrate();
    await server.root(
      database,
      "insert ignore into feeds (filename, path, prov_id, description) values ('z.g3', '/data/1', 1, 'o.f')",
    );
    await stored(store, newFile('/data/15/b.g3', [block(0)]));
    expect(await server.root(database, 'select count(*) as n from feeds')).toEqual([{ n: 5 }]);
  });

  it('is migrated once by many at once', async () => {
    const database = await newDatabase();
    await server.root(database, ...ddl, ...rows);
    const stores = await Promise.all(Array.from({ length: 4 }, () => open(database)));
    const results = await Promise.all(stores.map((store) => store.migrate()));
    expect(results.filter(({ from, to }) => from < to)).toHaveLength(1);
    expect(await server.root(database, 'select count(*) as n from archive_state')).toEqual([{ n: 1 }]);
  });

  it('of another release is left alone', async () => {
    const database = await newDatabase();
    await server.root(database, 'create table feeds (id int primary key, file_id int)');
    const store = await open(database);
    await expect(store.migrate()).rejects.toMatchObject({
      code: 'bad_data',
      message: expect.stringMatching(/a database of its own/),
    });
  });
});

/** A logger whose messages are kept. */
function listeningLogger(lines: string[]): Logger {
  const log = createLogger({ level: 'critical' });
  const keep = ((_details: unknown, text?: string) => void lines.push(text ?? '')) as Logger['info'];
  return Object.assign(Object.create(log) as Logger, { warn: keep, info: keep });
}
