import type { Batch, Column, ColumnKind } from './batch.js';
import { SisockError } from './errors.js';
import type { Chunk, ReadQuery, ReduceQuery, SampleMethod, Stat } from './reader.js';

/** Limits that every reader sets to a query. */
export interface QueryLimits {
  /** Most fields of one query. */
  readonly maxFields: number;
  /** Most buckets of a reduction. */
  readonly maxBuckets: number;
  /** Most buckets times fields: what bounds the memory of an answer. */
  readonly maxCells: number;
}

export const defaultQueryLimits: QueryLimits = { maxFields: 10_000, maxBuckets: 100_000, maxCells: 2_000_000 };

const stats: readonly Stat[] = ['count', 'min', 'max', 'first', 'last', 'mean'];
const methods: readonly SampleMethod[] = ['m4', 'minmax', 'changes'];

/**
 * Checks a ReadQuery as it came from outside, types included.
 * @throws SisockError `bad_request` naming what is wrong; `too_large` above a limit.
 */
export function checkReadQuery(query: ReadQuery, limits: Partial<QueryLimits> = {}): void {
  checkNames(query, { ...defaultQueryLimits, ...limits });
  const { start, end }: Partial<ReadQuery['range']> = query.range ?? {};
  if (!isTime(start) || !isTime(end)) {
    throw bad(`range from ${show(start)} to ${show(end)} is not given in numbers of seconds`);
  }
  if (query.cursor !== undefined && typeof query.cursor !== 'string') {
    throw bad(`cursor ${show(query.cursor)} is no text`);
  }
  const { maxSamples } = query;
  if (
    typeof maxSamples !== 'number' ||
    !(maxSamples >= 1) ||
    !(Number.isInteger(maxSamples) || maxSamples === Infinity)
  ) {
    throw bad(`maxSamples ${show(maxSamples)} is not a whole number from 1 up`);
  }
}

/**
 * Checks a ReduceQuery as it came from outside, types included.
 * @throws SisockError `bad_request` naming what is wrong; `too_large` above a limit.
 */
export function checkReduceQuery(query: ReduceQuery, limits: Partial<QueryLimits> = {}): void {
  const { maxFields, maxBuckets, maxCells } = { ...defaultQueryLimits, ...limits };
  checkNames(query, { maxFields });
  const { start, width, count, want } = query;
  if (typeof start !== 'number' || !Number.isFinite(start)) throw bad(`start ${show(start)} is not a finite time`);
  if (typeof width !== 'number' || !Number.isFinite(width) || !(width > 0)) {
    throw bad(`width ${show(width)} is not a finite number of seconds above 0`);
  }
  if (!Number.isInteger(count) || count < 1) throw bad(`count ${show(count)} is not a whole number from 1 up`);
  if (count > maxBuckets) throw large(`${count} buckets are more than the ${maxBuckets} allowed`);
  if (count * query.fields.length > maxCells) {
    throw large(`${count} buckets of ${query.fields.length} fields are more than the ${maxCells} allowed in all`);
  }
  const end = start + count * width;
  if (!Number.isFinite(end) || !(start + width > start) || !(end > end - width)) {
    throw bad(`width ${show(width)} is too small or too large to tell buckets at ${show(start)} apart`);
  }
  checkWant(want);
}

function checkNames(
  query: { readonly timeline: string; readonly fields: readonly string[] },
  { maxFields }: { maxFields: number },
) {
  if (typeof query !== 'object' || query === null) throw bad(`query ${show(query)} is no object`);
  if (typeof query.timeline !== 'string') throw bad(`timeline ${show(query.timeline)} is no text`);
  if (!Array.isArray(query.fields)) throw bad(`fields ${show(query.fields)} is no list of names`);
  if (query.fields.length > maxFields) {
    throw large(`${query.fields.length} fields are more than the ${maxFields} allowed`);
  }
  for (const name of query.fields as readonly unknown[]) {
    if (typeof name !== 'string') throw bad(`field ${show(name)} is no text`);
  }
}

function checkWant(want: unknown): void {
  const allowed = `want is a list out of ${stats.join(', ')}, or one of ${methods.join(', ')}`;
  if (typeof want === 'string') {
    if (!methods.some((m) => m === want)) throw bad(`want ${show(want)} is unknown: ${allowed}`);
    return;
  }
  if (!Array.isArray(want) || want.length === 0) throw bad(`want ${show(want)} is wrong: ${allowed}`);
  for (const stat of want as readonly unknown[]) {
    if (!stats.some((s) => s === stat)) throw bad(`want ${show(stat)} is unknown: ${allowed}`);
  }
}

const arrayOf: Readonly<Record<ColumnKind, string>> = {
  f64: 'Float64Array',
  i64: 'BigInt64Array',
  bool: 'Uint8Array',
  str: 'Array',
};

/**
 * Checks what a foreign reader said: times without NaN in rising order, columns of a known kind with a value for each
 * time.
 * @throws SisockError `bad_data` naming the place.
 */
export function checkBatch(batch: Batch): void {
  const { t, columns }: Loose<Batch> = batch ?? {};
  if (kindOf(t) !== 'Float64Array') throw damaged(`times ${show(t)} are no Float64Array`);
  if (kindOf(columns) !== 'Map') throw damaged(`columns ${show(columns)} are no Map`);
  checkRising(batch.t);
  for (const [name, column] of batch.columns) {
    const { kind, v }: Loose<Column> = column ?? {};
    if (kind === undefined || !Object.hasOwn(arrayOf, kind) || kindOf(v) !== arrayOf[kind]) {
      throw damaged(`field ${show(name)} has no column of ${Object.keys(arrayOf).join(', ')}`);
    }
    if (column.v.length !== batch.t.length) {
      throw damaged(`field ${show(name)} has ${column.v.length} values for ${batch.t.length} times`);
    }
  }
}

/** One comparison a row, since every answer is looked through: a NaN is not at least anything. */
function checkRising(t: Float64Array): void {
  let before = -Infinity;
  for (let i = 0; i < t.length; i++) {
    const time = t[i]!;
    if (!(time >= before)) throw damaged(`time ${time} at row ${i} is not in rising order`);
    before = time;
  }
}

/**
 * Checks a chunk that a foreign reader gave for a query: its shape, its batches (see {@link checkBatch}), no more rows
 * than were asked for.
 * @returns how many rows it has.
 * @throws SisockError `bad_data` naming the place.
 */
export function checkChunk(chunk: Chunk, { maxSamples }: Pick<ReadQuery, 'maxSamples'>): number {
  const { batches, cursor, done, finalizedUntil, revision }: Loose<Chunk> = chunk ?? {};
  if (!Array.isArray(batches)) throw damaged(`batches ${show(batches)} are no list`);
  if (typeof cursor !== 'string') throw damaged(`cursor ${show(cursor)} is no text`);
  if (typeof done !== 'boolean') throw damaged(`done ${show(done)} is neither true nor false`);
  if (!isTime(finalizedUntil)) throw damaged(`finalizedUntil ${show(finalizedUntil)} is no time`);
  if (typeof revision !== 'string') throw damaged(`revision ${show(revision)} is no text`);
  let rows = 0;
  for (const batch of batches as readonly Batch[]) {
    checkBatch(batch);
    rows += batch.t.length;
  }
  if (rows > maxSamples) throw damaged(`${rows} rows are more than the ${maxSamples} asked for`);
  return rows;
}

/** What came from outside and only says that it is a T. */
type Loose<T> = { readonly [K in keyof T]?: T[K] | undefined };

/** `Float64Array`, `Map`, ...: of whatever realm, where `instanceof` fails. */
function kindOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice('[object '.length, -1);
}

function damaged(message: string): SisockError {
  return new SisockError('bad_data', message);
}

function isTime(value: unknown): boolean {
  return typeof value === 'number' && !Number.isNaN(value);
}

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 60));
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return String(value).slice(0, 60);
}

function bad(message: string): SisockError {
  return new SisockError('bad_request', message);
}

function large(message: string): SisockError {
  return new SisockError('too_large', message);
}
