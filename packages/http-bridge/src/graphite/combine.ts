import { bucketsOfStep, coarser, type Grid } from './grid.js';
import { bucketMeans, bucketTimes, type GraphiteSeries, type Points, pointsOf } from './samples.js';

/**
 * Series put beside each other on common buckets, as wide as the longest step among them, and each bucket's values made
 * into one. A series has the mean of its values in a bucket; those without a value there do not count.
 * @param of makes the value from the sum and the number of what is there.
 */
export function alignSeries(
  list: readonly GraphiteSeries[],
  grid: Grid,
  end: number,
  of: (sum: number, count: number) => number,
): Points & { readonly step: number } {
  const step = Math.max(...list.map((one) => one.step ?? 0));
  const common = coarser(grid, bucketsOfStep(step, grid.width));
  const sums = new Float64Array(common.count);
  const counts = new Float64Array(common.count);
  for (const one of list) {
    bucketMeans(one, common).forEach((mean, i) => {
      if (!Number.isFinite(mean)) return;
      sums[i] = sums[i]! + mean;
      counts[i] = counts[i]! + 1;
    });
  }
  const t = bucketTimes(common);
  const v = sums.map((sum, i) => (counts[i] === 0 || t[i]! >= end ? NaN : of(sum, counts[i]!)));
  return { t, v, step: common.width };
}

/**
 * A series without its gaps of at most `limit` steps: each missing step has the value before the gap. What is missing at
 * the end is a gap too. Without a known step every gap is filled by its own breaks.
 * @param least no two added points are closer than that, in seconds.
 */
export function keepLast({ t, v, step }: GraphiteSeries, limit: number, end: number, least: number): Points {
  const pairs: [number, number][] = [];
  let last = -1;
  for (let i = 0; i <= t.length; i++) {
    const atEnd = i === t.length;
    if (!atEnd && !Number.isFinite(v[i])) continue;
    const until = atEnd ? end : t[i]!;
    const breaks = i - last - 1;
    if (last >= 0 && (breaks > 0 || atEnd)) {
      const missing = step === null ? breaks : Math.max(atEnd ? 0 : breaks, Math.round((until - t[last]!) / step) - 1);
      if (missing > 0 && missing <= limit) {
        fill(pairs, t[last]!, until, step === null ? null : Math.max(step, least), v[last]!);
      } else for (let j = last + 1; j < i; j++) pairs.push([t[j]!, NaN]);
    }
    if (atEnd) break;
    pairs.push([t[i]!, v[i]!]);
    last = i;
  }
  return pointsOf(pairs);
}

function fill(pairs: [number, number][], from: number, until: number, spacing: number | null, value: number): void {
  if (spacing === null) return;
  for (let j = 1; ; j++) {
    const t = from + j * spacing;
    // Not so close to what comes next that it could be that one's own step.
    if (!(t < until - spacing / 2)) return;
    pairs.push([t, value]);
  }
}
