import type { Column } from '@sisock/core';
import { bool, type Fault, list, show, text, wrong } from './check.js';

/**
 * How columns travel in our own procedures. `binary`: byte strings (f64 and i64 little-endian, bool a byte each), strings as
 * a list. `json`: lists, where NaN and infinities are null and integers beyond 2^53 are text.
 */
export type Encoding = 'binary' | 'json';

/** Most elements of one column, whatever its bytes say. */
export const longestColumn = 1 << 24;

/** A column on the wire: its kind and its values. */
export type WireColumn = readonly [kind: Column['kind'], values: unknown];

export function encodeFloats(v: Float64Array, encoding: Encoding): unknown {
  if (encoding === 'binary') return bytesOf(v);
  return Array.from(v, (x) => (Number.isFinite(x) ? x : null));
}

export function encodeColumn(column: Column, encoding: Encoding): WireColumn {
  switch (column.kind) {
    case 'f64':
      return ['f64', encodeFloats(column.v, encoding)];
    case 'i64':
      return ['i64', encoding === 'binary' ? bytesOf(column.v) : Array.from(column.v, plainInteger)];
    case 'bool':
      return ['bool', encoding === 'binary' ? bytesOf(column.v) : Array.from(column.v, (x) => x === 1)];
    case 'str':
      return ['str', column.v];
  }
}

/** Copies: who owns the array may write on while the bytes wait to be sent. */
function bytesOf(v: ArrayBufferView): Buffer {
  return Buffer.from(Buffer.from(v.buffer, v.byteOffset, v.byteLength));
}

function plainInteger(x: bigint): number | string {
  const n = Number(x);
  return Number.isSafeInteger(n) ? n : String(x);
}

/** @throws SisockError unless it is a column of floats; `length`: how many there must be. */
export function decodeFloats(fault: Fault, what: string, value: unknown, length?: number): Float64Array {
  const bytes = bytesIn(value);
  if (bytes === null) {
    return Float64Array.from(checkLength(fault, what, list(fault, what, value, longestColumn), length), (x) => {
      if (x === null) return NaN;
      if (typeof x === 'number') return x;
      throw wrong(fault, `a value of ${what}`, x, 'a number or null');
    });
  }
  return new Float64Array(aligned(fault, what, bytes, 8, length));
}

/** @throws SisockError unless it is a column of that kind; `length`: how many values there must be. */
export function decodeColumn(fault: Fault, what: string, kind: unknown, value: unknown, length: number): Column {
  switch (kind) {
    case 'f64':
      return { kind, v: decodeFloats(fault, what, value, length) };
    case 'i64':
      return { kind, v: decodeIntegers(fault, what, value, length) };
    case 'bool':
      return { kind, v: decodeBools(fault, what, value, length) };
    case 'str': {
      const texts = checkLength(fault, what, list(fault, what, value, longestColumn), length);
      return { kind, v: texts.map((x) => text(fault, `a value of ${what}`, x, 1 << 20)) };
    }
    default:
      throw wrong(fault, `the kind of ${what}`, kind, 'one of f64, i64, bool, str');
  }
}

function decodeIntegers(fault: Fault, what: string, value: unknown, length: number): BigInt64Array {
  const bytes = bytesIn(value);
  if (bytes !== null) return new BigInt64Array(aligned(fault, what, bytes, 8, length));
  const values = checkLength(fault, what, list(fault, what, value, longestColumn), length);
  return BigInt64Array.from(values, (x) => {
    const ok =
      typeof x === 'bigint' ||
      (typeof x === 'number' && Number.isSafeInteger(x)) ||
      (typeof x === 'string' && /^-?\d{1,19}$/.test(x));
    if (!ok) throw wrong(fault, `a value of ${what}`, x, 'an integer');
    return BigInt(x);
  });
}

function decodeBools(fault: Fault, what: string, value: unknown, length: number): Uint8Array {
  const bytes = bytesIn(value);
  if (bytes === null) {
    const values = checkLength(fault, what, list(fault, what, value, longestColumn), length);
    return Uint8Array.from(values, (x) => Number(bool(fault, `a value of ${what}`, x)));
  }
  const v = new Uint8Array(aligned(fault, what, bytes, 1, length));
  if (v.some((x) => x > 1)) throw wrong(fault, what, value, 'a byte of 0 or 1 a value');
  return v;
}

/** Bytes as CBOR and msgpack give them, or as WAMP writes them in JSON: text of a NUL and base64 (WAMP 3.2.1). */
function bytesIn(value: unknown): Uint8Array | null {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (typeof value === 'string' && value.startsWith('\0')) return Buffer.from(value.slice(1), 'base64');
  return null;
}

/** A copy of the bytes in a buffer of their own: typed arrays want aligned ones. */
function aligned(fault: Fault, what: string, bytes: Uint8Array, size: number, length: number | undefined): ArrayBuffer {
  const n = bytes.length / size;
  if (!Number.isInteger(n) || n > longestColumn || (length !== undefined && n !== length)) {
    throw wrong(fault, what, bytes, length === undefined ? `${size} bytes a value` : `${size * length} bytes`);
  }
  const copy = new ArrayBuffer(bytes.length);
  new Uint8Array(copy).set(bytes);
  return copy;
}

function checkLength(fault: Fault, what: string, values: readonly unknown[], length: number | undefined) {
  if (length === undefined || values.length === length) return values;
  throw wrong(fault, what, values, `${length} values long (${show(values)})`);
}
