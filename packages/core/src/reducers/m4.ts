import type { Column } from '../batch.js';
import type { ReducedSamples } from '../reader.js';
import { type Buckets, forEachBucket } from './buckets.js';
import { FloatExtremes, type PickedFloats } from './float-extremes.js';
import { type Extremes, findExtremes } from './extremes.js';
import { joinPieces, type Piece, samplesOf, takePiece } from './pieces.js';
import type { PieceReducer } from './runs.js';

/**
 * M4 or min-max in pieces. Per bucket the first, last, smallest and largest finite sample (min-max: the latter two), and
 * beside them the first sample that is not finite, so that a line breaks there. What is kept of a bucket stands for all
 * of it when the rest comes in a later push: picking from the picked and the new rows gives the same as picking from all.
 */
export function extremesReducer(buckets: Buckets, method: 'm4' | 'minmax'): PieceReducer {
  const pieces: Piece[] = [];
  const found: Extremes = { first: -1, last: -1, min: -1, max: -1, broken: -1 };
  const corners = new Int32Array(5);
  let open: Piece | null = null;
  let openBucket = -1;
  let from = 0;
  /** As long as there are doubles alone. */
  let floats: FloatExtremes | null = new FloatExtremes(buckets, method);

  /** Appends the rows worth keeping among `a` to `b`, in order and each once. */
  const pick = (column: Column, a: number, b: number, into: number[]) => {
    findExtremes(column, a, b, found);
    let n = 0;
    if (method === 'm4') {
      n = place(corners, n, found.first);
      n = place(corners, n, found.last);
    }
    n = place(corners, n, found.min);
    n = place(corners, n, found.max);
    n = place(corners, n, found.broken);
    for (let i = 0; i < n; i++) into.push(corners[i]!);
  };

  const leaveFloats = ({ done, open: rest, bucket, from: rows }: PickedFloats) => {
    floats = null;
    from = rows;
    pieces.push(done);
    if (bucket < 0) return;
    open = rest;
    openBucket = bucket;
  };

  return {
    push(t, column) {
      if (floats !== null) {
        if (column.kind === 'f64') return floats.push(t, column);
        leaveFloats(floats.take());
      }
      const done: number[] = [];
      let last: number[] = [];
      forEachBucket(t, buckets, (bucket, a, b) => {
        from += b - a;
        if (open !== null && bucket === openBucket) {
          const rows: number[] = [];
          pick(column, a, b, rows);
          const both = joinPieces([open, takePiece(t, column, rows)]);
          const kept: number[] = [];
          pick(both.column, 0, both.t.length, kept);
          open = takePiece(both.t, both.column, kept);
          return;
        }
        if (open !== null) pieces.push(open);
        open = null;
        for (const row of last) done.push(row);
        last = [];
        pick(column, a, b, last);
        openBucket = bucket;
      });
      if (last.length === 0) return;
      if (done.length > 0) pieces.push(takePiece(t, column, done));
      open = takePiece(t, column, last);
    },
    finish() {
      if (floats !== null) {
        const { piece, from: rows } = floats.finish();
        return { pieces: [piece], from: rows };
      }
      if (open !== null) pieces.push(open);
      open = null;
      return { pieces, from };
    },
  };
}

/** Inserts a row number into the short rising list in `corners`, unless it is there or none (-1). Returns its length. */
function place(corners: Int32Array, n: number, row: number): number {
  if (row < 0) return n;
  let at = n;
  while (at > 0 && corners[at - 1]! > row) at--;
  if (at > 0 && corners[at - 1] === row) return n;
  for (let i = n; i > at; i--) corners[i] = corners[i - 1]!;
  corners[at] = row;
  return n + 1;
}

function whole(method: 'm4' | 'minmax', buckets: Buckets, t: Float64Array, column: Column): ReducedSamples | null {
  const reducer = extremesReducer(buckets, method);
  reducer.push(t, column);
  const { pieces, from } = reducer.finish();
  return samplesOf(method, pieces, from);
}

/** M4 of a numeric column: up to 4 finite samples a bucket and one non-finite; null when no row is in the buckets. */
export function m4(buckets: Buckets, t: Float64Array, column: Column): ReducedSamples | null {
  return whole('m4', buckets, t, column);
}

/** Smallest and largest sample a bucket in order of time, and one non-finite; null when no row is in the buckets. */
export function minMax(buckets: Buckets, t: Float64Array, column: Column): ReducedSamples | null {
  return whole('minmax', buckets, t, column);
}
