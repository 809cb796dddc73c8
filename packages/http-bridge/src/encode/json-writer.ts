const zero = 48;
const minus = 45;
const dot = 46;

/**
 * JSON written straight into bytes: numbers go from typed arrays to digits without a string or a pair in between.
 * What it writes is what JSON.stringify would write, byte for byte; a number JSON can't hold becomes null, and is counted.
 */
export class JsonWriter {
  #bytes: Buffer;
  #length = 0;
  /** How many NaN and infinities were written as null. */
  nonFinite = 0;

  constructor(capacity = 16_384) {
    this.#bytes = Buffer.allocUnsafe(capacity);
  }

  get length(): number {
    return this.#length;
  }

  /** Text that is JSON already, and ASCII: punctuation, keys, literals. */
  raw(text: string): this {
    this.#room(text.length);
    this.#bytes.write(text, this.#length, 'latin1');
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
    if (!Number.isFinite(value)) {
      this.nonFinite++;
      return this.raw('null');
    }
    const whole = Math.round(value);
    if (whole === value && whole < 4e15 && whole > -4e15) return this.#digits(whole);
    // A double that is r / 10^6 with so few digits is told from its neighbours by them: no shorter text would do.
    const scaled = Math.round(value * 1e6);
    if (scaled < 4e15 && scaled > -4e15 && scaled / 1e6 === value) return this.#decimals(scaled);
    return this.raw(String(value));
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
    this.#bytes = Buffer.allocUnsafe(this.#bytes.length);
    this.#length = 0;
    return taken;
  }

  #room(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + bytes));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }

  /** A whole number below 4e15, in two halves that fit 32 bits. */
  #digits(value: number): this {
    this.#room(24);
    let rest = value;
    if (rest < 0) {
      this.#bytes[this.#length++] = minus;
      rest = -rest;
    }
    const high = Math.floor(rest / 1e8);
    const low = (rest - high * 1e8) | 0;
    if (high > 0) {
      this.#plain(high | 0);
      this.#padded(low, 8);
    } else this.#plain(low);
    return this;
  }

  /** `scaled` millionths, without the zeros at the end. */
  #decimals(scaled: number): this {
    this.#room(24);
    if (scaled < 0) this.#bytes[this.#length++] = minus;
    const size = Math.abs(scaled);
    const whole = Math.floor(size / 1e6);
    let fraction = size - whole * 1e6;
    let places = 6;
    while (fraction % 10 === 0) {
      fraction /= 10;
      places--;
    }
    this.#digits(whole);
    this.#bytes[this.#length++] = dot;
    this.#padded(fraction, places);
    return this;
  }

  #plain(value: number): void {
    let places = 1;
    for (let power = 10; power <= value; power *= 10) places++;
    this.#padded(value, places);
  }

  #padded(value: number, places: number): void {
    let rest = value;
    for (let at = this.#length + places - 1; at >= this.#length; at--) {
      const next = (rest / 10) | 0;
      this.#bytes[at] = zero + (rest - next * 10);
      rest = next;
    }
    this.#length += places;
  }
}
