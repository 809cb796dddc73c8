import { broken, type ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';

/** Whole numbers further from their first one than this are not packed: their differences must be exact in an f64. */
export const largestSpread = 2 ** 50;

/**
 * Whole numbers as differences (`order` 1) or differences of differences (`order` 2), zigzag varints; a run of zeros is
 * a zero and the length of the run less one. All are within {@link largestSpread} of the first one, which is not written.
 */
export function writeDifferences(out: ByteWriter, k: Float64Array, order: 1 | 2): void {
  let before = k[0]!;
  let step = 0;
  let zeros = 0;
  for (let i = 1; i < k.length; i++) {
    const d = k[i]! - before;
    const x = d - step;
    before = k[i]!;
    if (order === 2) step = d;
    if (x === 0) {
      zeros++;
      continue;
    }
    if (zeros > 0) writeZeros(out, zeros);
    zeros = 0;
    out.varint(x < 0 ? -2 * x - 1 : 2 * x);
  }
  if (zeros > 0) writeZeros(out, zeros);
}

function writeZeros(out: ByteWriter, n: number): void {
  out.byte(0);
  out.varint(n - 1);
}

/** Fills `k` from its second number on. */
export function readDifferences(from: ByteReader, k: Float64Array, order: 1 | 2): void {
  const n = k.length;
  const { bytes } = from;
  let at = from.at;
  let before = k[0]!;
  let step = 0;
  for (let i = 1; i < n;) {
    let z = bytes[at++]!;
    if (z >= 128) {
      const second = bytes[at]!;
      if (second < 128) {
        z = (z & 127) | (second << 7);
        at++;
      } else {
        from.at = at - 1;
        z = from.varint();
        at = from.at;
      }
    }
    if (z === 0) {
      from.at = at;
      let run = from.varint() + 1;
      at = from.at;
      if (run > n - i) throw broken(`a run of ${run} where ${n - i} values are left`);
      for (; run > 0; run--) {
        before += step;
        k[i++] = before;
      }
      continue;
    }
    const x = z % 2 === 1 ? -(z + 1) / 2 : z / 2;
    const d = x + step;
    if (order === 2) step = d;
    before += d;
    k[i++] = before;
  }
  if (!(at <= bytes.length)) throw broken('differences go on beyond the end');
  from.at = at;
}

/** Roughly how many bytes {@link writeDifferences} takes, and thus which order is the better one. */
export function betterOrder(k: Float64Array): 1 | 2 {
  let first = 0;
  let second = 0;
  let before = k[0]!;
  let step = 0;
  for (let i = 1; i < k.length; i++) {
    const d = k[i]! - before;
    first += Math.log2(1 + Math.abs(d));
    second += Math.log2(1 + Math.abs(d - step));
    before = k[i]!;
    step = d;
  }
  return second < first ? 2 : 1;
}
