import { isIP } from 'node:net';
import { checkServerIdentity, type TLSSocket } from 'node:tls';
import { SisockError } from '@sisock/core';
import type { MysqlPool, MysqlPoolConnection, MysqlQueryResult } from 'kysely';
import { createPool, type PoolConnection, type PoolOptions, type QueryError } from 'mysql2';
import { isLost, type Login } from './errors.js';

export interface PoolLimits {
  readonly connections: number;
  readonly connectMs: number;
  readonly statementMs: number;
  readonly lockWaitMs: number;
}

export interface PoolLogin extends Login {
  readonly password: string;
  /** PEM of the authority; undefined: the system's. */
  readonly ca: string | undefined;
}

/** How long the end of open connections is waited for. */
const endMs = 2_000;

/**
 * mysql2's pool as kysely takes it, with an end to all waiting, sessions in UTC with strict values, certificates
 * checked for IP addresses too, and connections that failed thrown away instead of being handed out again.
 */
export function mariadbPool(login: PoolLogin, limits: PoolLimits): MysqlPool {
  const pool = createPool(poolOptions(login, limits));
  const ready = new WeakMap<PoolConnection, MysqlPoolConnection>();
  const open = new Set<PoolConnection>();
  let ended = false;
  pool.on('connection', (connection) => {
    open.add(connection);
    connection.on('end', () => open.delete(connection));
    // What fails while nobody asks anything is seen by the one who asks next.
    connection.on('error', () => open.delete(connection));
  });

  const prepare = (connection: PoolConnection, done: (error: unknown, made?: MysqlPoolConnection) => void) => {
    const known = ready.get(connection);
    if (known !== undefined) return done(null, known);
    const wrong = login.tls ? wrongIdentity(connection, login.host) : undefined;
    if (wrong !== undefined) {
      connection.destroy();
      return done(wrong);
    }
    ask(connection, sessionOf(limits), [], limits.connectMs, (error) => {
      if (error !== null) {
        connection.destroy();
        return done(error);
      }
      const made = timed(connection, limits.statementMs);
      ready.set(connection, made);
      done(null, made);
    });
  };

  return {
    getConnection: (done) => {
      let waiting = true;
      const finish = (error: unknown, connection?: MysqlPoolConnection) => {
        if (!waiting) return connection?.release();
        waiting = false;
        clearTimeout(timer);
        done(error, connection!);
      };
      const late = () => finish(Object.assign(new Error('no connection in time'), { code: 'ETIMEDOUT' }));
      const timer = setTimeout(late, limits.connectMs + limits.lockWaitMs);
      if (ended) return finish(new SisockError('unavailable', `archive ${login.host} is closed`));
      pool.getConnection((error, connection) => (error === null ? prepare(connection, finish) : finish(error)));
    },
    end: (done) => {
      ended = true;
      let told = false;
      const finish = () => {
        if (told) return;
        told = true;
        clearTimeout(timer);
        for (const connection of open) connection.destroy();
        done(null);
      };
      const timer = setTimeout(finish, endMs);
      pool.end(finish);
    },
  };
}

function poolOptions(login: PoolLogin, limits: PoolLimits): PoolOptions {
  const { host, port, user, password, database, tls, ca } = login;
  return {
    host,
    port,
    user,
    password,
    database,
    connectionLimit: limits.connections,
    connectTimeout: limits.connectMs,
    queueLimit: 1000,
    charset: 'utf8mb4_bin',
    timezone: 'Z',
    dateStrings: true,
    supportBigNumbers: true,
    bigNumberStrings: true,
    enableKeepAlive: true,
    keepAliveInitialDelay: 10_000,
    flags: ['-LOCAL_FILES'],
    ...(tls && {
      ssl: {
        rejectUnauthorized: true,
        // The driver can't check an address: it is looked at once the connection stands.
        verifyIdentity: isIP(host) === 0,
        minVersion: 'TLSv1.2',
        ...(ca !== undefined && { ca }),
      },
    }),
  };
}

/** UTC, and no value silently changed: the server's own settings don't matter. Escaping is the driver's. */
function sessionOf({ lockWaitMs }: PoolLimits): string {
  const modes = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';
  const lockWait = Math.max(1, Math.ceil(lockWaitMs / 1000));
  return `set time_zone = '+00:00', sql_mode = '${modes}', innodb_lock_wait_timeout = ${lockWait}`;
}

/** A connection whose statements end in time, and which is not used again after it failed. */
function timed(connection: PoolConnection, timeout: number): MysqlPoolConnection {
  let broken = false;
  const query = (
    sql: string,
    values: readonly unknown[],
    done?: (error: unknown, result: MysqlQueryResult) => void,
  ) => {
    if (done === undefined) throw new SisockError('internal', 'results of MariaDB are not streamed');
    ask(connection, sql, values.map(checked), timeout, (error, result) => {
      if (error !== null && (isLost(error) || error.fatal)) broken = true;
      done(error, result as MysqlQueryResult);
    });
  };
  return {
    query: query as unknown as MysqlPoolConnection['query'],
    release: () => (broken ? connection.destroy() : connection.release()),
  };
}

/**
 * Asks one statement; after `timeout` ms the connection is given up. The driver's own time limit goes on running when
 * the connection is lost.
 */
function ask(
  connection: PoolConnection,
  sql: string,
  values: readonly unknown[],
  timeout: number,
  done: (error: QueryError | null, result?: unknown) => void,
): void {
  let answered = false;
  const answer = (error: QueryError | null, result?: unknown) => {
    if (answered) return;
    answered = true;
    clearTimeout(timer);
    done(error, result);
  };
  const timer = setTimeout(() => {
    connection.destroy();
    const late = new Error(`no answer within ${timeout} ms`) as QueryError;
    answer(Object.assign(late, { code: 'PROTOCOL_SEQUENCE_TIMEOUT', fatal: true }));
  }, timeout);
  connection.query(sql, [...values] as NonNullable<unknown>[], answer);
}

/** NaN becomes the name of a column, and undefined NULL: both are refused. */
function checked(value: unknown): unknown {
  if (value === undefined || (typeof value === 'number' && !Number.isFinite(value))) {
    throw new SisockError('internal', `${String(value)} can't be stored`);
  }
  return value;
}

/** For addresses, which the driver does not check. */
function wrongIdentity(connection: PoolConnection, host: string): Error | undefined {
  if (isIP(host) === 0) return undefined;
  const { stream } = connection as unknown as { readonly stream: TLSSocket };
  return checkServerIdentity(host, stream.getPeerCertificate());
}
