import type { ColumnKind } from '@sisock/core';

/** A column that is still written: `v` has room for the capacity of its segment (a list of texts grows by itself). */
export type Store =
  | { readonly kind: 'f64'; v: Float64Array }
  | { readonly kind: 'i64'; v: BigInt64Array }
  | { readonly kind: 'bool'; v: Uint8Array }
  | { readonly kind: 'str'; v: string[] };

/** A column without rows or room. */
export function emptyStore(kind: ColumnKind): Store {
  switch (kind) {
    case 'f64':
      return { kind, v: new Float64Array(0) };
    case 'i64':
      return { kind, v: new BigInt64Array(0) };
    case 'bool':
      return { kind, v: new Uint8Array(0) };
    case 'str':
      return { kind, v: [] };
  }
}

/** Rows `from` to `to` (exclusive) at the front of an array of that capacity: of the same one where it has it. */
export function moved<A extends Float64Array | BigInt64Array | Uint8Array>(
  v: A,
  from: number,
  to: number,
  capacity: number,
): A {
  if (capacity === v.length) return v.copyWithin(0, from, to) as A;
  const next = new (v.constructor as new (length: number) => A)(capacity);
  next.set(v.subarray(from, to) as never);
  return next;
}

/** Frees row `at`: the rows from there to `end` (exclusive) go up by one. */
export function shift(v: Float64Array | BigInt64Array | Uint8Array, at: number, end: number): void {
  v.copyWithin(at + 1, at, end);
}
