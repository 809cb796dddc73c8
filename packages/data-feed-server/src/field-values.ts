import type { Column, ColumnKind } from '@sisock/core';

/** A list as the serializers make it: an array, or a typed array where the publisher packed one. */
export type ValueList = ArrayLike<unknown>;

/** Values that don't all have one type: the kind of each row (null where it holds none) and its value as that kind wants it. */
export interface MixedValues {
  readonly kind: 'mixed';
  readonly kinds: readonly (ColumnKind | null)[];
  readonly values: readonly unknown[];
}

/** The values of one field in one message. */
export type FieldValues = Column | MixedValues;

export interface ValueCounts {
  /** Nulls: the field holds nothing in that row. */
  absent: number;
  /** Values of no usable type (lists, dictionaries, bytes, too long texts): as if absent. */
  badValues: number;
  /** Fields whose values had several types. */
  mixedFields: number;
}

const largestInt64 = 2n ** 63n - 1n;
const smallestInt64 = -(2n ** 63n);

/**
 * Types a field's values. Numbers are f64, whole numbers beyond 2^53 make the field's numbers i64 when all of them are
 * whole and fit (else they are rounded to f64); texts and booleans keep their type.
 */
export function readValues(list: ValueList, maxTextLength: number, counts: ValueCounts): FieldValues {
  return uniformValues(list, maxTextLength) ?? mixedValues(list, maxTextLength, counts);
}

/** The way nearly all fields come: all values of one type. Null for any other list. */
function uniformValues(list: ValueList, maxTextLength: number): Column | null {
  const n = list.length;
  const type = typeof list[0];
  if (type === 'number') {
    const v = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      const x = list[i];
      if (typeof x !== 'number') return null;
      v[i] = x;
    }
    return { kind: 'f64', v };
  }
  if (type === 'boolean') {
    const v = new Uint8Array(n);
    for (let i = 0; i < n; i++) {
      const x = list[i];
      if (typeof x !== 'boolean') return null;
      v[i] = x ? 1 : 0;
    }
    return { kind: 'bool', v };
  }
  if (type === 'string') {
    const v = new Array<string>(n);
    for (let i = 0; i < n; i++) {
      const x = list[i];
      if (typeof x !== 'string' || x.length > maxTextLength) return null;
      v[i] = x;
    }
    return { kind: 'str', v };
  }
  return null;
}

function mixedValues(list: ValueList, maxTextLength: number, counts: ValueCounts): FieldValues {
  const n = list.length;
  const numbers = numberKind(list);
  const kinds = new Array<ColumnKind | null>(n);
  const values = new Array<unknown>(n);
  const seen = new Set<ColumnKind | null>();
  for (let i = 0; i < n; i++) {
    const x = list[i];
    let kind: ColumnKind | null = null;
    if (typeof x === 'number' || typeof x === 'bigint') {
      kind = numbers;
      values[i] = numbers === 'i64' ? BigInt(x) : Number(x);
    } else if (typeof x === 'boolean') {
      kind = 'bool';
      values[i] = x;
    } else if (typeof x === 'string' && x.length <= maxTextLength) {
      kind = 'str';
      values[i] = x;
    } else if (x === null || x === undefined) counts.absent++;
    else counts.badValues++;
    kinds[i] = kind;
    seen.add(kind);
  }
  const [only] = seen;
  if (seen.size === 1 && only) return columnOf(only, values, 0, n);
  seen.delete(null);
  if (seen.size > 1) counts.mixedFields++;
  return { kind: 'mixed', kinds, values };
}

function numberKind(list: ValueList): 'f64' | 'i64' {
  let large = false;
  for (let i = 0; i < list.length; i++) {
    const x = list[i];
    if (typeof x === 'bigint') {
      if (x > largestInt64 || x < smallestInt64) return 'f64';
      if (!Number.isSafeInteger(Number(x))) large = true;
    } else if (typeof x === 'number' && !Number.isSafeInteger(x)) return 'f64';
  }
  return large ? 'i64' : 'f64';
}

/** Rows `from` to `to` (exclusive) of values that all have that kind. */
export function columnOf(kind: ColumnKind, values: readonly unknown[], from: number, to: number): Column {
  const part = values.slice(from, to);
  switch (kind) {
    case 'f64':
      return { kind, v: Float64Array.from(part as number[]) };
    case 'i64':
      return { kind, v: BigInt64Array.from(part as bigint[]) };
    case 'bool':
      return { kind, v: Uint8Array.from(part as boolean[], Number) };
    case 'str':
      return { kind, v: part as string[] };
  }
}
