import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SisockError } from '@sisock/core';
import { CompiledQuery, Kysely, SqliteDialect } from 'kysely';
import Libsql from 'libsql';
import type { Backend } from '../backend.js';
import type { Db, Tables } from '../tables.js';
import { sqliteDatabase } from './database.js';
import { isBusy, libsqlError } from './errors.js';

export interface LibsqlOptions {
  /** The file. Its directory is made. */
  readonly path: string;
  /** Each commit survives a power loss too, not only the end of the process. */
  readonly sync: boolean;
  /** Milliseconds that a call waits for a lock of another process. */
  readonly lockWaitMs: number;
}

/** The driver waits without letting anybody else run: it waits briefly, we wait for the rest. */
const driverWaitMs = 20;
const pauseMs = 15;

/**
 * Opens the embedded database.
 * @throws SisockError `bad_setting` when the file can't be made there, `bad_data` when it is no database.
 */
export function libsqlBackend({ path, sync, lockWaitMs }: LibsqlOptions): Backend {
  const connection = open(path);
  try {
    connection.exec(`pragma busy_timeout = ${lockWaitMs}`);
    connection.pragma('journal_mode = wal');
    connection.exec(`pragma synchronous = ${sync ? 'full' : 'normal'}`);
    connection.exec(`pragma busy_timeout = ${driverWaitMs}`);
    connection.exec('pragma cache_size = -16000');
  } catch (thrown) {
    connection.close();
    throw libsqlError(thrown, path);
  }
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: sqliteDatabase(connection) }) });
  let closed: Promise<void> | undefined;

  /** Runs `work` again while another process holds the file. */
  const patiently = async <T>(work: () => Promise<T>): Promise<T> => {
    const until = performance.now() + lockWaitMs;
    for (;;) {
      if (closed !== undefined) throw new SisockError('unavailable', `archive ${path} is closed`);
      try {
        return await work();
      } catch (thrown) {
        if (!isBusy(thrown) || performance.now() > until) throw libsqlError(thrown, path);
      }
      await sleep(pauseMs);
    }
  };

  const write = <T>(work: (trx: Db) => Promise<T>): Promise<T> =>
    patiently(() =>
      db.connection().execute(async (trx) => {
        await trx.executeQuery(CompiledQuery.raw('begin immediate'));
        try {
          const result = await work(trx);
          await trx.executeQuery(CompiledQuery.raw('commit'));
          return result;
        } catch (thrown) {
          // Some failures (a full disk) have ended the transaction already.
          if (connection.inTransaction) await trx.executeQuery(CompiledQuery.raw('rollback'));
          throw thrown;
        }
      }),
    );

  return {
    kind: 'libsql',
    name: `libsql ${path}`,
    read: (work) => patiently(() => work(db)),
    write,
    migrating: write,
    close: () => (closed ??= db.destroy()),
  };
}

function open(path: string): Libsql.Database {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    // Made before the driver does: its side files take the mode of this one.
    closeSync(openSync(path, 'a', 0o600));
    chmodSync(path, 0o600);
    return new Libsql(path);
  } catch (thrown) {
    const { code, message } = thrown as { code?: string; message?: string };
    const why = code === undefined || code.startsWith('SQLITE') ? message : code;
    throw new SisockError('bad_setting', `archive ${path} can't be opened: ${why}`, { cause: thrown });
  }
}
