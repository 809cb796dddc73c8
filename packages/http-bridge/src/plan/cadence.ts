import { bucketOf, type Buckets, type SampleMethod } from '@sisock/core';

/** A gap is longer than this many usual steps. */
const stepsOfGap = 3;
/** Most steps that are looked at to learn the usual one. */
const stepsLookedAt = 2000;

/**
 * The longest step between neighbours that is no gap, in seconds; null where nothing can be said. A node's own word on
 * its interval counts, unless its samples are plainly further apart. Without that word the interval is learned from the
 * steps: nine of ten are no longer than it, so that irregular samples are not torn apart.
 */
export function longestStep(
  t: Float64Array,
  interval: number | null,
  method: 'raw' | SampleMethod,
  buckets: Buckets | null,
): number | null {
  if (method === 'changes') return null;
  const steps = usualSteps(t, method === 'raw' ? null : buckets);
  if (interval !== null) return stepsOfGap * Math.max(interval, quantile(steps, 0.5) ?? 0);
  const learned = quantile(steps, 0.9);
  return learned === null ? null : stepsOfGap * learned;
}

/** Steps above 0, sorted; of reduced samples only those from bucket to bucket, which were neighbours in the data too. */
function usualSteps(t: Float64Array, buckets: Buckets | null): number[] {
  const steps: number[] = [];
  const stride = Math.max(1, Math.floor((t.length - 1) / stepsLookedAt));
  for (let i = 1; i < t.length; i += stride) {
    const step = t[i]! - t[i - 1]!;
    if (step > 0 && (buckets === null || bucketOf(buckets, t[i]!) !== bucketOf(buckets, t[i - 1]!))) steps.push(step);
  }
  return steps.sort((a, b) => a - b);
}

function quantile(sorted: readonly number[], q: number): number | null {
  return sorted[Math.floor((sorted.length - 1) * q)] ?? null;
}
