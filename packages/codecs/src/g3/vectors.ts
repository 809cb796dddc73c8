import type { BlobReader } from './blob-reader.js';

/** Whether this machine's numbers lie in memory as little-endian files have them. */
const littleHost = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** Bytes an element of a vector of strings has at least: its length. */
export const stringBytes = 8;

/** `n` doubles. */
export function readF64s(r: BlobReader, n: number): Float64Array {
  const at = r.skip(n * 8);
  const copy = copyBytes(r.bytes, at, n * 8);
  if (r.little !== littleHost) swap64(copy);
  return new Float64Array(copy.buffer);
}

/** `n` integers of 8, 16, 32 or 64 bits. */
export function readInts(r: BlobReader, n: number, bits: number): BigInt64Array {
  const width = bits / 8;
  const at = r.skip(n * width);
  if (width === 8) {
    const copy = copyBytes(r.bytes, at, n * 8);
    if (r.little !== littleHost) swap64(copy);
    return new BigInt64Array(copy.buffer);
  }
  const v = new BigInt64Array(n);
  const words = new Int32Array(v.buffer);
  const low = littleHost ? 0 : 1;
  const high = 1 - low;
  const { bytes, little } = r;
  if (width === 1) {
    for (let i = 0; i < n; i++) {
      const x = (bytes[at + i]! << 24) >> 24;
      words[2 * i + low] = x;
      words[2 * i + high] = x >> 31;
    }
    return v;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, n * width);
  if (width === 2) {
    for (let i = 0; i < n; i++) {
      const x = view.getInt16(2 * i, little);
      words[2 * i + low] = x;
      words[2 * i + high] = x >> 31;
    }
  } else {
    for (let i = 0; i < n; i++) {
      const x = view.getInt32(4 * i, little);
      words[2 * i + low] = x;
      words[2 * i + high] = x >> 31;
    }
  }
  return v;
}

/** `n` bools as 0 and 1. */
export function readBools(r: BlobReader, n: number): Uint8Array {
  const at = r.skip(n);
  const v = new Uint8Array(n);
  for (let i = 0; i < n; i++) v[i] = r.bytes[at + i] === 0 ? 0 : 1;
  return v;
}

export function readStrings(r: BlobReader, n: number): string[] {
  const v: string[] = [];
  for (let i = 0; i < n; i++) v.push(r.string());
  return v;
}

/** How wide the integers of a vector or map of this class version are: a field of version 2, 32 in version 1. */
export function readStoreBits(r: BlobReader, version: number): number {
  if (version < 2) return 32;
  const bits = r.i32();
  if (bits !== 8 && bits !== 16 && bits !== 32 && bits !== 64) {
    throw r.damage('structure', `integers of ${bits} bits (8, 16, 32 and 64 are known)`);
  }
  return bits;
}

/** A copy that lies where 64-bit numbers may lie. */
function copyBytes(bytes: Uint8Array, at: number, n: number): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(n);
  copy.set(bytes.subarray(at, at + n));
  return copy;
}

function swap64(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < bytes.length; i += 8) view.setBigUint64(i, view.getBigUint64(i, true), false);
}
