const utf8 = new TextEncoder();

/** Bytes that grow: little-endian numbers and length-prefixed texts, as an archive holds them. */
export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #length = 0;

  constructor(expected = 256) {
    this.#bytes = new Uint8Array(expected);
    this.#view = new DataView(this.#bytes.buffer);
  }

  u8(value: number): void {
    const at = this.#grow(1);
    this.#view.setUint8(at, value);
  }

  u32(value: number): void {
    const at = this.#grow(4);
    this.#view.setUint32(at, value, true);
  }

  u64(value: number): void {
    const at = this.#grow(8);
    this.#view.setBigUint64(at, BigInt(value), true);
  }

  i64(value: bigint): void {
    const at = this.#grow(8);
    this.#view.setBigInt64(at, value, true);
  }

  f64(value: number): void {
    const at = this.#grow(8);
    this.#view.setFloat64(at, value, true);
  }

  text(value: string): void {
    this.blob(utf8.encode(value));
  }

  /** Length and bytes. */
  blob(value: Uint8Array): void {
    this.u64(value.length);
    this.raw(value);
  }

  raw(value: Uint8Array): void {
    const at = this.#grow(value.length);
    this.#bytes.set(value, at);
  }

  /** Numbers without a count; integers in `bits` bits. */
  f64s(values: Float64Array): void {
    const at = this.#grow(values.length * 8);
    const view = this.#view;
    for (let i = 0; i < values.length; i++) view.setFloat64(at + i * 8, values[i]!, true);
  }

  ints(values: BigInt64Array, bits: 8 | 16 | 32 | 64): void {
    const at = this.#grow((values.length * bits) / 8);
    const view = this.#view;
    const n = values.length;
    if (bits === 64) for (let i = 0; i < n; i++) view.setBigInt64(at + i * 8, values[i]!, true);
    else if (bits === 32) for (let i = 0; i < n; i++) view.setInt32(at + i * 4, Number(values[i]!), true);
    else if (bits === 16) for (let i = 0; i < n; i++) view.setInt16(at + i * 2, Number(values[i]!), true);
    else for (let i = 0; i < n; i++) view.setInt8(at + i, Number(values[i]!));
  }

  /** What was written, as a view: write nothing afterwards. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Makes room for `count` bytes and tells where they begin. Bytes and view may be others afterwards. */
  #grow(count: number): number {
    const at = this.#length;
    this.#length += count;
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#length, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, at));
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    return at;
  }
}
