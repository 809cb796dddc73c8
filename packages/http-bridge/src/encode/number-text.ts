const zero = 48;
const minus = 45;
const dot = 46;
/** Below it whole numbers, and numbers of thousandths and millionths, are told exactly by their digits. */
const most = 4e15;

/** Room that any number's text fits in. */
export const longestNumber = 32;

/** The digits of 0000 to 9999, four bytes each. */
const quads = Uint8Array.from({ length: 40_000 }, (_, i) => zero + (Math.floor((i >> 2) / 10 ** (3 - (i & 3))) % 10));

/**
 * Writes a finite number as JSON.stringify does, byte for byte, where there is room for {@link longestNumber} bytes.
 * @returns where it ends
 */
export function putNumber(bytes: Uint8Array, at: number, value: number): number {
  const whole = Math.round(value);
  if (whole === value && whole < most && whole > -most) return putWhole(bytes, at, whole);
  // A double that is r / 1000 with so few digits is told from its neighbours by them: no shorter text would do.
  const thousandths = Math.round(value * 1e3);
  if (thousandths < most && thousandths > -most && thousandths / 1e3 === value) {
    return putFraction(bytes, at, thousandths, 1e3, 3);
  }
  const millionths = Math.round(value * 1e6);
  if (millionths < most && millionths > -most && millionths / 1e6 === value) {
    return putFraction(bytes, at, millionths, 1e6, 6);
  }
  return putAscii(bytes, at, String(value));
}

/** Where the leading digits of a whole number stand, all but the last eight: times that follow each other share them. */
export interface Leading {
  digits: number;
  at: number;
  length: number;
}

/** As {@link putNumber}, for numbers in the same bytes that are often whole and begin alike: `leading` is of the one before. */
export function putSimilar(bytes: Uint8Array, at: number, value: number, leading: Leading): number {
  const digits = Math.floor(value / 1e8);
  if (digits === leading.digits && Math.round(value) === value) {
    const { length } = leading;
    for (let i = 0; i < length; i++) bytes[at + i] = bytes[leading.at + i]!;
    return putPadded(bytes, at + length, (value - digits * 1e8) | 0, 8);
  }
  const to = putNumber(bytes, at, value);
  if (Math.round(value) === value && value >= 1e8 && value < most) {
    leading.digits = digits;
    leading.at = at;
    leading.length = to - at - 8;
  }
  return to;
}

/** Writes text of ASCII characters, where there is room. @returns where it ends */
export function putAscii(bytes: Uint8Array, at: number, text: string): number {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
  return at + text.length;
}

/** A whole number below 4e15, in two halves that fit 32 bits. */
function putWhole(bytes: Uint8Array, at: number, value: number): number {
  let from = at;
  let rest = value;
  if (rest < 0) {
    bytes[from++] = minus;
    rest = -rest;
  }
  if (rest < 1e8) return putPlain(bytes, from, rest | 0);
  const high = Math.floor(rest / 1e8);
  return putPadded(bytes, putPlain(bytes, from, high | 0), (rest - high * 1e8) | 0, 8);
}

/** `scaled` parts of which `unit` make one, that is 10 ** `places`; without the zeros at the end. */
function putFraction(bytes: Uint8Array, at: number, scaled: number, unit: number, places: number): number {
  let from = at;
  if (scaled < 0) bytes[from++] = minus;
  const size = Math.abs(scaled);
  const whole = Math.floor(size / unit);
  let fraction = (size - whole * unit) | 0;
  let kept = places;
  for (let next = (fraction / 10) | 0; next * 10 === fraction; next = (fraction / 10) | 0) {
    fraction = next;
    kept--;
  }
  from = putWhole(bytes, from, whole);
  bytes[from++] = dot;
  return putPadded(bytes, from, fraction, kept);
}

function putPlain(bytes: Uint8Array, at: number, value: number): number {
  let places = 1;
  for (let power = 10; power <= value; power *= 10) places++;
  return putPadded(bytes, at, value, places);
}

function putPadded(bytes: Uint8Array, at: number, value: number, places: number): number {
  let rest = value;
  let to = at + places;
  while (to - at >= 4) {
    const next = (rest / 10_000) | 0;
    const quad = 4 * (rest - next * 10_000);
    to -= 4;
    bytes[to] = quads[quad]!;
    bytes[to + 1] = quads[quad + 1]!;
    bytes[to + 2] = quads[quad + 2]!;
    bytes[to + 3] = quads[quad + 3]!;
    rest = next;
  }
  while (to > at) {
    const next = (rest / 10) | 0;
    bytes[--to] = zero + (rest - next * 10);
    rest = next;
  }
  return at + places;
}
