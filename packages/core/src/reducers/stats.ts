import { asFloat64, type Column } from '../batch.js';
import type { BucketSamples, BucketStats, Stat } from '../reader.js';
import { type Buckets, forEachBucket } from './buckets.js';
import { addFinite, findExtremes, type FiniteSum, noExtremes } from './extremes.js';
import type { FieldReducer } from './field-reducer.js';

/**
 * Statistics in pieces, in the arrays of the answer themselves. `count` counts every sample; the others know finite
 * values only, and are NaN where a bucket has none. Bools are 0 and 1; 64-bit integers are rounded to doubles; of
 * strings only the count is known. Of equal extremes the earliest is told.
 */
export function statsReducer(buckets: Buckets, want: readonly Stat[]): FieldReducer {
  const n = buckets.count;
  const wants = (stat: Stat) => want.includes(stat);
  const count = wants('count') ? new Float64Array(n) : null;
  const min = wants('min') ? emptySamples(n) : null;
  const max = wants('max') ? emptySamples(n) : null;
  const first = wants('first') ? emptySamples(n) : null;
  const last = wants('last') ? emptySamples(n) : null;
  const sums = wants('mean') ? new Float64Array(n) : null;
  const finite = wants('mean') ? new Float64Array(n) : null;
  const needsExtremes = min !== null || max !== null || first !== null || last !== null;
  const found = noExtremes();
  const total: FiniteSum = { sum: 0, n: 0 };
  let rows = 0;

  return {
    push(t, column) {
      const values: Column = { kind: 'f64', v: column.kind === 'str' ? new Float64Array(0) : asFloat64(column) };
      const v = values.v;
      forEachBucket(t, buckets, (k, from, to) => {
        rows += to - from;
        if (count) count[k] = count[k]! + to - from;
        if (column.kind === 'str') return;
        if (sums && finite) {
          total.sum = sums[k]!;
          total.n = finite[k]!;
          addFinite(total, v, from, to);
          sums[k] = total.sum;
          finite[k] = total.n;
        }
        if (!needsExtremes) return;
        findExtremes(values, from, to, found);
        if (found.first < 0) return;
        if (first && !(first.v[k] === first.v[k])) keep(first, k, t, v, found.first);
        if (last) keep(last, k, t, v, found.last);
        if (min && !(min.v[k]! <= v[found.min]!)) keep(min, k, t, v, found.min);
        if (max && !(max.v[k]! >= v[found.max]!)) keep(max, k, t, v, found.max);
      });
    },
    finish() {
      if (rows === 0) return null;
      const stats: BucketStats = {
        kind: 'stats',
        ...(count && { count }),
        ...(min && { min }),
        ...(max && { max }),
        ...(first && { first }),
        ...(last && { last }),
        ...(sums && finite && { mean: sums.map((sum, k) => (finite[k] === 0 ? NaN : sum / finite[k]!)) }),
      };
      return stats;
    },
  };
}

function emptySamples(n: number): BucketSamples {
  return { t: new Float64Array(n).fill(NaN), v: new Float64Array(n).fill(NaN) };
}

function keep(into: BucketSamples, k: number, t: Float64Array, v: Float64Array, row: number): void {
  into.t[k] = t[row]!;
  into.v[k] = v[row]!;
}

/** Statistics of one column per bucket; null when no row is in the buckets. */
export function bucketStats(
  buckets: Buckets,
  t: Float64Array,
  column: Column,
  want: readonly Stat[],
): BucketStats | null {
  const reducer = statsReducer(buckets, want);
  reducer.push(t, column);
  return reducer.finish() as BucketStats | null;
}
