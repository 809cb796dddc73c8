import { ByteWriter } from './byte-writer.js';
import type { Writer } from './visitor.js';

const u64Max = 2n ** 64n - 1n;
const i64Min = -(2n ** 63n);
const shortText = 24;

interface Unfinished {
  readonly at: number;
  readonly map: boolean;
  values: number;
}

/** Writes MessagePack with the shortest heads; floats always as doubles. Counts that come late are patched in. */
export class MsgpackWriter extends ByteWriter implements Writer {
  /** Open containers; those whose count was known are `undefined`. */
  private readonly open: (Unfinished | undefined)[] = [];
  private top: Unfinished | undefined;

  override reset(limit: number): void {
    super.reset(limit);
    this.open.length = 0;
    this.top = undefined;
  }

  nil(): void {
    this.tally();
    this.byte(0xc0);
  }
  bool(value: boolean): void {
    this.tally();
    this.byte(value ? 0xc3 : 0xc2);
  }
  int(value: number | bigint): void {
    this.tally();
    if (typeof value === 'bigint') this.bigInt(value);
    else if (value >= 0) this.unsigned(value);
    else this.negative(value);
  }
  float(value: number): void {
    this.tally();
    this.double(value);
  }
  text(source: Buffer, start: number, end: number): void {
    this.tally();
    this.textHead(end - start);
    this.copy(source, start, end);
  }
  str(value: string): void {
    this.tally();
    const length = Buffer.byteLength(value);
    this.textHead(length);
    const at = this.room(length);
    if (length <= shortText && length === value.length) {
      for (let i = 0; i < length; i++) this.buffer[at + i] = value.charCodeAt(i);
    } else this.buffer.write(value, at, length, 'utf8');
  }
  bytes(value: Buffer): void {
    this.tally();
    this.sized(0xc4, value.length);
    this.copy(value, 0, value.length);
  }
  list(count: number): void {
    this.container(count, 0x90, 0xdc, false);
  }
  listEnd(): void {
    this.close();
  }
  map(count: number): void {
    this.container(count, 0x80, 0xde, true);
  }
  mapEnd(): void {
    this.close();
  }

  private tally(): void {
    if (this.top !== undefined) this.top.values++;
  }

  private container(count: number, small: number, large: number, map: boolean): void {
    this.tally();
    if (count < 0) {
      this.top = { at: this.room(5), map, values: 0 };
      this.buffer[this.top.at] = large + 1;
    } else {
      this.top = undefined;
      if (count < 16) this.byte(small | count);
      else if (count < 0x10000) this.prefixed(large, count, 2);
      else this.prefixed(large + 1, count, 4);
    }
    this.open.push(this.top);
  }

  private close(): void {
    const done = this.open.pop();
    if (done !== undefined) this.buffer.writeUInt32BE(done.map ? done.values / 2 : done.values, done.at + 1);
    this.top = this.open.at(-1);
  }

  private prefixed(first: number, value: number, size: number): void {
    const at = this.room(1 + size);
    this.buffer[at] = first;
    this.buffer.writeUIntBE(value, at + 1, size);
  }

  /** A length of 1, 2 or 4 bytes after `first`, `first + 1` or `first + 2`. */
  private sized(first: number, length: number): void {
    if (length < 0x100) this.prefixed(first, length, 1);
    else if (length < 0x10000) this.prefixed(first + 1, length, 2);
    else this.prefixed(first + 2, length, 4);
  }

  private textHead(length: number): void {
    if (length < 32) this.byte(0xa0 | length);
    else this.sized(0xd9, length);
  }

  private unsigned(value: number): void {
    if (value < 0x80) this.byte(value);
    else if (value < 2 ** 32) this.sized(0xcc, value);
    else this.bigInt(BigInt(value));
  }

  private negative(value: number): void {
    if (value >= -0x20) this.byte(value & 0xff);
    else if (value >= -(2 ** 31)) {
      const at = this.room(5);
      this.buffer[at] = 0xd2;
      this.buffer.writeInt32BE(value, at + 1);
    } else this.bigInt(BigInt(value));
  }

  private bigInt(value: bigint): void {
    if (value > u64Max || value < i64Min) {
      this.lossy++;
      this.double(Number(value));
      return;
    }
    const at = this.room(9);
    this.buffer[at] = value < 0n ? 0xd3 : 0xcf;
    this.buffer.writeBigUInt64BE(BigInt.asUintN(64, value), at + 1);
  }

  private double(value: number): void {
    const at = this.room(9);
    this.buffer[at] = 0xcb;
    this.buffer.writeDoubleBE(value, at + 1);
  }
}
