/** `count` half-open buckets of `width` seconds from `start` (UNIX seconds): part of a ReduceQuery. */
export interface Buckets {
  readonly start: number;
  readonly width: number;
  readonly count: number;
}

/** Where bucket `k` begins and bucket `k - 1` ends. The one place this sum is done, so that edges agree everywhere. */
export function bucketEdge(buckets: Buckets, k: number): number {
  return buckets.start + k * buckets.width;
}

/** The bucket that holds time `t`, -1 when none does. */
export function bucketOf(buckets: Buckets, t: number): number {
  if (!(t >= buckets.start && t < bucketEdge(buckets, buckets.count))) return -1;
  let k = Math.min(buckets.count - 1, Math.max(0, Math.floor((t - buckets.start) / buckets.width)));
  // The division rounds, so the true bucket may be the next one to either side.
  while (k > 0 && t < bucketEdge(buckets, k)) k--;
  while (k < buckets.count - 1 && t >= bucketEdge(buckets, k + 1)) k++;
  return k;
}

/**
 * Calls `visit(bucket, from, to)` for each run of rows that share a bucket; rows outside all buckets are left out.
 * `t` rises. Costs a search a run, not a division a row.
 */
export function forEachBucket(
  t: Float64Array,
  buckets: Buckets,
  visit: (bucket: number, from: number, to: number) => void,
): void {
  const end = bucketEdge(buckets, buckets.count);
  let from = gallop(t, 0, buckets.start);
  while (from < t.length && t[from]! < end) {
    const bucket = bucketOf(buckets, t[from]!);
    const to = Math.max(from + 1, gallop(t, from, bucketEdge(buckets, bucket + 1)));
    if (bucket >= 0) visit(bucket, from, to);
    from = to;
  }
}

/** First index from `from` on with `t[i] >= x`, found in steps that double: cheap when it is near. */
function gallop(t: Float64Array, from: number, x: number): number {
  let low = from;
  let high = from;
  for (let step = 1; high < t.length && t[high]! < x; step *= 2) {
    low = high + 1;
    high += step;
  }
  if (high > t.length) high = t.length;
  while (low < high) {
    const mid = (low + high) >>> 1;
    if (t[mid]! < x) low = mid + 1;
    else high = mid;
  }
  return low;
}
