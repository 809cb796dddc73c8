const littleHost = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Bytes that are put together: little-endian numbers, varints, texts. Its memory is used again after `clear`. */
export class ByteWriter {
  #bytes: Buffer;
  #view: DataView;
  length = 0;

  constructor(capacity = 1024) {
    this.#bytes = Buffer.allocUnsafeSlow(capacity);
    this.#view = viewOf(this.#bytes);
  }

  get capacity(): number {
    return this.#bytes.length;
  }

  /** What was written; good until the next write. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.length);
  }

  /** Forgets what was written; memory above `keep` bytes is given back. */
  clear(keep = Infinity): void {
    this.length = 0;
    if (this.#bytes.length > keep) this.#grow(keep);
  }

  /** Makes room for `n` bytes more. */
  room(n: number): void {
    if (this.length + n > this.#bytes.length) this.#grow(Math.max(2 * this.#bytes.length, this.length + n));
  }

  byte(x: number): void {
    this.room(1);
    this.#bytes[this.length++] = x;
  }

  /** Writes over 4 bytes that are there already. */
  setU32(at: number, x: number): void {
    this.#view.setUint32(at, x, true);
  }

  f64(x: number): void {
    this.room(8);
    this.#view.setFloat64(this.length, x, true);
    this.length += 8;
  }

  /** A whole number from 0 to 2^53, seven bits a byte, the lowest first. */
  varint(x: number): void {
    this.room(8);
    let rest = x;
    let at = this.length;
    while (rest >= 0x8000_0000) {
      this.#bytes[at++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    let small = rest | 0;
    while (small >= 128) {
      this.#bytes[at++] = (small & 127) | 128;
      small >>>= 7;
    }
    this.#bytes[at++] = small;
    this.length = at;
  }

  raw(bytes: Uint8Array): void {
    this.room(bytes.length);
    this.#bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Numbers of 8 bytes each, bit by bit as they are. */
  words(v: Float64Array | BigInt64Array): void {
    const n = v.length;
    this.room(8 * n);
    if (littleHost && n > 4) {
      this.#bytes.set(new Uint8Array(v.buffer, v.byteOffset, 8 * n), this.length);
    } else if (v instanceof Float64Array) {
      for (let i = 0; i < n; i++) this.#view.setFloat64(this.length + 8 * i, v[i]!, true);
    } else for (let i = 0; i < n; i++) this.#view.setBigInt64(this.length + 8 * i, v[i] as bigint, true);
    this.length += 8 * n;
  }

  /** A text with its length; halves of surrogate pairs, which UTF-8 can't hold, make it UTF-16. */
  text(text: string): void {
    const wide = /\p{Surrogate}/u.test(text);
    const size = Buffer.byteLength(text, wide ? 'utf16le' : 'utf8');
    this.varint(2 * size + (wide ? 1 : 0));
    this.room(size);
    this.length += this.#bytes.write(text, this.length, size, wide ? 'utf16le' : 'utf8');
  }

  #grow(capacity: number): void {
    const next = Buffer.allocUnsafeSlow(capacity);
    this.#bytes.copy(next, 0, 0, this.length);
    this.#bytes = next;
    this.#view = viewOf(next);
  }
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
