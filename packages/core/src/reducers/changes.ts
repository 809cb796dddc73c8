import { type Column, type Value, valueAt } from '../batch.js';
import type { ReducedSamples } from '../reader.js';
import { type Buckets, forEachBucket } from './buckets.js';
import { type Piece, samplesOf, takePiece } from './pieces.js';
import type { PieceReducer } from './runs.js';

export interface ChangesOptions {
  /**
   * Most changes kept of one bucket (default 16, at least 2): of a state that changes more often the first ones and the
   * last one of the bucket stay, so that an answer is bounded and the state after the bucket is right.
   */
  readonly maxChangesPerBucket?: number;
  /**
   * Keeps, of a bucket with more changes than that, the sample before the last one too, so that it is seen as a change
   * when what was kept is reduced again (default false).
   */
  readonly withPrevious?: boolean;
}

/**
 * State changes in pieces, for every kind of column: the first sample, each whose value differs from the one before, and
 * the last sample. NaN after NaN is no change.
 */
export function changesReducer(
  buckets: Buckets,
  { maxChangesPerBucket = 16, withPrevious = false }: ChangesOptions = {},
): PieceReducer {
  const pieces: Piece[] = [];
  let from = 0;
  let bucket = -1;
  let changes = 0;
  let previous: { kind: Column['kind']; value: Value } | null = null;
  /** The latest change of a bucket that is full already, with the sample before it where that is wanted. */
  let spare: Piece[] = [];
  let last: Piece | null = null;
  /** The last sample of the push before, unless it is kept for good. */
  let latest: Piece | null = null;

  return {
    push(t, column) {
      const v: ArrayLike<unknown> = column.v;
      const rows: number[] = [];
      let spareRow = -1;
      let lastRow = -1;
      const settle = () => {
        pieces.push(...spare);
        spare = [];
        if (spareRow >= 0) rows.push(...spareRows(spareRow));
        spareRow = -1;
      };
      /** Rows of a bucket are neighbours in what is pushed. */
      const spareRows = (row: number) => {
        const isNew = withPrevious && row > 0 && rows[rows.length - 1] !== row - 1;
        return isNew ? [row - 1, row] : [row];
      };
      forEachBucket(t, buckets, (k, a, b) => {
        from += b - a;
        if (k !== bucket) {
          settle();
          bucket = k;
          changes = 0;
        }
        for (let i = a; i < b; i++) {
          if (lastRow < 0 ? !differsFromPrevious(previous, column, i) : isSame(v[i], v[lastRow])) {
            lastRow = i;
            continue;
          }
          lastRow = i;
          changes++;
          if (changes < maxChangesPerBucket) rows.push(i);
          else {
            spare = [];
            spareRow = i;
          }
        }
      });
      if (lastRow < 0) return;
      if (rows.length > 0) pieces.push(takePiece(t, column, rows));
      if (spareRow >= 0) {
        spare = [takePiece(t, column, spareRows(spareRow))];
        if (withPrevious && spareRow === 0 && latest !== null) spare.unshift(latest);
      }
      const kept = spareRow === lastRow || rows[rows.length - 1] === lastRow;
      last = kept ? null : takePiece(t, column, [lastRow]);
      latest = withPrevious && rows[rows.length - 1] !== lastRow ? takePiece(t, column, [lastRow]) : null;
      previous = { kind: column.kind, value: valueAt(column, lastRow) };
    },
    finish() {
      pieces.push(...spare);
      if (last !== null) pieces.push(last);
      spare = [];
      last = null;
      return { pieces, from };
    },
  };
}

function differsFromPrevious(
  previous: { readonly kind: Column['kind']; readonly value: Value } | null,
  column: Column,
  i: number,
): boolean {
  return previous === null || previous.kind !== column.kind || !isSame(previous.value, valueAt(column, i));
}

function isSame(a: unknown, b: unknown): boolean {
  return a === b || (a !== a && b !== b);
}

/** State changes of a column; null when no row is in the buckets. */
export function stateChanges(
  buckets: Buckets,
  t: Float64Array,
  column: Column,
  options: ChangesOptions = {},
): ReducedSamples | null {
  const reducer = changesReducer(buckets, options);
  reducer.push(t, column);
  const { pieces, from } = reducer.finish();
  return samplesOf('changes', pieces, from);
}
