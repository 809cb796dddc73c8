import { SisockError } from '@sisock/core';

/** The frames of one run, as columns of equal length; see FrameRun of types.ts. */
export interface FrameColumns {
  readonly offset: Float64Array;
  readonly length: Float64Array;
  readonly index: Uint32Array;
  readonly count: Float64Array;
  readonly minTick: BigInt64Array;
  readonly maxTick: BigInt64Array;
  readonly rising: Uint8Array;
}

/** One frame of a run, as an indexer tells it. */
export type FrameEntry = {
  readonly offset: number;
  readonly length: number;
  readonly index: number;
  readonly count: number;
  readonly minTick: bigint;
  readonly maxTick: bigint;
  readonly rising: boolean;
};

/*
 * A packed run, little-endian: 'F' 'R', version (u8), 0, frames (u32), bytes in all (u32), 0 (u32); then column by
 * column offset, length, count (f64), minTick, maxTick (i64), index (u32), rising (u8). The wide columns come first:
 * each begins at a multiple of its width, so a run is read without copying.
 */
const magic = 0x5246;
const version = 1;
const headerBytes = 16;
const frameBytes = 3 * 8 + 2 * 8 + 4 + 1;
const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** How many bytes a run of `n` frames takes. */
export function packedBytes(n: number): number {
  return headerBytes + n * frameBytes;
}

/** Columns of frames. */
export function frameColumns(entries: readonly FrameEntry[]): FrameColumns {
  const columns = emptyColumns(entries.length);
  entries.forEach((e, i) => {
    columns.offset[i] = e.offset;
    columns.length[i] = e.length;
    columns.index[i] = e.index;
    columns.count[i] = e.count;
    columns.minTick[i] = e.minTick;
    columns.maxTick[i] = e.maxTick;
    columns.rising[i] = e.rising ? 1 : 0;
  });
  return columns;
}

/** The frames of `a`, then those of `b`. */
export function joinFrames(a: FrameColumns, b: FrameColumns): FrameColumns {
  const joined = emptyColumns(a.offset.length + b.offset.length);
  for (const key of columnKeys) {
    const into = joined[key] as { set(from: unknown, at: number): void };
    into.set(a[key], 0);
    into.set(b[key], a.offset.length);
  }
  return joined;
}

/** The frames at the given places. */
export function pickFrames(columns: FrameColumns, places: readonly number[]): FrameColumns {
  const picked = emptyColumns(places.length);
  places.forEach((from, to) => {
    picked.offset[to] = columns.offset[from]!;
    picked.length[to] = columns.length[from]!;
    picked.index[to] = columns.index[from]!;
    picked.count[to] = columns.count[from]!;
    picked.minTick[to] = columns.minTick[from]!;
    picked.maxTick[to] = columns.maxTick[from]!;
    picked.rising[to] = columns.rising[from]!;
  });
  return picked;
}

/** A run as the bytes that are stored. */
export function packFrames(columns: FrameColumns): Uint8Array {
  needsLittleEndian();
  const n = columns.offset.length;
  const bytes = new Uint8Array(packedBytes(n));
  const header = new DataView(bytes.buffer);
  header.setUint16(0, magic, true);
  header.setUint8(2, version);
  header.setUint32(4, n, true);
  header.setUint32(8, bytes.length, true);
  const views = columnViews(bytes.buffer, 0, n);
  for (const key of columnKeys) (views[key] as { set(from: unknown): void }).set(columns[key]);
  return bytes;
}

/**
 * Stored bytes as a run; where they are aligned as views of them.
 * @throws SisockError `bad_data` when they are no run of a version that is known, or cut or too long.
 */
export function unpackFrames(bytes: ArrayBuffer | Uint8Array): FrameColumns {
  needsLittleEndian();
  const view = ArrayBuffer.isView(bytes) ? bytes : new Uint8Array(bytes);
  if (view.byteLength < headerBytes) throw damaged(`${view.byteLength} bytes are too few`);
  const header = new DataView(view.buffer, view.byteOffset, headerBytes);
  if (header.getUint16(0, true) !== magic) throw damaged('it begins with other bytes');
  if (header.getUint8(2) !== version) throw damaged(`version ${header.getUint8(2)} is not ${version}`);
  const n = header.getUint32(4, true);
  if (header.getUint32(8, true) !== view.byteLength || packedBytes(n) !== view.byteLength) {
    throw damaged(`${n} frames don't take ${view.byteLength} bytes`);
  }
  if (view.byteOffset % 8 === 0) return columnViews(view.buffer as ArrayBuffer, view.byteOffset, n);
  // Not `slice`: of a Buffer that is a view.
  return columnViews(new Uint8Array(view).buffer, 0, n);
}

const columnKeys = ['offset', 'length', 'count', 'minTick', 'maxTick', 'index', 'rising'] as const;

function emptyColumns(n: number): FrameColumns {
  return columnViews(new ArrayBuffer(packedBytes(n)), 0, n);
}

function columnViews(buffer: ArrayBuffer, start: number, n: number): FrameColumns {
  const at = start + headerBytes;
  return {
    offset: new Float64Array(buffer, at, n),
    length: new Float64Array(buffer, at + 8 * n, n),
    count: new Float64Array(buffer, at + 16 * n, n),
    minTick: new BigInt64Array(buffer, at + 24 * n, n),
    maxTick: new BigInt64Array(buffer, at + 32 * n, n),
    index: new Uint32Array(buffer, at + 40 * n, n),
    rising: new Uint8Array(buffer, at + 44 * n, n),
  };
}

function needsLittleEndian(): void {
  if (!littleEndian) throw new SisockError('internal', 'runs are stored little-endian, and this machine is not');
}

const damaged = (what: string) => new SisockError('bad_data', `a stored run of frames is damaged: ${what}`);
