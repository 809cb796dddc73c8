import { SisockError } from '@sisock/core';
import type { Logger } from '@sisock/runtime';
import { CompiledQuery, sql } from 'kysely';
import type { Backend } from './backend.js';
import { migrations } from './migrations/index.js';
import type { Db } from './tables.js';

/**
 * Brings the tables up to date, one process at a time.
 * @returns the number of the newest step before and after.
 * @throws SisockError `bad_data` where newer software made the tables, or another release of the original.
 */
export function migrate(
  backend: Backend,
  { log, now }: { readonly log: Logger; readonly now: () => number },
): Promise<{ readonly from: number; readonly to: number }> {
  return backend.migrating(async (db) => {
    await sql`create table if not exists archive_migrations (
      number integer primary key, name varchar(255) not null, applied varchar(32) not null
    )`.execute(db);
    const { last } = await db
      .selectFrom('archive_migrations')
      .select((e) => e.fn.max('number').as('last'))
      .executeTakeFirstOrThrow();
    const from = Number(last ?? 0);
    const to = migrations.at(-1)!.number;
    if (from > to) {
      throw new SisockError(
        'bad_data',
        `${backend.name} was made by a newer release: its tables are at step ${from}, this release knows ${to}`,
      );
    }
    for (const step of migrations.filter((m) => m.number > from)) {
      for (const statement of step[backend.kind]) await db.executeQuery(CompiledQuery.raw(statement));
      if (step.number === 1) await checkOriginals(db, backend.name);
      const applied = new Date(now() * 1000).toISOString();
      await db.insertInto('archive_migrations').values({ number: step.number, name: step.name, applied }).execute();
      log.info({ archive: backend.name, step: step.number }, `archive tables: ${step.name}`);
    }
    return { from, to };
  });
}

/** MariaDB's number of it; an embedded file holds no tables but ours. */
const unknownColumn = 1054;

/** Tables of the same names from elsewhere are left alone. */
async function checkOriginals(db: Db, name: string): Promise<void> {
  try {
    await db
      .selectFrom('feeds')
      .select(['id', 'filename', 'path', 'prov_id', 'description', 'scanned'])
      .limit(1)
      .execute();
    await db.selectFrom('fields').select(['feed_id', 'field', 'start', 'end']).limit(1).execute();
    await db.selectFrom('description').select('description').limit(1).execute();
  } catch (cause) {
    if ((cause as { errno?: unknown }).errno !== unknownColumn) throw cause;
    throw new SisockError(
      'bad_data',
      `${name} has tables feeds, fields or description with other columns than those of sisock: ` +
        'give the archive a database of its own',
      { cause },
    );
  }
}
