import { SisockError } from '@sisock/core';
import type { SqliteDatabase, SqliteStatement } from 'kysely';
import type Libsql from 'libsql';

/** How many prepared statements are kept. */
const keptStatements = 100;

/**
 * A libsql connection as kysely's SqliteDialect takes it: statements are prepared once, integers are bigints, and
 * values that end the process inside the driver (bool, undefined) or change silently (NaN becomes NULL) are refused.
 */
export function sqliteDatabase(connection: Libsql.Database): SqliteDatabase {
  connection.defaultSafeIntegers(true);
  const kept = new Map<string, SqliteStatement>();
  const prepare = (sql: string): SqliteStatement => {
    const statement = connection.prepare(sql);
    return {
      reader: statement.reader,
      all: (parameters) => statement.all(...parameters.map(checked)),
      run: (parameters) => statement.run(...parameters.map(checked)),
      iterate: (parameters) => statement.iterate(...parameters.map(checked)),
    };
  };
  return {
    close: () => {
      kept.clear();
      connection.close();
    },
    prepare: (sql) => {
      let statement = kept.get(sql);
      kept.delete(sql);
      statement ??= prepare(sql);
      kept.set(sql, statement);
      if (kept.size > keptStatements) kept.delete(kept.keys().next().value!);
      return statement;
    },
  };
}

/** Whole numbers become bigints: a number is bound as a real, which a text column shows as `5.0`. */
function checked(value: unknown): unknown {
  if (typeof value === 'bigint' || typeof value === 'string' || value === null || ArrayBuffer.isView(value))
    return value;
  if (Number.isSafeInteger(value)) return BigInt(value as number);
  if (Number.isFinite(value)) return value;
  throw new SisockError('internal', `a value of type ${typeof value} can't be stored`);
}
