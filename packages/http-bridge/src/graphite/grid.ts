import type { Buckets, TimeRange } from '@sisock/core';

/** Buckets of whole seconds. */
export type Grid = Buckets;

/**
 * At most `most` buckets of whole seconds over a range, each at least `least` seconds wide. Where there are enough of
 * them they lie on multiples of their width, so that asking again a moment later gives the same buckets.
 */
export function makeGrid({ start: from, end: until }: TimeRange, most: number, least: number): Grid {
  if (most < 4) {
    const start = Math.floor(from);
    const width = Math.max(least, Math.ceil((until - start) / most));
    return { start, width, count: Math.ceil((until - start) / width) };
  }
  const width = rounded(Math.max(least, Math.ceil((until - from) / (most - 1))));
  const start = Math.floor(from / width) * width;
  return { start, width, count: Math.max(1, Math.ceil((until - start) / width)) };
}

/** Seconds of the narrowest stored buckets that widths are made up of, and how many make a width at least. */
const narrowestBlock = 128;
const blocksInWidth = 2;
/** Between widths of stored buckets: see `levels.ts` of blocks. */
const blockStep = 4;

/**
 * A width from some minutes on is rounded up to a multiple of 128, 512, 2048 ... seconds, so that data nodes can make the
 * means of its buckets from stored ones: by less than a half at first, a quarter later.
 */
function rounded(width: number): number {
  if (width <= blocksInWidth * narrowestBlock) return width;
  let block = narrowestBlock;
  while (2 * blocksInWidth * blockStep * block <= width) block *= blockStep;
  return Math.ceil(width / block) * block;
}

/** Buckets `factor` times as wide over the same time, on multiples of their width. */
export function coarser({ start, width, count }: Grid, factor: number): Grid {
  if (factor <= 1) return { start, width, count };
  const wide = width * factor;
  const first = Math.floor(start / wide) * wide;
  return { start: first, width: wide, count: Math.ceil((start + width * count - first) / wide) };
}

/** Where the buckets end. */
export function gridEnd({ start, width, count }: Grid): number {
  return start + width * count;
}

/** How many buckets make up a step of so many seconds, with some allowance for clocks that are not exact. */
export function bucketsOfStep(step: number, width: number): number {
  return Math.max(1, Math.ceil(step / width - 0.05));
}
