import type { Column } from '../batch.js';
import type { ReducedSamples } from '../reader.js';
import { type Buckets, forEachBucket } from './buckets.js';
import { FloatExtremes, type PickedFloats } from './float-extremes.js';
import { joinPieces, type Piece, samplesOf, takePiece } from './pieces.js';
import { type Kept, RowPicker } from './picks.js';
import type { PieceReducer } from './runs.js';

/**
 * M4 or min-max in pieces, and what is stored to pick them from later. Per bucket the first, last, smallest and largest
 * finite sample (min-max: the latter two), and beside them the first sample that is not finite, so that a line breaks
 * there. While the rest of a bucket may come in a later push, what would be stored stands for it: picking from the picked
 * and the new rows gives the same as picking from all.
 */
export function extremesReducer(buckets: Buckets, kept: Kept): PieceReducer {
  const pieces: Piece[] = [];
  const picker = new RowPicker();
  let open: Piece | null = null;
  let openBucket = -1;
  let from = 0;
  /** As long as there are doubles alone. */
  let floats: FloatExtremes | null = new FloatExtremes(buckets, kept);

  const pick = (t: Float64Array, column: Column, a: number, b: number, worth: Kept): Piece => {
    const n = picker.pick(column, a, b, worth);
    return takePiece(t, column, [...picker.rows.subarray(0, n)]);
  };

  const close = () => {
    if (open !== null) pieces.push(pick(open.t, open.column, 0, open.t.length, kept));
    open = null;
  };

  const leaveFloats = ({ done, open: rest, bucket, from: rowsBehind }: PickedFloats) => {
    floats = null;
    from = rowsBehind;
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
      forEachBucket(t, buckets, (bucket, a, b) => {
        from += b - a;
        if (bucket !== openBucket) {
          close();
          openBucket = bucket;
          if (b < t.length) {
            const n = picker.pick(column, a, b, kept);
            for (let i = 0; i < n; i++) done.push(picker.rows[i]!);
            return;
          }
        }
        const own = pick(t, column, a, b, 'stored');
        if (open === null) {
          open = own;
          return;
        }
        const both = joinPieces([open, own]);
        open = pick(both.t, both.column, 0, both.t.length, 'stored');
      });
      if (done.length > 0) pieces.push(takePiece(t, column, done));
    },
    finish() {
      if (floats !== null) {
        const { piece, from: rowsBehind } = floats.finish();
        return { pieces: [piece], from: rowsBehind };
      }
      close();
      return { pieces, from };
    },
  };
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
