import { malformed, maxDepth } from './limits.js';
import { isText } from './utf8.js';
import { emptyDict, ValueBuilder } from './value.js';
import type { ElementKind, Reader, Visitor } from './visitor.js';

/** Sizes after the first byte, 0xca to 0xd3: float 32/64, uint 8-64, int 8-64. */
const numberSizes = [4, 8, 1, 2, 4, 8, 1, 2, 4, 8] as const;

/** MessagePack (specification of 2013, with str and bin). */
export class MsgpackReader implements Reader {
  position = 0;
  readonly nonFinite = false;
  private remaining = 0;
  private readonly source: Buffer;
  private readonly end: number;

  constructor(source: Buffer) {
    this.source = source;
    this.end = source.length;
  }

  open(): void {
    const first = this.byte();
    const count = this.listCount(first);
    if (count === undefined) throw malformed('no array', 0);
    this.remaining = count;
  }

  more(): boolean {
    return this.remaining-- > 0;
  }

  kind(): ElementKind {
    const first = this.source[this.position] ?? 0;
    if ((first >= 0x90 && first <= 0x9f) || first === 0xdc || first === 0xdd) return 'list';
    if ((first >= 0x80 && first <= 0x8f) || first === 0xde || first === 0xdf) return 'map';
    return first === 0xc0 ? 'null' : 'other';
  }

  finish(): void {
    if (this.position !== this.end) throw malformed('bytes after the end of the message', this.position);
  }

  value(): unknown {
    const first = this.source[this.position] ?? 0;
    if (first < 0x80) {
      this.position++;
      return first;
    }
    if (first === 0x80) {
      this.position++;
      return emptyDict;
    }
    const builder = new ValueBuilder();
    this.walk(builder);
    return builder.result;
  }

  skip(depth = 0): void {
    const first = this.byte();
    if (first < 0x80 || first >= 0xe0 || first === 0xc0 || first === 0xc2 || first === 0xc3) return;
    if (first >= 0xca && first <= 0xd3) {
      this.take(numberSizes[first - 0xca] as number);
      return;
    }
    const text = this.textLength(first);
    if (text !== undefined) {
      this.checkedText(text);
      return;
    }
    const blob = this.blobLength(first);
    if (blob !== undefined) {
      this.take(blob);
      return;
    }
    const count = this.listCount(first) ?? (this.mapCount(first) ?? this.unknown(first)) * 2;
    const inside = deeper(depth, this.position);
    for (let left = count; left > 0; left--) this.skip(inside);
  }

  walk(visitor: Visitor, depth = 0): void {
    const first = this.byte();
    if (first < 0x80) visitor.int(first);
    else if (first >= 0xe0) visitor.int(first - 0x100);
    else if (first === 0xc0) visitor.nil();
    else if (first === 0xc2 || first === 0xc3) visitor.bool(first === 0xc3);
    else if (first === 0xca) visitor.float(this.source.readFloatBE(this.take(4)));
    else if (first === 0xcb) visitor.float(this.source.readDoubleBE(this.take(8)));
    else if (first >= 0xcc && first <= 0xd3) visitor.int(this.integer(first));
    else this.walkSized(first, visitor, depth);
  }

  private walkSized(first: number, visitor: Visitor, depth: number): void {
    const text = this.textLength(first);
    if (text !== undefined) {
      const at = this.checkedText(text);
      visitor.text(this.source, at, this.position);
      return;
    }
    const blob = this.blobLength(first);
    if (blob !== undefined) {
      const at = this.take(blob);
      visitor.bytes(this.source.subarray(at, this.position)); // an extension's content, without its type, for other formats
      return;
    }
    const inside = deeper(depth, this.position);
    const count = this.listCount(first);
    if (count !== undefined) {
      visitor.list(count);
      for (let left = count; left > 0; left--) this.walk(visitor, inside);
      visitor.listEnd();
      return;
    }
    const pairs = this.mapCount(first) ?? this.unknown(first);
    visitor.map(pairs);
    for (let left = pairs * 2; left > 0; left--) this.walk(visitor, inside);
    visitor.mapEnd();
  }

  private byte(): number {
    const byte = this.source[this.position++];
    if (byte === undefined) throw malformed('the message ends early', this.end);
    return byte;
  }

  private take(count: number): number {
    const at = this.position;
    if (count > this.end - at) throw malformed('a length beyond the end of the message', at);
    this.position = at + count;
    return at;
  }

  private uint(size: number): number {
    return this.source.readUIntBE(this.take(size), size);
  }

  private integer(first: number): number | bigint {
    const signed = first >= 0xd0;
    const size = 1 << ((first - 0xcc) & 3);
    const at = this.take(size);
    if (size < 8) return signed ? this.source.readIntBE(at, size) : this.source.readUIntBE(at, size);
    const value = signed ? this.source.readBigInt64BE(at) : this.source.readBigUInt64BE(at);
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }

  private checkedText(length: number): number {
    const at = this.take(length);
    if (!isText(this.source, at, this.position)) throw malformed('text that is not UTF-8', at);
    return at;
  }

  private textLength(first: number): number | undefined {
    if (first >= 0xa0 && first <= 0xbf) return first & 31;
    return first >= 0xd9 && first <= 0xdb ? this.uint(1 << (first - 0xd9)) : undefined;
  }

  /** Bytes of a bin or an extension, its type byte passed over. */
  private blobLength(first: number): number | undefined {
    if (first >= 0xc4 && first <= 0xc6) return this.uint(1 << (first - 0xc4));
    let length: number | undefined;
    if (first >= 0xc7 && first <= 0xc9) length = this.uint(1 << (first - 0xc7));
    else if (first >= 0xd4 && first <= 0xd8) length = 1 << (first - 0xd4);
    if (length !== undefined) this.take(1);
    return length;
  }

  private listCount(first: number): number | undefined {
    if (first >= 0x90 && first <= 0x9f) return first & 15;
    if (first !== 0xdc && first !== 0xdd) return undefined;
    return this.bounded(this.uint(first === 0xdc ? 2 : 4));
  }

  private mapCount(first: number): number | undefined {
    if (first >= 0x80 && first <= 0x8f) return first & 15;
    if (first !== 0xde && first !== 0xdf) return undefined;
    return this.bounded(this.uint(first === 0xde ? 2 : 4));
  }

  private bounded(count: number): number {
    if (count > this.end - this.position) throw malformed('a length beyond the end of the message', this.position);
    return count;
  }

  private unknown(first: number): never {
    throw malformed(`the unused type 0x${first.toString(16)}`, this.position - 1);
  }
}

function deeper(depth: number, position: number): number {
  if (depth >= maxDepth) throw malformed(`nesting deeper than ${maxDepth}`, position);
  return depth + 1;
}
