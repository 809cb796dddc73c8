import type { Batch } from './batch.js';
import { throwIfCancelled } from './cancel.js';
import { SisockError } from './errors.js';
import { concatBatches } from './join.js';
import type { Chunk, Reader, ReadQuery } from './reader.js';
import { checkChunk } from './validate.js';

/** A read whose chunks are asked for by {@link readAll}; `maxSamples` (a chunk) defaults to 65,536. */
export interface ReadAllQuery extends Omit<ReadQuery, 'maxSamples'> {
  readonly maxSamples?: number;
}

/** Chunks in a row that may bring nothing: a reader that finds nothing gets on with it in large steps. */
const mostEmpty = 100_000;
/** After so many of them timers and sockets have their turn: a reader that answers at once would keep them waiting. */
const turnAfter = 256;

/**
 * All chunks of a query, checked (see {@link checkChunk}), one at a time and no faster than they are taken, up to the first that is `done`.
 * @throws SisockError what the reader throws; `cancelled` after the signal; `bad_data` for a reader that
 * answers wrongly, stands still, or finds nothing in 100,000 chunks in a row and is not done.
 */
export async function* readAll(
  reader: Pick<Reader, 'read'>,
  query: ReadAllQuery,
  signal?: AbortSignal,
): AsyncGenerator<Chunk, void, undefined> {
  let cursor = query.cursor;
  const { timeline, fields, range, maxSamples = 65_536 } = query;
  const wrong = (what: string) => new SisockError('bad_data', `reading ${JSON.stringify(timeline)} ${what}`);
  for (let empty = 0; ;) {
    throwIfCancelled(signal);
    const next = { timeline, fields, range, maxSamples, ...(cursor !== undefined && { cursor }) };
    const chunk = await reader.read(next, signal);
    empty = checkChunk(chunk, next) > 0 ? 0 : empty + 1;
    // The same place again would bring the same rows again.
    if (!chunk.done && chunk.cursor === cursor) throw wrong('stands still: its cursor does not move');
    if (!chunk.done && empty > mostEmpty) throw wrong(`brings nothing: ${mostEmpty} chunks in a row without a row`);
    yield chunk;
    if (chunk.done) return;
    if (empty > 0 && empty % turnAfter === 0) await new Promise((resolve) => setTimeout(resolve, 0));
    cursor = chunk.cursor;
  }
}

/** The whole of a read. */
export interface Collected {
  /** One batch per run of rows with the same columns. */
  readonly batches: readonly Batch[];
  readonly rows: number;
  readonly cursor: string;
  /** The least that a chunk said, and the revision of the first. */
  readonly finalizedUntil: number;
  readonly revision: string;
}

/**
 * Reads everything into memory.
 * @throws SisockError `too_large` above `maxRows` rows, and what {@link readAll} throws.
 */
export async function collect(
  reader: Pick<Reader, 'read'>,
  query: ReadAllQuery,
  { maxRows, signal }: { readonly maxRows: number; readonly signal?: AbortSignal | undefined },
): Promise<Collected> {
  const batches: Batch[] = [];
  let rows = 0;
  let cursor = query.cursor ?? '';
  let finalizedUntil = Infinity;
  let revision: string | undefined;
  // One row more than allowed is enough to know that there are too many.
  const maxSamples = Math.min(query.maxSamples ?? 65_536, maxRows + 1);
  for await (const chunk of readAll(reader, { ...query, maxSamples }, signal)) {
    for (const batch of chunk.batches) {
      batches.push(batch);
      rows += batch.t.length;
    }
    if (rows > maxRows) {
      throw new SisockError('too_large', `${JSON.stringify(query.timeline)} has more than ${maxRows} samples there`);
    }
    cursor = chunk.cursor;
    finalizedUntil = Math.min(finalizedUntil, chunk.finalizedUntil);
    revision ??= chunk.revision;
  }
  return { batches: concatBatches(batches), rows, cursor, finalizedUntil, revision: revision ?? '' };
}
