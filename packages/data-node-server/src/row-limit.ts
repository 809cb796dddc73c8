import { asFloat64, type Batch, type Column, concatBatches } from '@sisock/core';
import { rowCount, takeRows } from './original-rows.js';

/**
 * Thins batches that follow each other to at most `max` rows, evenly in time and keeping the extremes: of each bucket of time
 * stay, for every field, the rows with its least and its greatest number (the first and the last where it holds none).
 * Plain slicing would lose the spikes.
 */
export function limitRows(batches: readonly Batch[], max: number): Batch[] {
  if (rowCount(batches) <= max) return [...batches];
  const joined = concatBatches(batches);
  const start = joined[0]!.t[0]!;
  const extent = joined.at(-1)!.t.at(-1)! - start;
  const fields = Math.max(...joined.map(({ columns }) => columns.size));
  for (let count = Math.floor(max / (2 * fields)); count >= 1; count >>= 1) {
    const bucketOf = (time: number) => Math.min(count - 1, Math.floor(((time - start) / extent) * count) || 0);
    const thinned = joined.map((batch) => takeRows(batch, extremes(batch, bucketOf)));
    if (rowCount(thinned) <= max) return thinned;
  }
  return spreadRows(joined, max);
}

/** Indexes of the rows to keep, rising. */
function extremes({ t, columns }: Batch, bucketOf: (time: number) => number): Uint32Array {
  const kept = new Set<number>();
  const values = [...columns.values()].map(numbersOf);
  for (let from = 0; from < t.length;) {
    const bucket = bucketOf(t[from]!);
    let to = from + 1;
    while (to < t.length && bucketOf(t[to]!) === bucket) to++;
    for (const v of values) {
      const [low, high] = v === null ? [from, to - 1] : extremesOf(v, from, to);
      kept.add(low).add(high);
    }
    from = to;
  }
  return Uint32Array.from(kept).sort();
}

function numbersOf(column: Column): Float64Array | null {
  return column.kind === 'f64' || column.kind === 'i64' ? asFloat64(column) : null;
}

function extremesOf(v: Float64Array, from: number, to: number): [number, number] {
  let low = -1;
  let high = -1;
  for (let i = from; i < to; i++) {
    const value = v[i]!;
    if (Number.isNaN(value)) continue;
    if (low < 0 || value < v[low]!) low = i;
    if (high < 0 || value > v[high]!) high = i;
  }
  return low < 0 ? [from, to - 1] : [low, high];
}

/** What is left where `max` allows no bucket both its extremes: a few rows, spread over all. */
function spreadRows(batches: readonly Batch[], max: number): Batch[] {
  const step = rowCount(batches) / max;
  let before = 0;
  let next = 0;
  return batches.map((batch) => {
    const indexes: number[] = [];
    for (; next < max && Math.floor(next * step) < before + batch.t.length; next++) {
      indexes.push(Math.floor(next * step) - before);
    }
    before += batch.t.length;
    return takeRows(batch, Uint32Array.from(indexes));
  });
}
