import { halfToNumber } from './half.js';
import { malformed, maxBignumBytes, maxDepth } from './limits.js';
import { isTypedArrayTag, walkTypedArray } from './typed-array.js';
import { isText } from './utf8.js';
import { emptyDict, ValueBuilder } from './value.js';
import type { ElementKind, Reader, Visitor } from './visitor.js';

const breakByte = 0xff;
const indefinite = -1;

/** CBOR (RFC 8949), with indefinite lengths, big numbers (tags 2, 3) and typed arrays (RFC 8746). */
export class CborReader implements Reader {
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
    const initial = this.byte();
    if (initial >> 5 !== 4) throw malformed('no array', 0);
    this.remaining = this.argument(initial & 31);
  }

  more(): boolean {
    if (this.remaining === indefinite) {
      if (this.source[this.position] !== breakByte) return true;
      this.position++;
      return false;
    }
    return this.remaining-- > 0;
  }

  kind(): ElementKind {
    const initial = this.source[this.position] ?? 0;
    if (initial >> 5 === 4) return 'list';
    if (initial >> 5 === 5) return 'map';
    return initial === 0xf6 || initial === 0xf7 ? 'null' : 'other';
  }

  finish(): void {
    if (this.position !== this.end) throw malformed('bytes after the end of the message', this.position);
  }

  value(): unknown {
    const initial = this.source[this.position] ?? 0;
    if (initial < 24) {
      this.position++;
      return initial;
    }
    if (initial === 0xa0) {
      this.position++;
      return emptyDict;
    }
    const builder = new ValueBuilder();
    this.walk(builder);
    return builder.result;
  }

  skip(depth = 0): void {
    const initial = this.byte();
    const info = initial & 31;
    switch (initial >> 5) {
      case 0:
      case 1:
        this.definite(info);
        return;
      case 2:
        this.string(info, 2);
        return;
      case 3:
        this.string(info, 3);
        return;
      case 4:
        this.each(this.argument(info), 1, deeper(depth, this.position));
        return;
      case 5:
        this.each(this.argument(info), 2, deeper(depth, this.position));
        return;
      case 6:
        this.definite(info);
        this.skip(deeper(depth, this.position));
        return;
      default:
        this.simple(info);
    }
  }

  walk(visitor: Visitor, depth = 0): void {
    const initial = this.byte();
    const info = initial & 31;
    switch (initial >> 5) {
      case 0:
        visitor.int(info === 27 ? shrink(this.big()) : this.definite(info));
        return;
      case 1:
        visitor.int(info === 27 ? shrink(-1n - this.big()) : -1 - this.definite(info));
        return;
      case 2:
        visitor.bytes(this.stringBytes(info, 2));
        return;
      case 3:
        this.walkText(info, visitor);
        return;
      case 4: {
        const count = this.argument(info);
        visitor.list(count);
        this.walkEach(count, 1, visitor, deeper(depth, this.position));
        visitor.listEnd();
        return;
      }
      case 5: {
        const count = this.argument(info);
        visitor.map(count);
        this.walkEach(count, 2, visitor, deeper(depth, this.position));
        visitor.mapEnd();
        return;
      }
      case 6:
        this.walkTagged(this.definite(info), visitor, deeper(depth, this.position));
        return;
      default:
        this.walkSimple(info, visitor);
    }
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

  /** A head's argument. Beyond 2^53 it is not exact, which is enough for lengths and to pass over it. */
  private definite(info: number): number {
    if (info < 24) return info;
    if (info === 24) return this.byte();
    if (info === 25) return this.source.readUInt16BE(this.take(2));
    if (info === 26) return this.source.readUInt32BE(this.take(4));
    if (info !== 27) throw malformed(`additional information ${info}`, this.position);
    const at = this.take(8);
    return this.source.readUInt32BE(at) * 2 ** 32 + this.source.readUInt32BE(at + 4);
  }

  private big(): bigint {
    return this.source.readBigUInt64BE(this.take(8));
  }

  /** The count of a container, -1 if indefinite; each element takes a byte at least, so a count is bounded by what is left. */
  private argument(info: number): number {
    if (info === 31) return indefinite;
    const count = this.definite(info);
    if (count > this.end - this.position) throw malformed('a length beyond the end of the message', this.position);
    return count;
  }

  private each(count: number, width: number, depth: number): void {
    if (count === indefinite) {
      while (this.source[this.position] !== breakByte) for (let i = 0; i < width; i++) this.skip(depth);
      this.position++;
    } else for (let left = count * width; left > 0; left--) this.skip(depth);
  }

  private walkEach(count: number, width: number, visitor: Visitor, depth: number): void {
    if (count === indefinite) {
      while (this.source[this.position] !== breakByte) for (let i = 0; i < width; i++) this.walk(visitor, depth);
      this.position++;
    } else for (let left = count * width; left > 0; left--) this.walk(visitor, depth);
  }

  private string(info: number, major: number): void {
    if (info !== 31) {
      const length = this.definite(info);
      const at = this.take(length);
      if (major === 3 && !isText(this.source, at, this.position)) throw malformed('text that is not UTF-8', at);
    } else while (this.chunk(major)) continue;
  }

  /** One chunk of an indefinite string, itself definite; false at its end. */
  private chunk(major: number): boolean {
    const initial = this.byte();
    if (initial === breakByte) return false;
    if (initial >> 5 !== major || (initial & 31) === 31) throw malformed('a wrong chunk in a string', this.position);
    this.string(initial & 31, major);
    return true;
  }

  private stringBytes(info: number, major: number): Buffer {
    if (info !== 31) {
      const at = this.take(this.definite(info));
      return this.source.subarray(at, this.position);
    }
    const parts: Buffer[] = [];
    for (let initial = this.byte(); initial !== breakByte; initial = this.byte()) {
      if (initial >> 5 !== major || (initial & 31) === 31) throw malformed('a wrong chunk in a string', this.position);
      const at = this.take(this.definite(initial & 31));
      parts.push(this.source.subarray(at, this.position));
    }
    return Buffer.concat(parts);
  }

  private walkText(info: number, visitor: Visitor): void {
    if (info === 31) {
      visitor.str(this.stringBytes(31, 3).toString('utf8'));
      return;
    }
    const at = this.take(this.definite(info));
    if (!isText(this.source, at, this.position)) throw malformed('text that is not UTF-8', at);
    visitor.text(this.source, at, this.position);
  }

  private walkTagged(tag: number, visitor: Visitor, depth: number): void {
    const initial = this.source[this.position] ?? 0;
    if (initial >> 5 === 2 && (tag === 2 || tag === 3 || isTypedArrayTag(tag))) {
      this.position++;
      const bytes = this.stringBytes(initial & 31, 2);
      if (isTypedArrayTag(tag)) walkTypedArray(tag, bytes, visitor);
      else if (bytes.length > maxBignumBytes) visitor.bytes(bytes);
      else {
        const magnitude = BigInt(`0x${bytes.toString('hex') || '0'}`);
        visitor.int(shrink(tag === 2 ? magnitude : -1n - magnitude));
      }
    } else this.walk(visitor, depth); // any other tag only comments on its content
  }

  private simple(info: number): void {
    if (info < 24) return;
    if (info > 27) throw malformed(`simple value ${info}`, this.position);
    this.take(1 << (info - 24));
  }

  private walkSimple(info: number, visitor: Visitor): void {
    if (info === 20 || info === 21) visitor.bool(info === 21);
    else if (info === 25) visitor.float(halfToNumber(this.source.readUInt16BE(this.take(2))));
    else if (info === 26) visitor.float(this.source.readFloatBE(this.take(4)));
    else if (info === 27) visitor.float(this.source.readDoubleBE(this.take(8)));
    else {
      this.simple(info); // null, undefined, and values that nobody has assigned
      visitor.nil();
    }
  }
}

function deeper(depth: number, position: number): number {
  if (depth >= maxDepth) throw malformed(`nesting deeper than ${maxDepth}`, position);
  return depth + 1;
}

function shrink(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
