import { ByteWriter } from './byte-writer.js';
import type { Writer } from './visitor.js';

const u64Max = 2n ** 64n - 1n;
const shortText = 24;

/** Writes CBOR with the shortest heads; floats always as doubles, lists of unknown length as indefinite ones. */
export class CborWriter extends ByteWriter implements Writer {
  private readonly closes: boolean[] = [];

  override reset(limit: number): void {
    super.reset(limit);
    this.closes.length = 0;
  }

  nil(): void {
    this.byte(0xf6);
  }
  bool(value: boolean): void {
    this.byte(value ? 0xf5 : 0xf4);
  }
  int(value: number | bigint): void {
    if (typeof value === 'bigint') this.bigInt(value);
    else if (value >= 0) this.head(0, value);
    else this.head(1, -1 - value);
  }
  float(value: number): void {
    const at = this.room(9);
    this.buffer[at] = 0xfb;
    this.buffer.writeDoubleBE(value, at + 1);
  }
  text(source: Buffer, start: number, end: number): void {
    this.head(3, end - start);
    this.copy(source, start, end);
  }
  str(value: string): void {
    const length = Buffer.byteLength(value);
    this.head(3, length);
    const at = this.room(length);
    if (length <= shortText && length === value.length) {
      for (let i = 0; i < length; i++) this.buffer[at + i] = value.charCodeAt(i);
    } else this.buffer.write(value, at, length, 'utf8');
  }
  bytes(value: Buffer): void {
    this.head(2, value.length);
    this.copy(value, 0, value.length);
  }
  list(count: number): void {
    this.container(4, count);
  }
  listEnd(): void {
    this.close();
  }
  map(count: number): void {
    this.container(5, count);
  }
  mapEnd(): void {
    this.close();
  }

  private container(major: number, count: number): void {
    this.closes.push(count < 0);
    if (count < 0) this.byte((major << 5) | 31);
    else this.head(major, count);
  }

  private close(): void {
    if (this.closes.pop() === true) this.byte(0xff);
  }

  private head(major: number, argument: number): void {
    const top = major << 5;
    if (argument < 24) this.byte(top | argument);
    else if (argument < 0x100) {
      const at = this.room(2);
      this.buffer[at] = top | 24;
      this.buffer[at + 1] = argument;
    } else if (argument < 0x10000) {
      const at = this.room(3);
      this.buffer[at] = top | 25;
      this.buffer.writeUInt16BE(argument, at + 1);
    } else if (argument < 2 ** 32) {
      const at = this.room(5);
      this.buffer[at] = top | 26;
      this.buffer.writeUInt32BE(argument, at + 1);
    } else {
      const at = this.room(9);
      this.buffer[at] = top | 27;
      this.buffer.writeUInt32BE(Math.floor(argument / 2 ** 32), at + 1);
      this.buffer.writeUInt32BE(argument % 2 ** 32, at + 5);
    }
  }

  private bigInt(value: bigint): void {
    const negative = value < 0n;
    const magnitude = negative ? -1n - value : value;
    if (magnitude <= u64Max) {
      const at = this.room(9);
      this.buffer[at] = negative ? 0x3b : 0x1b;
      this.buffer.writeBigUInt64BE(magnitude, at + 1);
    } else {
      const hex = magnitude.toString(16);
      this.byte(negative ? 0xc3 : 0xc2); // RFC 8949 section 3.4.3: big numbers
      this.bytes(Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex'));
    }
  }
}
