/** Values of one field, as many as its batch has times. `bool` is 0 or 1 per element. */
export type Column =
  | { readonly kind: 'f64'; readonly v: Float64Array }
  | { readonly kind: 'i64'; readonly v: BigInt64Array }
  | { readonly kind: 'bool'; readonly v: Uint8Array }
  | { readonly kind: 'str'; readonly v: readonly string[] };

export type ColumnKind = Column['kind'];

/** One value of a column, as JavaScript knows it. */
export type Value = number | bigint | boolean | string;

/**
 * Samples of fields that share their times. `t` holds UNIX seconds in rising order (equal times may stand side by side);
 * every column has exactly `t.length` values. Where the set of columns changes, a new batch begins.
 */
export interface Batch {
  readonly t: Float64Array;
  readonly columns: ReadonlyMap<string, Column>;
}

/** The value at `i`, a bool as a boolean. */
export function valueAt(column: Column, i: number): Value {
  if (column.kind === 'bool') return column.v[i] === 1;
  return column.v[i] as number | bigint | string;
}

/** Elements `from` to `to` (exclusive) of a column; typed arrays are views, not copies. */
export function sliceColumn(column: Column, from: number, to: number): Column {
  switch (column.kind) {
    case 'f64':
      return { kind: 'f64', v: column.v.subarray(from, to) };
    case 'i64':
      return { kind: 'i64', v: column.v.subarray(from, to) };
    case 'bool':
      return { kind: 'bool', v: column.v.subarray(from, to) };
    case 'str':
      return { kind: 'str', v: column.v.slice(from, to) };
  }
}

/** The elements of a column at the given indexes, in that order. */
export function takeColumn(column: Column, indexes: readonly number[] | Uint32Array): Column {
  const n = indexes.length;
  switch (column.kind) {
    case 'f64': {
      const v = new Float64Array(n);
      for (let i = 0; i < n; i++) v[i] = column.v[indexes[i]!]!;
      return { kind: 'f64', v };
    }
    case 'i64': {
      const v = new BigInt64Array(n);
      for (let i = 0; i < n; i++) v[i] = column.v[indexes[i]!]!;
      return { kind: 'i64', v };
    }
    case 'bool': {
      const v = new Uint8Array(n);
      for (let i = 0; i < n; i++) v[i] = column.v[indexes[i]!]!;
      return { kind: 'bool', v };
    }
    case 'str': {
      const v: string[] = new Array<string>(n);
      for (let i = 0; i < n; i++) v[i] = column.v[indexes[i]!]!;
      return { kind: 'str', v };
    }
  }
}

/** Rows `from` to `to` (exclusive) of a batch. */
export function sliceBatch(batch: Batch, from: number, to: number): Batch {
  const columns = new Map<string, Column>();
  for (const [name, column] of batch.columns) columns.set(name, sliceColumn(column, from, to));
  return { t: batch.t.subarray(from, to), columns };
}

/** First index with `t[i] >= x` in rising `t` (its length when there is none). */
export function lowerBound(t: Float64Array, x: number): number {
  let low = 0;
  let high = t.length;
  while (low < high) {
    const mid = (low + high) >>> 1;
    if (t[mid]! < x) low = mid + 1;
    else high = mid;
  }
  return low;
}

/** A column as f64: bools as 0 and 1, 64-bit integers rounded to doubles, strings as NaN. */
export function asFloat64(column: Column): Float64Array {
  switch (column.kind) {
    case 'f64':
      return column.v;
    case 'i64':
      return Float64Array.from(column.v, Number);
    case 'bool':
      return Float64Array.from(column.v);
    case 'str':
      return new Float64Array(column.v.length).fill(NaN);
  }
}
