import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ArchiveOptions, type ArchiveStore, openArchive, readArchiveSettings } from '@sisock/archive';
import { createMetrics, type Logger, silentLogger } from '@sisock/runtime';
import { fakeClock } from '@sisock/testkit';
import Libsql from 'libsql';
import type { ArchiveUnderTest } from './contract/archive-under-test.js';

export interface LibsqlArchive extends ArchiveUnderTest {
  readonly directory: string;
}

/** An embedded archive in a directory of its own. */
export async function libsqlArchive(
  options: Partial<ArchiveOptions> = {},
  log: Logger = silentLogger(),
): Promise<LibsqlArchive> {
  const directory = await mkdtemp(join(tmpdir(), 'sisock-archive-'));
  const clock = fakeClock();
  const stores: ArchiveStore[] = [];
  const another = async () => {
    const parts = { log, metrics: createMetrics(), clock, dataDirectory: directory };
    const store = await openArchive(readArchiveSettings({ ARCHIVE_SYNC: 'no' }), {
      ...parts,
      options: { filesPerPage: 10, ...options },
    });
    stores.push(store);
    return store;
  };
  const store = await another();
  await store.migrate();
  return {
    store,
    another,
    directory,
    setTime: (seconds) => clock.set(seconds),
    query: async (sql) => {
      const database = new Libsql(join(directory, 'archive.db'), { timeout: 5000 });
      try {
        const statement = database.prepare(sql);
        if (statement.reader) return statement.all() as Record<string, unknown>[];
        statement.run();
        return [];
      } finally {
        database.close();
      }
    },
    close: async () => {
      for (const one of stores) await one.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
