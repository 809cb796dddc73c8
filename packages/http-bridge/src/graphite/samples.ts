import { type Grid, gridEnd } from './grid.js';

/** Times (UNIX seconds, rising) and their values. NaN: no value, the line breaks. */
export interface Points {
  readonly t: Float64Array;
  readonly v: Float64Array;
}

/** A series on its way through the functions of a target. */
export interface GraphiteSeries extends Points {
  /** What the answer calls it. */
  readonly name: string;
  /** What aliasByNode counts the parts of: the series' path, of several the first pattern. */
  readonly path: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Usual seconds between its points; null where nothing can be said. */
  readonly step: number | null;
}

/** Points from a list of pairs. */
export function pointsOf(pairs: readonly (readonly [number, number])[]): Points {
  return { t: Float64Array.from(pairs, ([t]) => t), v: Float64Array.from(pairs, ([, v]) => v) };
}

/** Without points of no value at its two ends: a line is not broken where it does not go on. */
export function trim({ t, v }: Points): Points {
  let from = 0;
  let to = v.length;
  while (from < to && !Number.isFinite(v[from])) from++;
  while (to > from && !Number.isFinite(v[to - 1])) to--;
  return { t: t.subarray(from, to), v: v.subarray(from, to) };
}

/**
 * Points whose times are whole seconds, each its own, and at most `most` of them: what a Graphite answer can hold. Where
 * they fit they only lose their fractions of a second; else each bucket (of two seconds, or of the grid) keeps its least
 * and greatest value in their order, moved by less than the bucket where both are of one second.
 */
export function settle(points: Points, grid: Grid, most: number): Points {
  const trimmed = trim(points);
  const seconds = trimmed.t.map(Math.floor);
  if (trimmed.t.length <= most && rises(seconds)) return { t: seconds, v: trimmed.v };
  const fine = extremes(trimmed, Math.floor(grid.start / 2) * 2, 2);
  return fine.t.length <= most ? fine : extremes(trimmed, grid.start, grid.width);
}

function rises(t: Float64Array): boolean {
  for (let i = 1; i < t.length; i++) if (!(t[i]! > t[i - 1]!)) return false;
  return true;
}

/** At most two points a bucket of at least two whole seconds. */
function extremes({ t, v }: Points, start: number, width: number): Points {
  const pairs: [number, number][] = [];
  for (let from = 0, to = 0; from < t.length; from = to) {
    const bucket = Math.floor((t[from]! - start) / width);
    while (to < t.length && Math.floor((t[to]! - start) / width) === bucket) to++;
    const [a, b] = corners(v, from, to);
    if (b === a) pairs.push([Math.floor(t[a]!), v[a]!]);
    else {
      let first = Math.floor(t[a]!);
      let second = Math.floor(t[b]!);
      if (first === second) {
        if (second + 1 < start + (bucket + 1) * width) second++;
        else first--;
      }
      pairs.push([first, v[a]!], [second, v[b]!]);
    }
  }
  return pointsOf(pairs);
}

/** The rows of the least and the greatest value, in order; without two values, a row of one and one of none. */
function corners(v: Float64Array, from: number, to: number): [number, number] {
  let least = -1;
  let greatest = -1;
  let last = -1;
  for (let i = from; i < to; i++) {
    if (!Number.isFinite(v[i])) continue;
    if (least < 0 || v[i]! < v[least]!) least = i;
    if (greatest < 0 || v[i]! > v[greatest]!) greatest = i;
    last = i;
  }
  if (least < 0) return [from, from];
  if (least === greatest) {
    // One value, or always the same: its last place too, or the break beside it.
    const other = last !== least ? last : to - 1 > least ? to - 1 : from;
    greatest = other;
  }
  return least < greatest ? [least, greatest] : [greatest, least];
}

/** The mean of each bucket's values; NaN where it has none. */
export function bucketMeans({ t, v }: Points, grid: Grid): Float64Array {
  const sums = new Float64Array(grid.count);
  const counts = new Float64Array(grid.count);
  const end = gridEnd(grid);
  for (let i = 0; i < t.length; i++) {
    if (!Number.isFinite(v[i]) || !(t[i]! >= grid.start && t[i]! < end)) continue;
    const bucket = Math.min(grid.count - 1, Math.floor((t[i]! - grid.start) / grid.width));
    sums[bucket] = sums[bucket]! + v[i]!;
    counts[bucket] = counts[bucket]! + 1;
  }
  return sums.map((sum, i) => (counts[i] === 0 ? NaN : sum / counts[i]!));
}

/** Where each bucket begins. */
export function bucketTimes({ start, width, count }: Grid): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => start + i * width);
}
