import { allTime, type Chunk, type Clock, type FollowQuery, type Reader, readAll, SisockError } from '@sisock/core';
import { pause } from '../session/backoff.js';

const samplesAtOnce = 65_536;

export interface FollowOptions {
  readonly pollMs: number;
  readonly clock: Clock;
}

/**
 * Follows by reading on with the cursor, again and again: no hole and no double, as late as the poll interval. A node that
 * is away is waited for.
 */
export async function* followByReading(
  reader: Pick<Reader, 'catalog' | 'read'>,
  { timeline, fields, after }: FollowQuery,
  signal: AbortSignal,
  { pollMs, clock }: FollowOptions,
): AsyncGenerator<Chunk, void, undefined> {
  let cursor = after;
  while (!signal.aborted) {
    let done = true;
    try {
      if (cursor === '') cursor = await present(reader, timeline, fields, clock, signal);
      const query = { timeline, fields, range: allTime, cursor, maxSamples: samplesAtOnce };
      const chunk = await reader.read(query, signal);
      ({ cursor, done } = chunk);
      if (chunk.batches.length > 0) yield chunk;
    } catch (error) {
      if (signal.aborted) return;
      const { code } = error as SisockError;
      if (code !== 'unavailable' && code !== 'timeout') throw error;
    }
    if (done) await pause(pollMs, signal);
  }
}

/** The cursor behind all that is there now. */
async function present(
  reader: Pick<Reader, 'catalog' | 'read'>,
  timeline: string,
  fields: readonly string[],
  clock: Clock,
  signal: AbortSignal,
): Promise<string> {
  const { timelines } = await reader.catalog(allTime, signal);
  const start = timelines.get(timeline)?.extent?.end ?? clock();
  let cursor = '';
  for await (const chunk of readAll(reader, { timeline, fields, range: { start, end: Infinity } }, signal)) {
    ({ cursor } = chunk);
  }
  if (cursor === '') throw new SisockError('bad_data', `reading ${JSON.stringify(timeline)} gives no cursor`);
  return cursor;
}
