import { lowerBound, type Samples, type State } from './samples.js';

/** A line is broken where nothing came for so many intervals. */
const gapIntervals = 3;

/** Live samples of one field, behind those that were loaded. */
export interface Tail {
  /** From here on (UNIX seconds) whatever comes, comes live. */
  since: number;
  /** When that began, in ms: what was asked for before may lack what came in between. */
  readonly followedAt: number;
  /** Samples up to here were loaded. */
  after: number;
  t: number[];
  v: (number | State)[];
}

export function createTail(since: number, followedAt: number): Tail {
  return { since, followedAt, after: -Infinity, t: [], v: [] };
}

/**
 * Takes live samples. Loaded ones are repetitions; late ones are put where they belong. `interval`: usual seconds between
 * samples, by which gaps in numbers are told; null: unknown.
 */
export function appendTo(tail: Tail, samples: Samples, interval: number | null): void {
  for (let i = 0; i < samples.t.length; i++) {
    const time = samples.t[i]!;
    const value = samples.v[i]!;
    if (!(time > tail.after)) continue;
    const before = tail.t.at(-1) ?? tail.after;
    if (time < before) {
      const at = lowerBound(tail.t, time);
      tail.t.splice(at, 0, time);
      tail.v.splice(at, 0, value);
      continue;
    }
    const isGap = interval !== null && time - before > gapIntervals * interval && before > -Infinity;
    if (isGap && samples.kind === 'number') {
      tail.t.push((before + time) / 2);
      tail.v.push(NaN);
    }
    tail.t.push(time);
    tail.v.push(value);
  }
}

/** Samples up to `after` have been loaded: what is repeated goes. */
export function cutTail(tail: Tail, after: number): void {
  if (!(after > tail.after)) return;
  let n = lowerBound(tail.t, after);
  while (n < tail.t.length && tail.t[n]! <= after) n++;
  tail.after = after;
  tail.t = tail.t.slice(n);
  tail.v = tail.v.slice(n);
}

/** The first time that belongs to the tail. */
export function tailFrom({ after, t }: Tail): number {
  return Number.isFinite(after) ? justAfter(after) : (t[0] ?? Infinity);
}

/** The next time that a double can tell from this one, or nearly so. */
export function justAfter(t: number): number {
  return t + Math.abs(t) * Number.EPSILON;
}
