import { lowerBound, type TimeRange } from '@sisock/core';

/** What the name of a file says: whose samples it holds, and from when to when (UNIX seconds). */
export interface NamedFile {
  readonly name: string;
  readonly field: string;
  readonly start: number;
  readonly end: number;
}

/** Files of one field by the times in their names. */
export interface FieldFiles<F extends NamedFile> {
  /** By start, then end, then name. */
  readonly files: readonly F[];
  /** Times that are taken from a file, both inclusive. */
  readonly coverOf: (i: number) => TimeRange;
  /** Indexes of the files that may have a sample in the range, rising. */
  readonly within: (range: TimeRange) => readonly number[];
  /** The latest time that one of the first `n` files may hold, -Infinity for none. */
  readonly latestOf: (n: number) => number;
}

export interface IndexOptions {
  /** Samples so many seconds outside the times in the name are still taken: names are rounded. */
  readonly slack: number;
  /** A file may be written on behind the end in its name, until the next one begins. */
  readonly openEnd: boolean;
}

/** Sorts the files of one field; finds those of a range without a look into them. */
export function indexFiles<F extends NamedFile>(all: Iterable<F>, { slack, openEnd }: IndexOptions): FieldFiles<F> {
  const files = [...all].sort((a, b) => a.start - b.start || a.end - b.end || (a.name < b.name ? -1 : 1));
  const n = files.length;
  const ends = new Float64Array(n);
  const latest = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const { end } = files[i]!;
    ends[i] = slack + (openEnd ? Math.max(end, files[i + 1]?.start ?? Infinity) : end);
    latest[i] = Math.max(ends[i]!, latest[i - 1] ?? -Infinity);
  }
  const startOf = (i: number) => files[i]!.start - slack;
  return {
    files,
    coverOf: (i) => ({ start: startOf(i), end: ends[i]! }),
    within(range) {
      const found: number[] = [];
      for (let i = lowerBound(latest, range.start); i < n && startOf(i) < range.end; i++) {
        if (ends[i]! >= range.start) found.push(i);
      }
      return found;
    },
    latestOf: (count) => latest[count - 1] ?? -Infinity,
  };
}
