import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { SisockError } from '@sisock/core';
import type { Logger } from '@sisock/runtime';
import { CompiledQuery, Kysely, MysqlDialect, sql } from 'kysely';
import type { Backend } from '../backend.js';
import type { ArchiveOptions } from '../options.js';
import type { Db, Tables } from '../tables.js';
import { isLost, isRetryable, type Login, mariadbError } from './errors.js';
import { mariadbPool, type PoolLimits, type PoolLogin } from './pool.js';

export interface MariadbSettings extends Login {
  readonly password: string;
  /** PEM file of the authority. */
  readonly ca: string | undefined;
}

export interface MariadbParts {
  readonly log: Logger;
  readonly options: ArchiveOptions;
}

/** How often a transaction is run again after deadlocks and the like. */
const mostTries = 6;
/** Tables of a large existing database take a while to widen. */
const migrationMs = 3_600_000;
const migrationLock = 'sisock archive migrations';

/**
 * A MariaDB server. Nothing is asked of it yet.
 * @throws SisockError `bad_setting` when SQL_CA can't be read.
 */
export function mariadbBackend(settings: MariadbSettings, { log, options }: MariadbParts): Backend {
  const login: PoolLogin = { ...settings, ca: settings.ca === undefined ? undefined : readAuthority(settings.ca) };
  const open = (limits: PoolLimits) =>
    new Kysely<Tables>({ dialect: new MysqlDialect({ pool: mariadbPool(login, limits) }) });
  const db = open(options);
  const attended = attendance(login, log);
  let closed: Promise<void> | undefined;
  // A pool that was never used would open in spite of its end.
  const attend = <T>(work: () => Promise<T>): Promise<T> =>
    closed === undefined
      ? attended(work)
      : Promise.reject(new SisockError('unavailable', `the archive at ${login.host}:${login.port} is closed`));

  return {
    kind: 'mariadb',
    name: `mariadb ${login.user}@${login.host}:${login.port}/${login.database}`,
    read: (work) => attend(() => again(() => work(db))),
    write: (work) => attend(() => transaction(db, work)),
    migrating: (work) =>
      attend(async () => {
        const own = open({ ...options, connections: 1, statementMs: migrationMs });
        try {
          return await own.connection().execute((one) => underLock(one, () => work(one)));
        } finally {
          await own.destroy();
        }
      }),
    close: () => (closed ??= db.destroy()),
  };
}

/** Turns errors into ours, and tells once that the server is away and once that it is back. */
function attendance(login: Login, log: Logger) {
  const server = `${login.host}:${login.port}`;
  let away = false;
  return async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      const result = await work();
      if (away) log.info({ server }, 'the archive database is back');
      away = false;
      return result;
    } catch (thrown) {
      const error = mariadbError(thrown, login);
      if (error.code === 'unavailable' && isLost(thrown)) {
        if (!away) log.warn({ server, reason: error.message }, 'the archive database is away');
        away = true;
      }
      throw error;
    }
  };
}

/** A connection that was lost while it lay idle is no failure yet. */
async function again<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (!isLost(thrown) || isWaiting(thrown)) throw thrown;
    return work();
  }
}

/** What took long the first time is not asked a second time. */
function isWaiting(thrown: unknown): boolean {
  const code = (thrown as { code?: unknown }).code;
  return code === 'ETIMEDOUT' || code === 'PROTOCOL_SEQUENCE_TIMEOUT';
}

async function transaction<T>(db: Db, work: (trx: Db) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    let committing = false;
    try {
      return await db.connection().execute(async (trx) => {
        await trx.executeQuery(CompiledQuery.raw('start transaction'));
        try {
          const result = await work(trx);
          committing = true;
          await trx.executeQuery(CompiledQuery.raw('commit'));
          return result;
        } catch (thrown) {
          // Where the connection is lost the server rolls back by itself.
          await trx.executeQuery(CompiledQuery.raw('rollback')).catch(() => undefined);
          throw thrown;
        }
      });
    } catch (thrown) {
      // A commit whose answer was lost may have happened: it is not run again.
      const lost = isLost(thrown) && !isWaiting(thrown) && !committing && tries === 1;
      if (!lost && (!isRetryable(thrown) || tries >= mostTries)) throw thrown;
      if (!lost) await sleep(Math.random() * 20 * 2 ** tries);
    }
  }
}

async function underLock<T>(one: Db, work: () => Promise<T>): Promise<T> {
  for (;;) {
    const { rows } = await sql<{ got: unknown }>`select get_lock(${migrationLock}, 10) as got`.execute(one);
    if (Number(rows[0]?.got) === 1) break;
  }
  try {
    return await work();
  } finally {
    await sql`do release_lock(${migrationLock})`.execute(one).catch(() => undefined);
  }
}

function readAuthority(path: string): string {
  try {
    const text = readFileSync(path, 'utf8');
    if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  } catch (cause) {
    const code = (cause as { code?: string }).code ?? 'error';
    throw new SisockError('bad_setting', `SQL_CA ${JSON.stringify(path)} can't be read: ${code}`, { cause });
  }
  throw new SisockError('bad_setting', `SQL_CA ${JSON.stringify(path)} holds no certificate in PEM form`);
}
