import { bucketEdge, bucketOf, type Buckets, inOneBlock, type SampleMethod } from '@sisock/core';
import { nthSmallest } from './nth-smallest.js';

/** The buckets that samples were chosen from, and how wide stored ones were that stood between. */
export interface Chosen {
  readonly buckets: Buckets;
  readonly blockWidth?: number | undefined;
}

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
  chosen: Chosen | null,
): number | null {
  if (method === 'changes') return null;
  const steps = usualSteps(t, chosen);
  if (interval !== null) return stepsOfGap * Math.max(interval, quantile(steps, 0.5) ?? 0);
  const learned = quantile(steps, 0.9);
  return learned === null ? null : stepsOfGap * learned;
}

/** Steps on one side of a place that tell how far apart samples are there. */
const stepsNearby = 5;

/**
 * False where the step behind sample `i` of rising `t`, longer than the series' usual ones, is what is usual just before
 * or just after it: a series may be coarser in one stretch than in another, as where a history meets live data.
 */
export function isUnusualHere(t: Float64Array, i: number, chosen: Chosen | null): boolean {
  const step = t[i + 1]! - t[i]!;
  return [-1, 1].every((direction) => {
    const usual = quantile(nearbySteps(t, i, direction, chosen), 0.25);
    return usual === null || step > stepsOfGap * usual;
  });
}

function nearbySteps(t: Float64Array, i: number, direction: number, chosen: Chosen | null): Float64Array {
  const steps: number[] = [];
  for (let k = i + direction; k >= 0 && k + 1 < t.length && steps.length < stepsNearby; k += direction) {
    if (isStep(t[k]!, t[k + 1]!, chosen)) steps.push(t[k + 1]! - t[k]!);
  }
  // Two or three far apart are samples in a gap, not a cadence.
  return Float64Array.from(steps.length < stepsNearby ? [] : steps);
}

function isStep(before: number, after: number, chosen: Chosen | null): boolean {
  if (!(after > before)) return false;
  if (chosen === null) return true;
  return bucketOf(chosen.buckets, after) !== bucketOf(chosen.buckets, before) && !isHidden(before, after, chosen);
}

/** Of neighbours in one stored bucket others may have been left out between. */
function isHidden(before: number, after: number, { blockWidth }: Chosen): boolean {
  return blockWidth !== undefined && inOneBlock(before, after, blockWidth);
}

/** Steps above 0; of reduced samples only those from bucket to bucket, which were neighbours in the data too. */
function usualSteps(t: Float64Array, chosen: Chosen | null): Float64Array {
  const stride = Math.max(1, Math.floor((t.length - 1) / stepsLookedAt));
  const steps = new Float64Array(Math.ceil(Math.max(0, t.length - 1) / stride));
  let n = 0;
  // Times rise: where the bucket of one ends is looked for once a bucket, not once a step.
  let end = -Infinity;
  for (let i = 1; i < t.length; i += stride) {
    const [before, after] = [t[i - 1]!, t[i]!];
    if (chosen !== null) {
      if (before >= end) end = endOfBucket(chosen.buckets, before);
      if (after < end || isHidden(before, after, chosen)) continue;
    }
    if (after > before) steps[n++] = after - before;
  }
  return steps.subarray(0, n);
}

/** Where the bucket that holds `t` ends; what is before or behind all buckets is as one. */
function endOfBucket(buckets: Buckets, t: number): number {
  const bucket = bucketOf(buckets, t);
  if (bucket >= 0) return bucketEdge(buckets, bucket + 1);
  return t < buckets.start ? buckets.start : Infinity;
}

/** Changes the order of `steps`. */
function quantile(steps: Float64Array, q: number): number | null {
  return nthSmallest(steps, Math.floor((steps.length - 1) * q)) ?? null;
}
