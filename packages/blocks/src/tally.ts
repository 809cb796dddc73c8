import { addFinite, asFloat64, type Buckets, bucketOf, type Column, type FiniteSum, forEachBucket } from '@sisock/core';
import { type Tile, tileBuckets, tileBucketsOf, type TileKey } from './tile.js';

/** Counts and sums of one field in buckets. */
export class Tally {
  readonly count: Float64Array;
  readonly finite: Float64Array;
  readonly sum: Float64Array;
  readonly #buckets: Buckets;
  readonly #total: FiniteSum = { sum: 0, n: 0 };

  constructor(buckets: Buckets) {
    this.#buckets = buckets;
    this.count = new Float64Array(buckets.count);
    this.finite = new Float64Array(buckets.count);
    this.sum = new Float64Array(buckets.count);
  }

  /** Rows in rising time; those outside the buckets are left out. */
  rows(t: Float64Array, column: Column): void {
    const v = column.kind === 'str' ? null : asFloat64(column);
    forEachBucket(t, this.#buckets, (k, from, to) => {
      this.count[k] = this.count[k]! + to - from;
      if (v === null) return;
      this.#total.sum = this.sum[k]!;
      this.#total.n = this.finite[k]!;
      addFinite(this.#total, v, from, to);
      this.sum[k] = this.#total.sum;
      this.finite[k] = this.#total.n;
    });
  }

  /** What a tile has counted: each of its buckets must lie in one of these, or outside. */
  tile(key: TileKey, { count, finite, sum }: Tile): void {
    const { start, width } = tileBucketsOf(key);
    for (let j = 0; j < tileBuckets; j++) {
      if (count[j] === 0) continue;
      const k = bucketOf(this.#buckets, start + j * width);
      if (k < 0) continue;
      this.count[k] = this.count[k]! + count[j]!;
      this.finite[k] = this.finite[k]! + finite[j]!;
      this.sum[k] = this.sum[k]! + sum[j]!;
    }
  }

  /** The mean of each bucket's finite values; NaN where it has none. */
  means(): Float64Array {
    return this.sum.map((sum, k) => (this.finite[k] === 0 ? NaN : sum / this.finite[k]!));
  }
}

/** How many samples of a tile lie in a range; a bucket that lies in it in part counts by that part. */
export function countWithin(key: TileKey, { count }: Tile, from: number, to: number): number {
  const { start, width } = tileBucketsOf(key);
  const first = Math.max(0, Math.floor((from - start) / width));
  const end = Math.min(tileBuckets, Math.ceil((to - start) / width));
  let n = 0;
  for (let j = first; j < end; j++) {
    const at = start + j * width;
    const inside = Math.min(to, at + width) - Math.max(from, at);
    if (inside > 0) n += inside >= width ? count[j]! : (count[j]! * inside) / width;
  }
  return n;
}
