import { describe, expect, it } from '@jest/globals';
import { libsqlError } from '../src/libsql/errors.js';
import { mariadbError } from '../src/mariadb/errors.js';

const login = { host: 'database', port: 3306, user: 'development', database: 'files', tls: false };
const thrown = (message: string, rest: object) => Object.assign(new Error(message), rest);

describe('what MariaDB says', () => {
  it.each([
    [{ errno: 1045 }, 'bad_setting', /"development" \(from 10\.0\.0\.7\).*SQL_PASSWD.*not known.*SQL_TLS/],
    [{ errno: 1044 }, 'bad_setting', /"files" \(SQL_DB\)/],
    [{ errno: 1049 }, 'bad_setting', /no database "files"/],
    [{ errno: 1142 }, 'bad_setting', /privilege/],
    [{ code: 'HANDSHAKE_NO_SSL_SUPPORT' }, 'bad_setting', /offers no TLS/],
    [{ code: 'HANDSHAKE_SSL_ERROR' }, 'bad_setting', /SQL_CA/],
    [{ code: 'ERR_TLS_CERT_ALTNAME_INVALID' }, 'bad_setting', /not for database/],
    [{ code: 'ECONNREFUSED' }, 'unavailable', /is away/],
    [{ code: 'PROTOCOL_SEQUENCE_TIMEOUT' }, 'unavailable', /is away/],
    [{ errno: 1040 }, 'unavailable', /is away/],
    [{ errno: 1213 }, 'unavailable', /is away/],
    [{ errno: 1021 }, 'unavailable', /can't store/],
    [{ errno: 1146 }, 'unavailable', /no archive tables/],
    [{ errno: 1064 }, 'internal', /database:3306/],
  ] as const)('%j', (error, code, message) => {
    const text = "Access denied for user 'development'@'10.0.0.7' (using password: YES)";
    expect(mariadbError(thrown(text, error), login)).toMatchObject({ code, message: expect.stringMatching(message) });
  });
});

describe('what the embedded database says', () => {
  it.each([
    ['SQLITE_BUSY', 'unavailable', /locked by another process/],
    ['SQLITE_CORRUPT', 'bad_data', /damaged/],
    ['SQLITE_NOTADB', 'bad_data', /damaged/],
    ['SQLITE_FULL', 'unavailable', /disk is full/],
    ['SQLITE_READONLY', 'unavailable', /read-only/],
    ['SQLITE_CANTOPEN', 'unavailable', /can't be opened/],
    ['SQLITE_IOERR', 'unavailable', /can't be read or written/],
    ['SQLITE_ERROR', 'internal', /archive/],
  ])('%s', (code, kind, message) => {
    const error = libsqlError(thrown('it says so', { code }), '/data/archive.db');
    expect(error).toMatchObject({ code: kind, message: expect.stringMatching(message) });
    expect(error.message).toContain('/data/archive.db');
  });
});
