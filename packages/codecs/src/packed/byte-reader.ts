import { SisockError } from '@sisock/core';

const littleHost = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** The error for bytes that passed their checksum and still are not what they should be. */
export function broken(why: string): SisockError {
  return new SisockError('bad_data', why);
}

/** Takes bytes apart that {@link ByteWriter} put together. @throws SisockError `bad_data` beyond their end. */
export class ByteReader {
  readonly bytes: Uint8Array;
  readonly #buffer: Buffer;
  readonly #view: DataView;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  byte(): number {
    this.#need(1);
    return this.bytes[this.at++]!;
  }

  f64(): number {
    this.#need(8);
    this.at += 8;
    return this.#view.getFloat64(this.at - 8, true);
  }

  varint(): number {
    let x = 0;
    let scale = 1;
    for (;;) {
      const byte = this.byte();
      x += (byte & 127) * scale;
      if (byte < 128) break;
      scale *= 128;
      if (scale > 2 ** 49) throw broken('a number is longer than 8 bytes');
    }
    if (x > Number.MAX_SAFE_INTEGER) throw broken('a number is above 2^53');
    return x;
  }

  /** A count of things that take at least `size` bytes each. */
  count(size = 1): number {
    const n = this.varint();
    if (n * size > this.left) throw broken(`${n} values of ${size} bytes in ${this.left} bytes`);
    return n;
  }

  raw(n: number): Uint8Array {
    this.#need(n);
    this.at += n;
    return this.bytes.subarray(this.at - n, this.at);
  }

  /** Fills rows `from` to `to` (exclusive) bit by bit as they were written. */
  words(v: Float64Array | BigInt64Array, from: number, to: number): void {
    const n = to - from;
    this.#need(8 * n);
    if (littleHost && n > 4) {
      new Uint8Array(v.buffer, v.byteOffset + 8 * from, 8 * n).set(this.raw(8 * n));
      return;
    }
    const read = v instanceof Float64Array ? 'getFloat64' : 'getBigInt64';
    for (let i = from; i < to; i++, this.at += 8) v[i] = this.#view[read](this.at, true);
  }

  text(): string {
    const size = this.varint();
    const length = Math.floor(size / 2);
    this.#need(length);
    this.at += length;
    return this.#buffer.toString(size % 2 === 1 ? 'utf16le' : 'utf8', this.at - length, this.at);
  }

  #need(n: number): void {
    if (n > this.left) throw broken(`${n} bytes wanted where ${this.left} are left`);
  }
}
