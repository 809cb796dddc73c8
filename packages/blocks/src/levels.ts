import type { ReduceQuery, SampleMethod } from '@sisock/core';
import { bucketWidth, levelStep } from './tile.js';

/** Least samples that a bucket of the finest level should hold, where its width stays bearable. */
export const defaultLeastSamples = 128;
/** Above this width, in seconds, a bucket of the finest level may hold so many times fewer. */
const bearableWidth = 512;
const fewerTimes = 8;

/** All levels are odd: however fine or coarse one begins, the same widths are met further up. */
const coarsest = 31;
const finest = -15;

/**
 * How many stored buckets must fit into one that is asked for at least: what lies in the two at its edges may be told of
 * its neighbour, and a line is drawn in the column beside. M4 tells first and last besides, which hurt more when they are
 * off. What is drawn so is never more than a pixel off (`npm run bench -- pixels`).
 */
const bucketsWithin: Readonly<Record<SampleMethod, number>> = { minmax: 2, m4: 4, changes: 4 };

/** At the live end tiles so many steps finer than the finest ones are kept in memory: so that few rows are left to read. */
export const tailSteps = 2;

/** The finest level that is kept for samples so many seconds apart. */
export function finestLevel(interval: number, leastSamples = defaultLeastSamples): number {
  const usual = Math.min(leastSamples * interval, bearableWidth);
  return oddFrom(Math.max(usual, (leastSamples / fewerTimes) * interval));
}

/** The first odd level whose buckets are at least so wide. */
function oddFrom(width: number): number {
  const level = Math.ceil(Math.log2(width));
  return Math.min(coarsest, Math.max(finest, level + Math.abs((level + 1) % levelStep)));
}

/**
 * The coarsest level that a query can be answered from, not finer than `base` but by one of the `finerPowers` of 2; null
 * where there is none. Statistics must be exact: their buckets are made up of whole stored ones.
 */
export function levelFor(
  { start, width, want }: Pick<ReduceQuery, 'start' | 'width' | 'want'>,
  base: number,
  finerPowers: readonly number[] = [],
): number | null {
  const isFine =
    typeof want === 'string'
      ? (w: number) => w <= width / bucketsWithin[want]
      : (w: number) => start % w === 0 && width % w === 0;
  let found: number | null = null;
  for (let level = base; level <= coarsest && isFine(bucketWidth(level)); level += levelStep) found = level;
  if (found !== null) return found;
  const power = finerPowers.find((one) => isFine(bucketWidth(base - one)));
  return power === undefined ? null : base - power;
}
