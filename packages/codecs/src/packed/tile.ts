import type { Column, ColumnKind } from '@sisock/core';
import { broken, ByteReader } from './byte-reader.js';
import { ByteWriter } from './byte-writer.js';
import { crc32 } from './crc32.js';
import { readPacked, writePacked } from './pack-columns.js';
import { readNumbers, writeNumbers } from './pack-numbers.js';

/** A tile of stored buckets: see `Tile` of @sisock/blocks. */
export interface TileContent {
  readonly pieces: readonly { readonly t: Float64Array; readonly column: Column }[];
  readonly count: Uint32Array;
  readonly finite: Uint32Array;
  readonly sum: Float64Array;
}

/** Raised with each change of the bytes below, or of what a bucket keeps; tiles of another number are made anew. */
export const tileEncoding = 2;

/*
 * Number of pieces; of each its kind, its rows, times and values; counts; whether finite ones are as many (1) or counted
 * apart (0); sums; CRC-32 of all before it, 4 bytes, little-endian. Numbers are packed as those of the feed log.
 */
const kinds: readonly ColumnKind[] = ['f64', 'i64', 'bool', 'str'];
const checksumBytes = 4;
/** More than any tile holds. */
const mostRows = 1 << 20;

export function packTile({ pieces, count, finite, sum }: TileContent): Uint8Array {
  const out = new ByteWriter(4096);
  out.varint(pieces.length);
  for (const { t, column } of pieces) {
    out.byte(kinds.indexOf(column.kind));
    out.varint(t.length);
    writeNumbers(out, t);
    writePacked(out, column);
  }
  writeNumbers(out, Float64Array.from(count));
  const allFinite = count.every((n, i) => n === finite[i]);
  out.byte(allFinite ? 1 : 0);
  if (!allFinite) writeNumbers(out, Float64Array.from(finite));
  writeNumbers(out, sum);
  out.room(checksumBytes);
  out.length += checksumBytes;
  out.setU32(out.length - checksumBytes, crc32(out.bytes, 0, out.length - checksumBytes));
  return Uint8Array.from(out.bytes);
}

/** The tile of so many buckets. @throws SisockError `bad_data` for bytes that {@link packTile} did not give. */
export function unpackTile(bytes: Uint8Array, buckets: number): TileContent {
  const end = bytes.length - checksumBytes;
  if (end < 0) throw broken(`${bytes.length} bytes are no tile`);
  const stated = new DataView(bytes.buffer, bytes.byteOffset + end, checksumBytes).getUint32(0, true);
  if (stated !== crc32(bytes, 0, end)) throw broken('the checksum of a tile does not match');
  const from = new ByteReader(bytes.subarray(0, end));
  const pieces = Array.from({ length: from.count(2) }, () => readPiece(from));
  const count = readCounts(from, buckets);
  const finite = from.byte() === 1 ? count : readCounts(from, buckets);
  const sum = new Float64Array(buckets);
  readNumbers(from, sum);
  if (from.left > 0) throw broken(`${from.left} bytes behind the end of a tile`);
  return { pieces, count, finite, sum };
}

function readPiece(from: ByteReader) {
  const kind = kinds[from.byte()];
  const n = from.varint();
  if (kind === undefined || n > mostRows) throw broken('a piece of a tile is of unknown kind, or too long');
  const t = new Float64Array(n);
  readNumbers(from, t);
  return { t, column: readPacked(from, kind, n) };
}

function readCounts(from: ByteReader, buckets: number): Uint32Array {
  const counts = new Float64Array(buckets);
  readNumbers(from, counts);
  return Uint32Array.from(counts);
}
