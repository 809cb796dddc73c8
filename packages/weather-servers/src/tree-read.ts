import { type Batch, type Chunk, concatBatches, isEmptyRange, type ReadQuery } from '@sisock/core';
import { parseCursor, type TimePlace } from '@sisock/data-node-server';
import type { FileTree } from './file-tree.js';
import { samplesWithin } from './tree-samples.js';

/** Most rows of one chunk, however many are asked for. */
const maxChunkRows = 65_536;

/** A chunk of a tree without what the tree says of itself. */
export type ChunkRows = Pick<Chunk, 'batches' | 'cursor' | 'done'>;

/**
 * The next rows of a read. The cursor holds a time and how many rows of that time were given: it stays true while files
 * grow, and knows equal times apart.
 * @throws SisockError `bad_request` for a foreign cursor, `cancelled` after the signal.
 */
export async function readTree(tree: FileTree, query: ReadQuery, signal?: AbortSignal): Promise<ChunkRows> {
  const { timeline, fields, range, cursor = '' } = query;
  const place = parseCursor(cursor);
  const start = Math.max(range.start, place?.time ?? -Infinity);
  if (!fields.includes(timeline) || isEmptyRange({ start, end: range.end })) return { batches: [], cursor, done: true };
  const skipped = skipper(place);
  const batches: Batch[] = [];
  let left = Math.min(query.maxSamples, maxChunkRows);
  let done = true;
  for await (const samples of samplesWithin(tree, timeline, { start, end: range.end }, signal)) {
    const from = skipped(samples.t);
    const to = Math.min(samples.t.length, from + left);
    if (to > from) {
      batches.push({
        t: samples.t.subarray(from, to),
        columns: new Map([[timeline, { kind: 'f64', v: samples.v.subarray(from, to) }]]),
      });
    }
    left -= to - from;
    if (left === 0) {
      done = false;
      break;
    }
  }
  const joined = concatBatches(batches);
  const t = joined[0]?.t;
  return { batches: joined, cursor: t ? cursorAfter(t, place) : cursor, done };
}

/** Tells where in the next piece the rows begin that are behind the place. */
function skipper(place: TimePlace | null): (t: Float64Array) => number {
  let left = place?.seen ?? 0;
  return (t) => {
    let from = 0;
    while (left > 0 && from < t.length && t[from] === place!.time) {
      from++;
      left--;
    }
    return from;
  };
}

function cursorAfter(t: Float64Array, place: TimePlace | null): string {
  const time = t[t.length - 1]!;
  let same = 1;
  while (same < t.length && t[t.length - 1 - same] === time) same++;
  return `${time}+${same + (same === t.length && place?.time === time ? place.seen : 0)}`;
}
