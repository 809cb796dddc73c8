import { SisockError } from '@sisock/core';

/** Where and as whom; for messages. */
export interface Login {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly tls: boolean;
}

interface DriverError {
  readonly code?: string;
  readonly errno?: number;
  readonly message?: string;
}

/** The connection went, or never came. */
const lostCodes = new Set([
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_ENQUEUE_AFTER_FATAL_ERROR',
  'PROTOCOL_SEQUENCE_TIMEOUT',
  'PROTOCOL_PACKETS_OUT_OF_ORDER',
  'POOL_CLOSED',
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EPIPE',
  'ER_SERVER_SHUTDOWN',
  'ER_CONNECTION_KILLED',
]);
/** Server numbers: too many connections, host blocked, shut down, interrupted, killed. */
const awayNumbers = new Set([1040, 1053, 1129, 1203, 1226, 1317, 1927, 1969]);
/** Duplicate id of another writer, lock wait, deadlock, changed since read: the transaction may go when run again. */
const retryNumbers = new Set([1020, 1062, 1205, 1213]);
/** Disk full, table full, read-only. */
const fullNumbers = new Set([1021, 1114, 1290, 1836, 3]);

const codeOf = (thrown: unknown) => (thrown as DriverError | null)?.code ?? '';
const numberOf = (thrown: unknown) => Number((thrown as DriverError | null)?.errno ?? 0);

/** True when the connection is no good any more. */
export function isLost(thrown: unknown): boolean {
  return lostCodes.has(codeOf(thrown)) || awayNumbers.has(numberOf(thrown));
}

/** True when the same transaction may go when it is run again. */
export function isRetryable(thrown: unknown): boolean {
  return retryNumbers.has(numberOf(thrown));
}

/** What the driver or server says, for the person who has to mend it. Never with a secret. */
export function mariadbError(thrown: unknown, login: Login): SisockError {
  if (thrown instanceof SisockError) return thrown;
  const options = { cause: thrown };
  const server = `MariaDB ${login.host}:${login.port}`;
  const text = String((thrown as DriverError | null)?.message ?? thrown);
  const setting = refusal(thrown, login, server, text);
  if (setting !== null) return new SisockError('bad_setting', setting, options);
  if (isLost(thrown) || isRetryable(thrown)) {
    return new SisockError('unavailable', `${server} is away: ${text || codeOf(thrown)}`, options);
  }
  if (fullNumbers.has(numberOf(thrown))) {
    return new SisockError('unavailable', `${server} can't store: ${text}`, options);
  }
  if (numberOf(thrown) === 1146) {
    const what = `${server} has no archive tables in ${login.database} yet: the scanner makes them`;
    return new SisockError('unavailable', what, options);
  }
  return new SisockError('internal', `${server}: ${text}`, options);
}

/** Why the server (or we) will not talk, whatever is asked; null where it is something else. */
function refusal(thrown: unknown, { user, database, tls, host }: Login, server: string, text: string): string | null {
  const who = JSON.stringify(user);
  switch (numberOf(thrown)) {
    case 1045:
    case 1698:
      return (
        `${server} refuses user ${who} (from ${fromOf(text)}): the password (SQL_PASSWD) is wrong, or the user is not ` +
        `known there for that host, or it may come over TLS only (SQL_TLS, SQL_CA; now ${tls ? 'on' : 'off'})`
      );
    case 1044:
      return `${server}: user ${who} may not use database ${JSON.stringify(database)} (SQL_DB), or there is none`;
    case 1049:
      return `${server} has no database ${JSON.stringify(database)} (SQL_DB)`;
    case 1130:
      return `${server} takes no connections from this host`;
    case 1142:
    case 1143:
    case 1227:
    case 1370:
      return `${server}: user ${who} lacks a privilege in ${JSON.stringify(database)}: ${text}`;
    case 1251:
    case 1275:
      return `${server}: user ${who} logs in by a method that is not supported: use mysql_native_password`;
    default:
  }
  const code = codeOf(thrown);
  if (code === 'HANDSHAKE_NO_SSL_SUPPORT') {
    return `${server} offers no TLS (SQL_TLS, SQL_CA ask for it)`;
  }
  if (/^AUTH_SWITCH_PLUGIN|UNKNOWN_AUTH/.test(code) || /unknown auth|auth.*plugin/i.test(text)) {
    return `${server}: user ${who} logs in by a method that is not supported: use mysql_native_password`;
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `${server}: its certificate is not for ${host}: name it as its certificate does (SQL_HOST)`;
  }
  if (/CERT|SIGNATURE|ISSUER|^ERR_SSL|^ERR_TLS|HANDSHAKE_SSL/.test(code)) {
    return `${server}: TLS failed: ${text} (SQL_CA names the file of the authority that signed its certificate)`;
  }
  return null;
}

/** The host the server saw, out of its message `... for user 'a'@'b' ...`. */
function fromOf(text: string): string {
  return /'@'([^']*)'/.exec(text)?.[1] ?? 'here';
}
