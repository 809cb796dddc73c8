import { broken, ByteReader } from './byte-reader.js';
import { ByteWriter } from './byte-writer.js';
import { betterOrder, largestSpread, readDifferences, writeDifferences } from './pack-integers.js';

/** How an f64 column is written. */
const raw = 0;
const xored = 1;
/** Decimals of `coding - decimals` places as whole numbers. */
const decimals = 16;
const mostPlaces = 9;
/** Multiples of 2^-22, the step of an f64 between 2^30 and 2^31: times as the clocks of agents give them. */
const ticks = 32;
const ticksPerUnit = 2 ** 22;
const secondOrder = 64;

/** Values that don't fit the rest may be listed apart, up to one of so many. */
const exceptionEvery = 8;
const sampled = 64;
const powers = Array.from({ length: mostPlaces + 1 }, (_, p) => 10 ** p);

/**
 * Writes numbers so that they come back bit for bit (NaN payloads, -0, infinities): as scaled whole numbers where that is
 * exact, else as what changed in the bits from one to the next, else as they are.
 */
export function writeNumbers(out: ByteWriter, v: Float64Array): void {
  const scaling = v.length > 1 ? scalingOf(v) : null;
  if (scaling !== null && writeScaled(out, v, scaling)) return;
  const start = out.length;
  out.byte(xored);
  writeXored(out, v);
  if (out.length - start <= 8 * v.length) return;
  out.length = start;
  out.byte(raw);
  out.words(v);
}

/** @throws SisockError `bad_data` for bytes that are no such numbers. */
export function readNumbers(from: ByteReader, v: Float64Array): void {
  const coding = from.byte();
  if (coding === raw) from.words(v, 0, v.length);
  else if (coding === xored) readXored(from, v);
  else readScaled(from, v, coding);
}

/** `scaling`: as in the coding byte. NaN: the value is no whole number then, or -0, which would lose its sign. */
function scaled(x: number, scaling: number): number {
  if (scaling === ticks) {
    const k = x * ticksPerUnit;
    return Number.isSafeInteger(k) && (k !== 0 || Object.is(x, 0)) ? k : NaN;
  }
  const power = powers[scaling - decimals]!;
  const k = Math.round(x * power);
  return Number.isSafeInteger(k) && k / power === x && (k !== 0 || Object.is(x, 0)) ? k : NaN;
}

/** The scaling that fits a sample of the values. */
function scalingOf(v: Float64Array): number | null {
  const step = Math.max(1, Math.floor(v.length / sampled));
  const allowed = Math.floor(Math.ceil(v.length / step) / exceptionEvery);
  const fits = (scaling: number) => {
    let misfits = 0;
    for (let i = 0; i < v.length; i += step)
      if (Number.isNaN(scaled(v[i]!, scaling)) && ++misfits > allowed) return false;
    return true;
  };
  for (let places = 0; places <= mostPlaces; places++) if (fits(decimals + places)) return decimals + places;
  return fits(ticks) ? ticks : null;
}

/** False where too many values don't fit: nothing is written then. */
function writeScaled(out: ByteWriter, v: Float64Array, scaling: number): boolean {
  const n = v.length;
  const k = new Float64Array(n);
  const exceptions: number[] = [];
  let base = NaN;
  for (let i = 0; i < n; i++) {
    const x = scaled(v[i]!, scaling);
    if (Number.isNaN(base)) base = x;
    if (Math.abs(x - base) <= largestSpread) k[i] = x;
    else {
      exceptions.push(i);
      if (exceptions.length * exceptionEvery > n) return false;
      k[i] = i > 0 ? k[i - 1]! : NaN;
    }
  }
  if (Number.isNaN(base)) return false;
  for (let i = 0; Number.isNaN(k[i]!); i++) k[i] = base;
  const order = betterOrder(k);
  out.byte(scaling + (order === 2 ? secondOrder : 0));
  out.f64(k[0]!);
  writeDifferences(out, k, order);
  out.varint(exceptions.length);
  let before = 0;
  for (const i of exceptions) {
    out.varint(i - before);
    out.words(v.subarray(i, i + 1));
    before = i;
  }
  return true;
}

function readScaled(from: ByteReader, v: Float64Array, coding: number): void {
  const scaling = coding % secondOrder;
  const isKnown = scaling === ticks || (scaling >= decimals && scaling <= decimals + mostPlaces);
  if (coding >= 2 * secondOrder || !isKnown || v.length === 0) throw broken(`numbers of unknown coding ${coding}`);
  v[0] = from.f64();
  readDifferences(from, v, coding >= secondOrder ? 2 : 1);
  if (scaling !== decimals) {
    const divisor = scaling === ticks ? ticksPerUnit : powers[scaling - decimals]!;
    for (let i = 0; i < v.length; i++) v[i] = v[i]! / divisor;
  }
  let at = 0;
  for (let left = from.count(9); left > 0; left--) {
    at += from.varint();
    if (at >= v.length) throw broken(`an exception at ${at} of ${v.length} values`);
    from.words(v, at, at + 1);
  }
}

/** Each value's bits against those of the one before: a byte with where they differ (first and last byte), those bytes. */
function writeXored(out: ByteWriter, v: Float64Array): void {
  const bytes = new ByteWriter(8 * v.length);
  bytes.words(v);
  const b = bytes.bytes;
  out.room(9 * v.length);
  for (let i = 0; i < b.length; i += 8) {
    let low = 8;
    let high = -1;
    for (let k = 0; k < 8; k++) {
      if (b[i + k] === (i > 0 ? b[i + k - 8] : 0)) continue;
      if (low === 8) low = k;
      high = k;
    }
    if (high < 0) out.byte(255);
    else {
      out.byte(low * 8 + high);
      for (let k = low; k <= high; k++) out.byte(b[i + k]! ^ (i > 0 ? b[i + k - 8]! : 0));
    }
  }
}

function readXored(from: ByteReader, v: Float64Array): void {
  const source = from.bytes;
  let at = from.at;
  const bytes = new Uint8Array(8 * v.length);
  for (let i = 0; i < bytes.length; i += 8) {
    if (i > 0) for (let k = i; k < i + 8; k++) bytes[k] = bytes[k - 8]!;
    const where = source[at++];
    if (where === 255) continue;
    // Beyond the end there is no number at all.
    if (where === undefined || where > 63) throw broken('numbers go on beyond the end, or are none');
    const low = where >> 3;
    const high = where & 7;
    if (low > high || at + high - low >= source.length) throw broken(`bytes ${low} to ${high} of a number`);
    for (let k = i + low; k <= i + high; k++) bytes[k]! ^= source[at++]!;
  }
  from.at = at;
  new ByteReader(bytes).words(v, 0, v.length);
}
