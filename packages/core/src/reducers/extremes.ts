import type { Column } from '../batch.js';

/** Rows of special interest in a run: -1 where there is none. Finite ones, but for `broken`. */
export interface Extremes {
  first: number;
  last: number;
  min: number;
  max: number;
  /** The first value that is not finite. */
  broken: number;
}

/**
 * Finds first, last, smallest and largest finite value and the first one that is not finite in rows `from` to `to` of a
 * numeric (or bool) column. Of equal values the earliest counts. Fills and returns `out`, to spare an object a bucket.
 */
export function findExtremes(column: Column, from: number, to: number, out: Extremes): Extremes {
  switch (column.kind) {
    case 'f64':
      return float64Extremes(column.v, from, to, out);
    case 'i64':
      return orderedExtremes(column.v, from, to, out);
    case 'bool':
      return orderedExtremes(column.v, from, to, out);
    case 'str':
      out.first = out.last = out.min = out.max = out.broken = -1;
      return out;
  }
}

function float64Extremes(v: Float64Array, from: number, to: number, out: Extremes): Extremes {
  let low = Infinity;
  let high = -Infinity;
  let min = -1;
  let max = -1;
  let taint = 0;
  for (let i = from; i < to; i++) {
    const x = v[i]!;
    if (x < low) {
      low = x;
      min = i;
    }
    if (x > high) {
      high = x;
      max = i;
    }
    taint += x * 0; // NaN as soon as one value is NaN or infinite, without a branch
  }
  if (taint !== taint) return carefulExtremes(v, from, to, out);
  out.first = from;
  out.last = to - 1;
  out.min = min;
  out.max = max;
  out.broken = -1;
  return out;
}

/** The same with a test for every value: for the runs that hold non-finite ones. */
function carefulExtremes(v: Float64Array, from: number, to: number, out: Extremes): Extremes {
  out.first = out.last = out.min = out.max = out.broken = -1;
  let low = Infinity;
  let high = -Infinity;
  for (let i = from; i < to; i++) {
    const x = v[i]!;
    if (!Number.isFinite(x)) {
      if (out.broken < 0) out.broken = i;
      continue;
    }
    if (out.first < 0) out.first = i;
    out.last = i;
    if (x < low) {
      low = x;
      out.min = i;
    }
    if (x > high) {
      high = x;
      out.max = i;
    }
  }
  return out;
}

function orderedExtremes(v: BigInt64Array | Uint8Array, from: number, to: number, out: Extremes): Extremes {
  out.broken = -1;
  out.first = out.min = out.max = from < to ? from : -1;
  out.last = from < to ? to - 1 : -1;
  if (from >= to) return out;
  let low = v[from]!;
  let high = low;
  for (let i = from + 1; i < to; i++) {
    const x = v[i]!;
    if (x < low) {
      low = x;
      out.min = i;
    } else if (x > high) {
      high = x;
      out.max = i;
    }
  }
  return out;
}

/** No rows found yet. */
export function noExtremes(): Extremes {
  return { first: -1, last: -1, min: -1, max: -1, broken: -1 };
}

/** The last row not above `row` that holds the value of row `than`, which is not above it either. */
export function lastEqual(column: Column, than: number, row: number): number {
  return column.kind === 'f64' ? lastEqualFloat(column.v, than, row) : lastEqualOf(column.v, than, row);
}

function lastEqualFloat(v: Float64Array, than: number, row: number): number {
  const x = v[than]!;
  for (let i = row; i > than; i--) if (v[i] === x) return i;
  return than;
}

function lastEqualOf(v: ArrayLike<unknown>, than: number, row: number): number {
  const x = v[than];
  while (v[row] !== x) row--;
  return row;
}

/** A running sum of finite values. */
export interface FiniteSum {
  sum: number;
  n: number;
}

/** Adds the finite values in rows `from` to `to` one by one to what was summed, so that cuts between rows don't matter. */
export function addFinite(into: FiniteSum, v: Float64Array, from: number, to: number): void {
  let sum = into.sum;
  for (let i = from; i < to; i++) sum += v[i]!;
  if (Number.isFinite(sum)) {
    into.sum = sum;
    into.n += to - from;
    return;
  }
  for (let i = from; i < to; i++) {
    if (!Number.isFinite(v[i]!)) continue;
    into.sum += v[i]!;
    into.n++;
  }
}
