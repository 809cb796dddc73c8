import { type Leading, longestNumber, putAscii, putNumber, putSimilar } from './number-text.js';

const comma = 44;
const bracket = 91;
const bracketEnd = 93;
/** Texts up to it are written byte by byte. */
const shortText = 32;
const nothing = Buffer.alloc(0);
/** Numbers for which room is made at a time. */
const runLength = 1024;

/** Bytes that an answer of so many `[value, epoch ms]` pairs is likely to take, and room for a run of the longest. */
export function writerCapacity(points: number): number {
  return 16_384 + 28 * points + 2 * Math.min(points, runLength) * (longestNumber + 2);
}

/**
 * JSON written straight into bytes: numbers go from typed arrays to digits without a string or a pair in between.
 * What it writes is what JSON.stringify would write, byte for byte; a number JSON can't hold becomes null, and is counted.
 */
export class JsonWriter {
  #bytes: Buffer = nothing;
  #length = 0;
  readonly #capacity: number;
  /** How many NaN and infinities were written as null. */
  nonFinite = 0;

  /** `capacity`: bytes that are likely to be written before they are taken. */
  constructor(capacity = 16_384) {
    this.#capacity = capacity;
  }

  get length(): number {
    return this.#length;
  }

  /** Text that is JSON already, and ASCII: punctuation, keys, literals. */
  raw(text: string): this {
    this.#room(text.length);
    // A call into native code costs more than a few bytes.
    if (text.length <= shortText) putAscii(this.#bytes, this.#length, text);
    else this.#bytes.write(text, this.#length, 'latin1');
    this.#length += text.length;
    return this;
  }

  /** Any value, by JSON.stringify. */
  json(value: unknown): this {
    return this.text(JSON.stringify(value) ?? 'null');
  }

  /** Text that is JSON already, of any characters. */
  text(text: string): this {
    this.#room(text.length * 3);
    this.#length += this.#bytes.write(text, this.#length, 'utf8');
    return this;
  }

  number(value: number): this {
    this.#room(longestNumber);
    this.#length = this.#put(this.#bytes, this.#length, value);
    return this;
  }

  /** Numbers `from` to `to` (exclusive) of a column, comma separated. */
  numbers(v: Float64Array, from: number, to: number): this {
    for (let start = from; start < to; start += runLength) {
      const end = Math.min(to, start + runLength);
      this.#room((end - start) * (longestNumber + 1));
      const bytes = this.#bytes;
      let at = this.#length;
      for (let i = start; i < end; i++) {
        if (i > from) bytes[at++] = comma;
        at = this.#put(bytes, at, v[i]!);
      }
      this.#length = at;
    }
    return this;
  }

  /** UNIX seconds `from` to `to` (exclusive) at the full precision of a double, comma separated. */
  seconds(t: Float64Array, from: number, to: number): this {
    for (let start = from; start < to; start += runLength) {
      const end = Math.min(to, start + runLength);
      this.#room((end - start) * (longestNumber + 1));
      const bytes = this.#bytes;
      const leading: Leading = { digits: NaN, at: 0, length: 0 };
      let at = this.#length;
      for (let i = start; i < end; i++) {
        if (i > from) bytes[at++] = comma;
        at = this.#putTime(bytes, at, t[i]!, leading);
      }
      this.#length = at;
    }
    return this;
  }

  /** `[value, epoch ms]` of samples `from` to `to` (exclusive), comma separated; times are UNIX seconds. */
  pairs(v: Float64Array, t: Float64Array, from: number, to: number): this {
    for (let start = from; start < to; start += runLength) {
      const end = Math.min(to, start + runLength);
      this.#room((end - start) * 2 * (longestNumber + 2));
      const bytes = this.#bytes;
      const leading: Leading = { digits: NaN, at: 0, length: 0 };
      let at = this.#length;
      for (let i = start; i < end; i++) {
        if (i > from) bytes[at++] = comma;
        bytes[at++] = bracket;
        at = this.#put(bytes, at, v[i]!);
        bytes[at++] = comma;
        at = this.#putTime(bytes, at, Math.round(t[i]! * 1000), leading);
        bytes[at++] = bracketEnd;
      }
      this.#length = at;
    }
    return this;
  }

  bigint(value: bigint): this {
    return this.raw(String(value));
  }

  /** UNIX seconds as whole milliseconds. */
  millis(seconds: number): this {
    return this.number(Math.round(seconds * 1000));
  }

  /** The bytes so far; the writer starts anew. */
  take(): Buffer {
    const taken = this.#bytes.subarray(0, this.#length);
    this.#bytes = nothing;
    this.#length = 0;
    return taken;
  }

  #room(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#capacity, this.#bytes.length * 2, this.#length + bytes));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }

  #putTime(bytes: Uint8Array, at: number, time: number, leading: Leading): number {
    return time - time === 0 ? putSimilar(bytes, at, time, leading) : this.#put(bytes, at, time);
  }

  #put(bytes: Uint8Array, at: number, value: number): number {
    // Of NaN and infinities alone.
    if (value - value !== 0) {
      this.nonFinite++;
      return putAscii(bytes, at, 'null');
    }
    return putNumber(bytes, at, value);
  }
}
