import { ByteWriter } from './byte-writer.js';
import { MalformedError } from './limits.js';
import type { Writer } from './visitor.js';

const quote = 0x22;
const backslash = 0x5c;

interface Open {
  readonly map: boolean;
  /** Values written so far: in a dictionary keys count too. */
  values: number;
}

/** Writes JSON. Floats keep a point or an exponent; NaN and infinities become null and are counted. */
export class JsonWriter extends ByteWriter implements Writer {
  private readonly open: Open[] = [];
  private top: Open | undefined;

  override reset(limit: number): void {
    super.reset(limit);
    this.open.length = 0;
    this.top = undefined;
  }

  nil(): void {
    this.scalar('null');
  }
  bool(value: boolean): void {
    this.scalar(value ? 'true' : 'false');
  }
  int(value: number | bigint): void {
    this.scalar(String(value));
  }
  float(value: number): void {
    if (!Number.isFinite(value)) {
      this.lossy++;
      this.scalar('null');
    } else this.scalar(floatText(value));
  }
  text(source: Buffer, start: number, end: number): void {
    for (let at = start; at < end; at++) {
      const byte = source[at] as number;
      if (byte < 0x20 || byte === quote || byte === backslash) {
        this.str(source.toString('utf8', start, end));
        return;
      }
    }
    this.separate(true);
    this.byte(quote);
    this.copy(source, start, end);
    this.byte(quote);
  }
  str(value: string): void {
    this.separate(true);
    this.raw(JSON.stringify(value));
  }
  /** WAMP, "Binary Conversion of JSON Strings": NUL and base64. */
  bytes(value: Buffer): void {
    this.separate(true);
    this.latin1(`"\\u0000${value.toString('base64')}"`);
  }
  list(_count: number): void {
    this.begin(0x5b, false);
  }
  listEnd(): void {
    this.end(0x5d);
  }
  map(_count: number): void {
    this.begin(0x7b, true);
  }
  mapEnd(): void {
    this.end(0x7d);
  }

  private begin(bracket: number, map: boolean): void {
    if (this.separate(false)) throw new MalformedError('a dictionary key that JSON cannot have');
    this.byte(bracket);
    this.top = { map, values: 0 };
    this.open.push(this.top);
  }

  private end(bracket: number): void {
    this.byte(bracket);
    this.open.pop();
    this.top = this.open.at(-1);
  }

  /** Scalars as keys become strings, as Python's json does it. */
  private scalar(text: string): void {
    this.latin1(this.separate(false) ? `"${text}"` : text);
  }

  /** The comma or colon before a value; true if the value is a key. */
  private separate(string: boolean): boolean {
    const { top } = this;
    if (top === undefined) return false;
    const key = top.map && top.values % 2 === 0;
    if (top.map && !key) this.byte(0x3a);
    else if (top.values > 0) this.byte(0x2c);
    top.values++;
    return key && !string;
  }

  private latin1(text: string): void {
    const at = this.room(text.length);
    if (text.length < 24) for (let i = 0; i < text.length; i++) this.buffer[at + i] = text.charCodeAt(i);
    else this.buffer.write(text, at, 'latin1');
  }

  private raw(text: string): void {
    const length = Buffer.byteLength(text);
    const at = this.room(length);
    this.buffer.write(text, at, length, 'utf8');
  }
}

/** A finite double that reads back as a float: JavaScript alone would write 1.0 as 1, an integer to Python. */
function floatText(value: number): string {
  if (Object.is(value, -0)) return '-0.0';
  const text = String(value);
  return Number.isInteger(value) && !text.includes('e') ? `${text}.0` : text;
}
