import { type Batch, lowerBound, sliceBatch } from '@sisock/core';
import { sameInstant } from './instant.js';

/** How many rows the batches have together. */
export function countRows(batches: readonly Batch[]): number {
  return batches.reduce((sum, { t }) => sum + t.length, 0);
}

/** The batches without their first `n` rows. */
export function dropRows(batches: readonly Batch[], n: number): Batch[] {
  const rest: Batch[] = [];
  let left = n;
  for (const batch of batches) {
    const cut = Math.min(left, batch.t.length);
    left -= cut;
    if (cut < batch.t.length) rest.push(cut === 0 ? batch : sliceBatch(batch, cut, batch.t.length));
  }
  return rest;
}

/** The first `n` rows. */
export function takeRows(batches: readonly Batch[], n: number): Batch[] {
  const taken: Batch[] = [];
  let left = n;
  for (const batch of batches) {
    if (left === 0) break;
    const cut = Math.min(left, batch.t.length);
    left -= cut;
    if (cut > 0) taken.push(cut === batch.t.length ? batch : sliceBatch(batch, 0, cut));
  }
  return taken;
}

/** How many rows, of all in rising time, are before `time`. */
export function rowsBefore(batches: readonly Batch[], time: number): number {
  return batches.reduce((sum, { t }) => sum + lowerBound(t, time), 0);
}

export function lastTime(batches: readonly Batch[]): number | null {
  return batches.at(-1)?.t.at(-1) ?? null;
}

/** The time of row `n`, counted through all batches. */
export function timeOf(batches: readonly Batch[], n: number): number {
  let left = n;
  for (const { t } of batches) {
    if (left < t.length) return t[left]!;
    left -= t.length;
  }
  return NaN;
}

/** How many of the last rows stand at the instant `time`. */
export function rowsAtEnd(batches: readonly Batch[], isAt: (t: number) => boolean): number {
  let n = 0;
  for (let b = batches.length - 1; b >= 0; b--) {
    const { t } = batches[b]!;
    for (let i = t.length - 1; i >= 0; i--) {
      if (!isAt(t[i]!)) return n;
      n++;
    }
  }
  return n;
}

/** The latest instant that was given, and how many rows of it. */
export interface Given {
  readonly last: number;
  readonly k: number;
}

/** What is given after some more rows were. */
export function givenAfter({ last, k }: Given, batches: readonly Batch[]): Given {
  const newest = lastTime(batches);
  if (newest === null) return { last, k };
  const isSame = sameInstant(newest, last);
  if (newest < last && !isSame) return { last, k };
  const n = rowsAtEnd(batches, (t) => sameInstant(t, newest));
  return { last: Math.max(last, newest), k: isSame ? k + n : n };
}

/**
 * How many of the first rows, which begin shortly before `given.last`, were given: those before that instant, and the first
 * `k` of it.
 */
export function rowsGiven(batches: readonly Batch[], { last, k }: Given): number {
  let rows = 0;
  let same = 0;
  for (const { t } of batches) {
    for (const time of t) {
      if (sameInstant(time, last)) {
        if (same++ >= k) return rows;
      } else if (time > last) return rows;
      rows++;
    }
  }
  return rows;
}

/** Fields under other names, in the order of `names` (inner name by the one wanted). */
export function renamed(batches: readonly Batch[], names: ReadonlyMap<string, string>): readonly Batch[] {
  if ([...names].every(([wanted, own]) => wanted === own)) return batches;
  return batches.flatMap(({ t, columns }) => {
    const wanted = [...names].flatMap(([name, own]) => {
      const column = columns.get(own);
      return column === undefined ? [] : [[name, column] as const];
    });
    return wanted.length === 0 ? [] : [{ t, columns: new Map(wanted) }];
  });
}
