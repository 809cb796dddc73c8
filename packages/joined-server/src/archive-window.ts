import { type Batch, justAfter, type ReadQuery } from '@sisock/core';
import type { TimePlace } from './cursor.js';
import { guardSec } from './instant.js';
import type { Part } from './join-map.js';
import { mergeRows } from './merge-rows.js';
import { countRows, dropRows, lastTime, renamed, rowsBefore, rowsGiven, takeRows, timeOf } from './rows.js';

export interface Window {
  readonly batches: readonly Batch[];
  /** Where to go on. */
  readonly place: TimePlace;
  /** All rows before the end are given. */
  readonly done: boolean;
}

/** Most rows read of one part for one window, however many stand at one time. */
const mostRows = 1_000_000;

/**
 * The next rows of some parts, merged in rising time, at most `max`: those behind `from` and before `end`. Goes by
 * time alone: what lies before a place doesn't change here, or is told as changed, so nothing has to be remembered of the
 * sources.
 */
export async function readWindow(
  parts: readonly Part[],
  from: TimePlace,
  end: number,
  max: number,
  signal?: AbortSignal,
): Promise<Window> {
  const single = parts.length === 1;
  // Twins of the first rows may lie shortly before them.
  const { time, k, instant = false } = from;
  const start = single && !instant ? time : time - guardSec;
  const wanted = Math.min(max, 65_536) + k + 1;
  const pieces = await Promise.all(parts.map((part) => readPiece(part, { start, end }, wanted, time, signal)));
  const merged = single ? pieces[0]!.batches : mergeRows(pieces.map((piece) => piece.batches));
  const ends = pieces.flatMap((piece) => (piece.done ? [] : [lastTime(piece.batches)!]));
  const isWhole = ends.length === 0;
  const firstEnd = Math.min(...ends);
  const guarded = firstEnd - guardSec > time ? firstEnd - guardSec : firstEnd;
  const horizon = isWhole ? end : single ? firstEnd : guarded;
  const skipped = instant ? rowsGiven(merged, { last: time, k }) : rowsUpTo(merged, time, k);
  const ready = Math.max(0, rowsBefore(merged, horizon) - skipped);
  const taken = Math.min(max, ready);
  const batches = takeRows(dropRows(merged, skipped), taken);
  const given = skipped + taken;
  if (taken < ready) return { batches, place: placeBefore(merged, given), done: false };
  if (!isWhole) return { batches, place: placeBefore(merged, given, horizon), done: false };
  const last = lastTime(merged);
  if (taken === 0 || last === null) return { batches, place: from, done: true };
  return { batches, place: { time: last, k: given - rowsBefore(merged, last) }, done: true };
}

/** Rows before `time`, and at most `k` at it. */
function rowsUpTo(batches: readonly Batch[], time: number, k: number): number {
  const before = rowsBefore(batches, time);
  return before + Math.min(k, rowsBefore(batches, justAfter(time)) - before);
}

/** The place behind the first `n` rows, not beyond `limit`. */
function placeBefore(batches: readonly Batch[], n: number, limit = Infinity): TimePlace {
  const next = n < countRows(batches) ? timeOf(batches, n) : limit;
  const time = Math.min(next, limit);
  return { time, k: n - rowsBefore(batches, time) };
}

/** Rows of one part from `start` on: at least one behind `time`, or all. */
async function readPiece(
  { source, timeline, names }: Part,
  range: ReadQuery['range'],
  wanted: number,
  time: number,
  signal?: AbortSignal,
): Promise<{ readonly batches: readonly Batch[]; readonly done: boolean }> {
  const batches: Batch[] = [];
  let cursor: string | undefined;
  for (let rows = 0; ;) {
    const query = {
      timeline,
      fields: [...names.values()],
      range,
      maxSamples: wanted,
      ...(cursor !== undefined && { cursor }),
    };
    const chunk = await source.ask((reader, s) => reader.read(query, s), signal);
    source.learned(timeline, chunk);
    for (const batch of chunk.batches) if (batch.t.length > 0) batches.push(batch);
    rows = countRows(batches);
    const isEnough = (lastTime(batches) ?? -Infinity) > time || rows > mostRows;
    if (chunk.done || isEnough || chunk.cursor === cursor) {
      return { batches: renamed(batches, names), done: chunk.done || chunk.cursor === cursor };
    }
    ({ cursor } = chunk);
  }
}

/** All rows of some parts in a short range, merged. */
export async function readShort(
  parts: readonly Part[],
  range: ReadQuery['range'],
  signal?: AbortSignal,
): Promise<readonly Batch[]> {
  if (!(range.end > range.start) || parts.length === 0) return [];
  const batches: Batch[] = [];
  let place: TimePlace = { time: range.start, k: 0 };
  for (let done = false; !done && countRows(batches) < mostRows;) {
    const window = await readWindow(parts, place, range.end, 4096, signal);
    batches.push(...window.batches);
    ({ done } = window);
    ({ place } = window);
  }
  return batches;
}
