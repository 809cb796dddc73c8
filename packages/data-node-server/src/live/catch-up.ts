import { allTime, type Chunk, type Gap, type Reader, throwIfCancelled } from '@sisock/core';
import { chunkSize, readWithin } from '../chunk-size.js';

/** Where a topic stands. */
export interface Standing {
  readonly position: string;
  readonly next: number;
}

export interface CaughtUp {
  readonly items: readonly (Chunk | Gap)[];
  readonly cursor: string;
  /** Number of the event that goes on from the cursor; null when there is more than these items before it. */
  readonly next: number | null;
}

export interface CatchUpQuery {
  readonly timeline: string;
  readonly fields: readonly string[];
  readonly after: string;
  /** Bytes of the items, roughly. */
  readonly bytes: number;
}

const attempts = 5;

/**
 * What lies between a cursor and where a topic stands. Cursors can't be compared, and the topic moves on meanwhile; so the
 * two are taken for the same place when both were found to have nothing behind them.
 */
export async function catchUp(
  reader: Reader,
  { timeline, fields, after, bytes }: CatchUpQuery,
  standing: () => Standing,
  signal: AbortSignal,
): Promise<CaughtUp> {
  const items: (Chunk | Gap)[] = [];
  let cursor = after;
  let room = bytes;
  const take = (chunk: Chunk) => {
    if (chunk.batches.length > 0) items.push(chunk);
    cursor = chunk.cursor;
    room -= chunkSize(chunk);
    return chunk.done;
  };
  const query = (from: string) => ({ timeline, fields, range: allTime, cursor: from });
  const isEnd = async (from: string) => {
    const { batches, done } = await reader.read({ ...query(from), maxSamples: 1 }, signal);
    return done && batches.length === 0;
  };

  const gap = await gapAfter(reader, { timeline, fields, after }, signal);
  if (gap !== null) items.push(gap);
  for (let attempt = 0; attempt < attempts && room > 0; attempt++) {
    throwIfCancelled(signal);
    const done = take(await readWithin(reader, { ...query(cursor), maxSamples: Infinity }, room, signal));
    if (!done) break;
    // The order matters: the topic had everything when it was asked, and nothing came between that and our reading.
    const { position, next } = standing();
    if ((await isEnd(position)) && (await isEnd(cursor))) return { items, cursor: position, next };
    await turn();
  }
  return { items, cursor, next: null };
}

/** The gap that following from there begins with, if it does so at once: reading does not tell one. */
async function gapAfter(
  reader: Reader,
  query: { readonly timeline: string; readonly fields: readonly string[]; readonly after: string },
  signal: AbortSignal,
): Promise<Gap | null> {
  const controller = new AbortController();
  const either = AbortSignal.any([controller.signal, signal]);
  const following = reader.follow!(query, either)[Symbol.asyncIterator]();
  try {
    const first = await Promise.race([following.next(), turn()]);
    return first !== undefined && first.done !== true && 'gap' in first.value ? first.value : null;
  } finally {
    controller.abort();
    following.return?.().catch(() => undefined);
  }
}

/** Lets everything that can go on do so. */
function turn(): Promise<undefined> {
  return new Promise((resolve) => setImmediate(() => resolve(undefined)));
}
