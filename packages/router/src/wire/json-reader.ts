import { malformed, maxDepth, maxIntegerDigits } from './limits.js';
import { emptyDict, ValueBuilder } from './value.js';
import type { ElementKind, Reader, Visitor } from './visitor.js';

const quote = 0x22;
const backslash = 0x5c;
/** The start of a JSON string that holds bytes: WAMP, "Binary Conversion of JSON Strings". */
const binaryMark = Buffer.from('"\\u0000');
const base64 = /^[A-Za-z0-9+/]*={0,2}$/;
const literals = ['null', 'true', 'false', 'NaN', 'Infinity', '-Infinity'].map((word) => Buffer.from(word));

/** JSON (RFC 8259) over bytes that are known to be UTF-8; NaN and infinities as Python writes them are accepted. */
export class JsonReader implements Reader {
  position = 0;
  nonFinite = false;
  private first = true;
  private readonly source: Buffer;

  constructor(source: Buffer) {
    this.source = source;
  }

  open(): void {
    if (this.blank() !== 0x5b) throw malformed('no array', this.position);
    this.position++;
    this.first = true;
  }

  more(): boolean {
    const byte = this.blank();
    if (byte === 0x5d) {
      this.position++;
      return false;
    }
    if (!this.first) {
      if (byte !== 0x2c) throw malformed('neither "," nor "]"', this.position);
      this.position++;
      this.blank();
    }
    this.first = false;
    return true;
  }

  kind(): ElementKind {
    const byte = this.blank();
    if (byte === 0x5b) return 'list';
    if (byte === 0x7b) return 'map';
    return byte === 0x6e ? 'null' : 'other';
  }

  finish(): void {
    this.blank();
    if (this.position !== this.source.length) throw malformed('text after the end of the message', this.position);
  }

  value(): unknown {
    if (this.blank() === 0x7b && this.source[this.position + 1] === 0x7d) {
      this.position += 2;
      return emptyDict;
    }
    const builder = new ValueBuilder();
    this.walk(builder);
    return builder.result;
  }

  skip(depth = 0): void {
    const byte = this.blank();
    if (byte === quote) this.string();
    else if (byte === 0x5b) this.list(undefined, depth);
    else if (byte === 0x7b) this.map(undefined, depth);
    else if (byte === 0x2d || (byte >= 0x30 && byte <= 0x39)) this.number();
    else this.literal();
  }

  walk(visitor: Visitor, depth = 0): void {
    const byte = this.blank();
    if (byte === quote) this.walkString(visitor);
    else if (byte === 0x5b) this.list(visitor, depth);
    else if (byte === 0x7b) this.map(visitor, depth);
    else if (byte === 0x2d || (byte >= 0x30 && byte <= 0x39)) this.walkNumber(visitor);
    else this.tell(this.literal(), visitor);
  }

  /** Walks over an object's own members: each name with the bounds of its value. */
  members(visit: (name: string, start: number, end: number) => void): void {
    this.position++;
    for (let first = true; !this.closes(0x7d, first); first = false) {
      const builder = new ValueBuilder();
      this.key(builder, 1);
      this.blank();
      const start = this.position;
      this.skip(1);
      visit(builder.result as string, start, this.position);
    }
  }

  /** Passes over white space; the byte that follows, 0 at the end. */
  private blank(): number {
    let byte = this.source[this.position];
    while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) byte = this.source[++this.position];
    return byte ?? 0;
  }

  private list(visitor: Visitor | undefined, depth: number): void {
    const inside = deeper(depth, this.position);
    visitor?.list(-1);
    this.position++;
    for (let first = true; !this.closes(0x5d, first); first = false) this.one(visitor, inside);
    visitor?.listEnd();
  }

  private map(visitor: Visitor | undefined, depth: number): void {
    const inside = deeper(depth, this.position);
    visitor?.map(-1);
    this.position++;
    for (let first = true; !this.closes(0x7d, first); first = false) {
      this.key(visitor, inside);
      this.one(visitor, inside);
    }
    visitor?.mapEnd();
  }

  private key(visitor: Visitor | undefined, depth: number): void {
    if (this.blank() !== quote) throw malformed('a key that is no string', this.position);
    this.one(visitor, depth);
    if (this.blank() !== 0x3a) throw malformed('no ":" after a key', this.position);
    this.position++;
  }

  private one(visitor: Visitor | undefined, depth: number): void {
    if (visitor === undefined) this.skip(depth);
    else this.walk(visitor, depth);
  }

  /** At the closing bracket (passed over), or at the next element (its comma passed over). */
  private closes(bracket: number, first: boolean): boolean {
    const byte = this.blank();
    if (byte === bracket) {
      this.position++;
      return true;
    }
    if (!first) {
      if (byte !== 0x2c) throw malformed('a missing ","', this.position);
      this.position++;
    }
    return false;
  }

  /** Passes over a string, true if it has escapes. */
  private string(): boolean {
    const { source } = this;
    let escaped = false;
    let at = this.position + 1;
    for (;;) {
      const byte = source[at];
      if (byte === quote) break;
      if (byte === undefined || byte < 0x20) throw malformed('a string that does not end', at);
      if (byte === backslash) {
        escaped = true;
        at = this.escape(at + 1);
      } else at++;
    }
    this.position = at + 1;
    return escaped;
  }

  private escape(at: number): number {
    const byte = this.source[at];
    if (byte === 0x75) {
      for (let i = 1; i <= 4; i++) {
        if (!isHex(this.source[at + i])) throw malformed('a wrong \\u escape', at);
      }
      return at + 5;
    }
    if (byte === undefined || !'"\\/bfnrt'.includes(String.fromCharCode(byte))) throw malformed('a wrong escape', at);
    return at + 1;
  }

  private walkString(visitor: Visitor): void {
    const start = this.position;
    if (!this.string()) {
      visitor.text(this.source, start + 1, this.position - 1);
      return;
    }
    if (this.source.subarray(start, start + binaryMark.length).equals(binaryMark)) {
      const encoded = this.source.toString('latin1', start + binaryMark.length, this.position - 1);
      if (base64.test(encoded)) {
        visitor.bytes(Buffer.from(encoded, 'base64'));
        return;
      }
    }
    visitor.str(JSON.parse(this.source.toString('utf8', start, this.position)) as string);
  }

  /** Passes over a number, true if it is written as a float. */
  private number(): boolean {
    const { source } = this;
    const start = this.position;
    if (source[start] === 0x2d) {
      if (source[start + 1] === 0x49) return this.tellsNothing();
      this.position++;
    }
    if (source[this.position] === 0x30) this.position++;
    else this.digits();
    let float = false;
    if (source[this.position] === 0x2e) {
      float = true;
      this.position++;
      this.digits();
    }
    if (source[this.position] === 0x65 || source[this.position] === 0x45) {
      float = true;
      this.position++;
      if (source[this.position] === 0x2b || source[this.position] === 0x2d) this.position++;
      this.digits();
    }
    return float;
  }

  private tellsNothing(): boolean {
    this.literal();
    return true;
  }

  private digits(): void {
    const start = this.position;
    let byte = this.source[start];
    while (byte !== undefined && byte >= 0x30 && byte <= 0x39) byte = this.source[++this.position];
    if (this.position === start) throw malformed('a wrong number', start);
  }

  private walkNumber(visitor: Visitor): void {
    const start = this.position;
    const float = this.number();
    const text = this.source.toString('latin1', start, this.position);
    const number = Number(text);
    if (float || text.length > maxIntegerDigits) visitor.float(number);
    else visitor.int(Number.isSafeInteger(number) ? number + 0 : BigInt(text));
  }

  private literal(): number {
    const at = this.position;
    for (let i = 0; i < literals.length; i++) {
      const word = literals[i] as Buffer;
      if (word[0] === this.source[at] && this.source.subarray(at, at + word.length).equals(word)) {
        this.position = at + word.length;
        if (i > 2) this.nonFinite = true;
        return i;
      }
    }
    throw malformed(at < this.source.length ? 'no JSON value' : 'the message ends early', at);
  }

  private tell(literal: number, visitor: Visitor): void {
    if (literal === 0) visitor.nil();
    else if (literal < 3) visitor.bool(literal === 1);
    else visitor.float(literal === 3 ? NaN : Infinity);
  }
}

function isHex(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66);
}

function deeper(depth: number, position: number): number {
  if (depth >= maxDepth) throw malformed(`nesting deeper than ${maxDepth}`, position);
  return depth + 1;
}
