import type { Batch } from '../batch.js';
import { throwIfCancelled } from '../cancel.js';
import type { Reader, Reduced, ReducedField, ReduceQuery } from '../reader.js';
import { readAll } from '../chunks.js';
import { bucketEdge } from './buckets.js';
import { fieldReducer, type FieldReducer, type ReducerOptions } from './field-reducer.js';

/** Reduces batches as they come. */
export interface QueryReducer {
  /** The next batch, in rising time. */
  push(batch: Batch): void;
  /** The asked fields that had a row in the buckets, in the query's order. Once. */
  finish(): ReadonlyMap<string, ReducedField>;
}

/** A reducer of all fields of a query, for readers that go through their data chunk by chunk. */
export function queryReducer(query: ReduceQuery, options: ReducerOptions = {}): QueryReducer {
  const reducers = new Map<string, FieldReducer | null>();
  for (const name of query.fields) reducers.set(name, null);
  return {
    push(batch) {
      if (batch.t.length === 0) return;
      for (const [name, column] of batch.columns) {
        let reducer = reducers.get(name);
        if (reducer === undefined) continue;
        if (reducer === null) {
          reducer = fieldReducer(query, query.want, options);
          reducers.set(name, reducer);
        }
        reducer.push(batch.t, column);
      }
    },
    finish() {
      const fields = new Map<string, ReducedField>();
      for (const [name, reducer] of reducers) {
        const field = reducer?.finish() ?? null;
        if (field !== null) fields.set(name, field);
      }
      return fields;
    },
  };
}

/** Reduces batches that follow each other in rising time. */
export function reduceBatches(
  query: ReduceQuery,
  batches: Iterable<Batch>,
  options: ReducerOptions = {},
): ReadonlyMap<string, ReducedField> {
  const reducer = queryReducer(query, options);
  for (const batch of batches) reducer.push(batch);
  return reducer.finish();
}

/** Rows read at a time by {@link reduceByReading}: a compromise between waiting and memory. */
const rowsPerRead = 65_536;

/**
 * Answers a ReduceQuery out of `read` alone: the `reduce` of every Reader that knows no shorter way.
 * @throws SisockError what `read` throws, and `cancelled` after the signal.
 */
export async function reduceByReading(
  reader: Pick<Reader, 'read'>,
  query: ReduceQuery,
  signal?: AbortSignal,
  options: ReducerOptions = {},
): Promise<Reduced> {
  const reducer = queryReducer(query, options);
  const range = { start: query.start, end: bucketEdge(query, query.count) };
  const { timeline, fields } = query;
  let finalizedUntil = Infinity;
  let revision: string | undefined;
  for await (const chunk of readAll(reader, { timeline, fields, range, maxSamples: rowsPerRead }, signal)) {
    for (const batch of chunk.batches) reducer.push(batch);
    finalizedUntil = Math.min(finalizedUntil, chunk.finalizedUntil);
    // The revision at the start: what changes while reading makes the answer an old one, never a wrong new one.
    revision ??= chunk.revision;
  }
  throwIfCancelled(signal);
  return { fields: reducer.finish(), finalizedUntil, revision: revision ?? '' };
}
