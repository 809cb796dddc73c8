/*
 * CBOR (RFC 8949), as much of it as WAMP messages need. autobahn's own way encodes asynchronously, by a stream, and takes
 * 135 ms for 100,000 numbers; this takes a few.
 */
import { SisockError } from '@sisock/core';

const deepest = 64;

/** Byte strings from this length on are copied once, into the finished message. */
const longBytes = 4096;

class Writer {
  bytes = Buffer.allocUnsafe(1024);
  size = 0;
  /** Long byte strings, and where they belong among the other bytes. */
  readonly long: { readonly at: number; readonly bytes: Uint8Array }[] = [];

  room(n: number): void {
    if (this.size + n <= this.bytes.length) return;
    const next = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.size + n));
    this.bytes.copy(next, 0, 0, this.size);
    this.bytes = next;
  }

  /** Major type and its number (RFC 8949 section 3). */
  head(major: number, n: number): void {
    this.room(9);
    const type = major << 5;
    if (n < 24) {
      this.bytes[this.size++] = type | n;
    } else if (n < 0x100) {
      this.bytes[this.size++] = type | 24;
      this.bytes[this.size++] = n;
    } else if (n < 0x10000) {
      this.bytes[this.size++] = type | 25;
      this.size = this.bytes.writeUInt16BE(n, this.size);
    } else if (n < 0x100000000) {
      this.bytes[this.size++] = type | 26;
      this.size = this.bytes.writeUInt32BE(n, this.size);
    } else {
      this.bytes[this.size++] = type | 27;
      this.size = this.bytes.writeBigUInt64BE(BigInt(n), this.size);
    }
  }

  value(x: unknown, depth: number): void {
    if (depth > deepest) throw new SisockError('bad_request', `a value nested deeper than ${deepest}`);
    switch (typeof x) {
      case 'number':
        return this.number(x);
      case 'string':
        return this.text(x);
      case 'boolean':
        this.room(1);
        this.bytes[this.size++] = x ? 0xf5 : 0xf4;
        return;
      case 'bigint':
        return this.bigint(x);
      case 'object':
        if (x === null) break;
        if (ArrayBuffer.isView(x)) return this.binary(x);
        if (Array.isArray(x)) {
          this.head(4, x.length);
          for (const item of x) this.value(item, depth + 1);
          return;
        }
        return this.map(x, depth);
      case 'undefined':
      case 'function':
      case 'symbol':
    }
    this.room(1);
    this.bytes[this.size++] = 0xf6;
  }

  number(x: number): void {
    if (Number.isSafeInteger(x) && !Object.is(x, -0)) {
      if (x >= 0) this.head(0, x);
      else this.head(1, -1 - x);
      return;
    }
    this.room(9);
    this.bytes[this.size++] = 0xfb;
    this.size = this.bytes.writeDoubleBE(x, this.size);
  }

  bigint(x: bigint): void {
    if (x < -(2n ** 64n) || x >= 2n ** 64n) throw new SisockError('bad_request', 'an integer of more than 64 bits');
    this.room(9);
    this.bytes[this.size++] = x >= 0n ? 0x1b : 0x3b;
    this.size = this.bytes.writeBigUInt64BE(x >= 0n ? x : -1n - x, this.size);
  }

  text(x: string): void {
    const length = Buffer.byteLength(x);
    this.head(3, length);
    this.room(length);
    this.bytes.write(x, this.size);
    this.size += length;
  }

  binary(x: ArrayBufferView): void {
    this.head(2, x.byteLength);
    const bytes = new Uint8Array(x.buffer, x.byteOffset, x.byteLength);
    if (bytes.length >= longBytes) {
      this.long.push({ at: this.size, bytes });
      return;
    }
    this.room(bytes.length);
    this.bytes.set(bytes, this.size);
    this.size += bytes.length;
  }

  /** All that was written, in one piece. */
  finish(): Buffer {
    if (this.long.length === 0) return this.bytes.subarray(0, this.size);
    const all = Buffer.allocUnsafe(this.long.reduce((n, { bytes }) => n + bytes.length, this.size));
    let from = 0;
    let to = 0;
    for (const { at, bytes } of this.long) {
      to += this.bytes.copy(all, to, from, at);
      all.set(bytes, to);
      to += bytes.length;
      from = at;
    }
    this.bytes.copy(all, to, from, this.size);
    return all;
  }

  map(x: object, depth: number): void {
    const entries = Object.entries(x).filter(([, v]) => v !== undefined);
    this.head(5, entries.length);
    for (const [key, v] of entries) {
      this.text(key);
      this.value(v, depth + 1);
    }
  }
}

/** A value as CBOR: views become byte strings, undefined becomes null (in an object: left out). */
export function encodeCbor(value: unknown): Buffer {
  const writer = new Writer();
  writer.value(value, 0);
  return writer.finish();
}

const endOfIndefinite = Symbol('break');

class Parser {
  readonly bytes: Buffer;
  at = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  take(n: number): number {
    const from = this.at;
    if (n > this.bytes.length - from) throw new SisockError('bad_data', 'CBOR ends within a value');
    this.at += n;
    return from;
  }

  number(info: number): number | bigint {
    if (info < 24) return info;
    if (info === 24) return this.bytes[this.take(1)]!;
    if (info === 25) return this.bytes.readUInt16BE(this.take(2));
    if (info === 26) return this.bytes.readUInt32BE(this.take(4));
    if (info !== 27) throw new SisockError('bad_data', `CBOR additional information ${info}`);
    const n = this.bytes.readBigUInt64BE(this.take(8));
    return n <= Number.MAX_SAFE_INTEGER ? Number(n) : n;
  }

  /** A length; null means "until the break". Each item takes at least a byte: a lying length fails before memory is taken. */
  length(info: number): number | null {
    if (info === 31) return null;
    const n = Number(this.number(info));
    if (n > this.bytes.length - this.at) throw new SisockError('bad_data', 'CBOR length beyond the end');
    return n;
  }

  value(depth: number): unknown {
    if (depth > deepest) throw new SisockError('bad_data', `CBOR nested deeper than ${deepest}`);
    const first = this.bytes[this.take(1)]!;
    const info = first & 31;
    switch (first >> 5) {
      case 0:
        return this.number(info);
      case 1: {
        const n = this.number(info);
        return typeof n === 'number' && n < Number.MAX_SAFE_INTEGER ? -1 - n : -1n - BigInt(n);
      }
      case 2:
        return this.binary(info, depth);
      case 3:
        return this.text(info, depth);
      case 4:
        return this.list(info, depth);
      case 5:
        return this.map(info, depth);
      case 6:
        this.number(info);
        return this.value(depth + 1);
      default:
        return this.simple(info);
    }
  }

  binary(info: number, depth: number): Buffer {
    const n = this.length(info);
    if (n === null) return Buffer.concat(this.pieces(depth).filter((x) => Buffer.isBuffer(x)));
    const from = this.take(n);
    return this.bytes.subarray(from, from + n);
  }

  text(info: number, depth: number): string {
    const n = this.length(info);
    if (n === null) return this.pieces(depth).join('');
    const from = this.take(n);
    return this.bytes.toString('utf8', from, from + n);
  }

  pieces(depth: number): unknown[] {
    const all: unknown[] = [];
    for (let x = this.value(depth + 1); x !== endOfIndefinite; x = this.value(depth + 1)) all.push(x);
    return all;
  }

  list(info: number, depth: number): unknown[] {
    const n = this.length(info);
    if (n === null) return this.pieces(depth);
    const all: unknown[] = [];
    for (let i = 0; i < n; i++) all.push(this.value(depth + 1));
    return all;
  }

  map(info: number, depth: number): Record<string, unknown> {
    const n = this.length(info);
    const out: Record<string, unknown> = {};
    for (let i = 0; n === null || i < n; i++) {
      const key = this.value(depth + 1);
      if (key === endOfIndefinite) break;
      if (typeof key !== 'string') throw new SisockError('bad_data', 'CBOR map with a key that is no text');
      const value = this.value(depth + 1);
      if (key === '__proto__') Object.defineProperty(out, key, { value, enumerable: true });
      else out[key] = value;
    }
    return out;
  }

  simple(info: number): unknown {
    if (info === 20) return false;
    if (info === 21) return true;
    if (info === 22 || info === 23) return null;
    if (info === 25) return half(this.bytes.readUInt16BE(this.take(2)));
    if (info === 26) return this.bytes.readFloatBE(this.take(4));
    if (info === 27) return this.bytes.readDoubleBE(this.take(8));
    if (info === 31) return endOfIndefinite;
    throw new SisockError('bad_data', `CBOR simple value ${info}`);
  }
}

function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/**
 * The value of CBOR bytes. Byte strings are views of them; tags are looked through; integers beyond 2^53 are bigint.
 * @throws SisockError `bad_data`
 */
export function decodeCbor(bytes: Buffer): unknown {
  const parser = new Parser(bytes);
  const value = parser.value(0);
  if (value === endOfIndefinite) throw new SisockError('bad_data', 'CBOR begins with a break');
  return value;
}
