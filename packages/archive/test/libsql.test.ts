import { afterEach, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ArchiveStore, openArchive, readArchiveSettings } from '@sisock/archive';
import { createMetrics, silentLogger } from '@sisock/runtime';
import Libsql from 'libsql';
import { sqliteDatabase } from '../src/libsql/database.js';
import { block, framesOf, newFile, stored } from './contract/archive-under-test.js';

describe('the embedded archive', () => {
  const directories: string[] = [];
  const stores: ArchiveStore[] = [];
  const newDirectory = async () => {
    const directory = await mkdtemp(join(tmpdir(), 'sisock-archive-'));
    directories.push(directory);
    return directory;
  };
  const open = async (dataDirectory: string, lockWaitMs = 10_000) => {
    const parts = { log: silentLogger(), metrics: createMetrics(), clock: () => 2e9, dataDirectory };
    const store = await openArchive(readArchiveSettings({}), { ...parts, options: { lockWaitMs } });
    stores.push(store);
    return store;
  };
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close();
    for (const directory of directories.splice(0)) await rm(directory, { recursive: true, force: true });
  });

  it('makes its directory, and files for its user alone', async () => {
    const directory = join(await newDirectory(), 'a/b');
    const store = await open(directory);
    await store.migrate();
    expect(store.name).toBe(`libsql ${join(directory, 'archive.db')}`);
    for (const name of ['archive.db', 'archive.db-wal']) {
      expect((await stat(join(directory, name))).mode & 0o777).toBe(0o600);
    }
  });

  it('keeps what was committed', async () => {
    const directory = await newDirectory();
    const store = await open(directory);
    await store.migrate();
    await stored(store, newFile('/data/a.g3', [block(0)]));
    const generation = await store.generation();
    // Another process reads it before this one has ended.
    const other = await open(directory);
    expect(await other.generation()).toBe(generation);
    expect(await framesOf(other)).toHaveLength(1);
  });

  it('says that a file is no database, and leaves it alone', async () => {
    const directory = await newDirectory();
    const path = join(directory, 'archive.db');
    await writeFile(path, 'no database '.repeat(1000));
    await expect(open(directory)).rejects.toMatchObject({ code: 'bad_data', message: expect.stringContaining(path) });
    expect(await readFile(path, 'utf8')).toBe('no database '.repeat(1000));
  });

  it('says where it can not be made', async () => {
    const directory = await newDirectory();
    await mkdir(join(directory, 'archive.db'));
    await expect(open(directory)).rejects.toMatchObject({
      code: 'bad_setting',
      message: expect.stringContaining('EISDIR'),
    });
    await writeFile(join(directory, 'file'), '');
    const inFile = join(directory, 'file');
    await expect(open(inFile)).rejects.toMatchObject({ code: 'bad_setting' });
  });

  it('waits for another process, and not for ever', async () => {
    const directory = await newDirectory();
    const store = await open(directory, 200);
    await store.migrate();
    const holder = new Libsql(join(directory, 'archive.db'));
    try {
      holder.exec('begin immediate');
      await expect(store.commit([newFile('/data/a.g3', [])])).rejects.toMatchObject({
        code: 'unavailable',
        message: expect.stringContaining('locked by another process'),
      });
      // Reading goes on meanwhile.
      expect(await store.file('/data/a.g3')).toBeNull();
      const patient = await open(directory);
      const waiting = stored(patient, newFile('/data/a.g3', []));
      holder.exec('rollback');
      expect(await waiting).toMatchObject({ version: 1 });
    } finally {
      holder.close();
    }
  });

  it('is migrated once by many at once', async () => {
    const directory = await newDirectory();
    const many = await Promise.all([1, 2, 3, 4].map(() => open(directory)));
    const results = await Promise.all(many.map((store) => store.migrate()));
    expect(results.filter(({ from, to }) => from < to)).toHaveLength(1);
  });

  it('of a newer release is left alone', async () => {
    const directory = await newDirectory();
    const store = await open(directory);
    await store.migrate();
    const database = new Libsql(join(directory, 'archive.db'));
    database.exec("insert into archive_migrations values (99, 'of tomorrow', '')");
    database.close();
    await expect(store.migrate()).rejects.toMatchObject({ code: 'bad_data', message: /newer release.*99/ });
  });

  it('without tables says who makes them', async () => {
    const store = await open(await newDirectory());
    await expect(store.generation()).rejects.toMatchObject({ code: 'unavailable', message: /scanner makes them/ });
  });

  it('tells a damaged run by its file', async () => {
    const directory = await newDirectory();
    const store = await open(directory);
    await store.migrate();
    await stored(store, newFile('/data/a.g3', [block(0)]));
    const database = new Libsql(join(directory, 'archive.db'));
    database.exec("update archive_runs set frames = x'4652'");
    database.close();
    await expect(framesOf(store)).rejects.toMatchObject({ code: 'bad_data', message: /\/data\/a\.g3/ });
  });

  it('refuses values that would end the process or change', async () => {
    const database = sqliteDatabase(new Libsql(':memory:'));
    for (const value of [undefined, true, NaN, Infinity, {}]) {
      expect(() => database.prepare('select ?').all([value])).toThrow(/can't be stored/);
    }
    expect(database.prepare('select ? as v').all([2 ** 53 - 1])).toEqual([{ v: 9_007_199_254_740_991n }]);
    database.close();
  });
});
