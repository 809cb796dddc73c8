import type { Column, ColumnKind } from '@sisock/core';
import { BlobReader } from './blob-reader.js';
import { secondsToTicks } from './ticks.js';
import type { G3Frame, G3Limits, HkWanted } from './types.js';
import { readBools, readF64s, readInts, readStoreBits, readStrings, stringBytes } from './vectors.js';

/** A column whose class and length are known, and whose values lie where they lie. */
export interface RawColumn {
  readonly kind: ColumnKind;
  readonly count: number;
  decode(): Column;
}

/** A block gone over, nothing of its values decoded. */
export interface RawBlock {
  readonly count: number;
  /** Name of its first field, wanted or not; null where it has none. */
  readonly first: string | null;
  readonly columns: ReadonlyMap<string, RawColumn>;
  ticks(): BigInt64Array;
}

export interface RawBlocks {
  /** By their places in the frame; null where there is none, or none wanted. */
  readonly blocks: readonly (RawBlock | null)[];
  /** How many of the frame's blocks can't be reached: those behind one of an unknown class, and that one. */
  readonly lost: number;
}

/**
 * Goes over the `blocks` of a data frame by their lengths.
 * @throws G3Damage `structure`, `too_large`, `schema`.
 */
export function readBlocks(frame: G3Frame, blob: Uint8Array, limits: G3Limits, wanted: HkWanted): RawBlocks {
  const r = new BlobReader(blob, frame.offset, 'blocks', limits);
  const vector = r.pointer();
  if (vector.to !== 'new' || vector.name !== 'G3VectorFrameObject') {
    throw r.damage('schema', 'no G3VectorFrameObject');
  }
  checkVersion(r, 'G3VectorFrameObject', 1);
  r.base();
  const n = r.limitEntries(r.count(4));
  const blocks: (RawBlock | null)[] = [];
  const seen = new Map<number, RawBlock>();
  for (let i = 0; i < n; i++) {
    const pointer = r.pointer();
    let block: RawBlock | null = null;
    if (pointer.to === 'seen') {
      const known = seen.get(pointer.id);
      if (known === undefined)
        throw r.damage('structure', `block ${i} refers to object ${pointer.id}, not seen before`);
      block = known;
    } else if (pointer.to === 'new') {
      // Gone over whether wanted or not: a later one, which is, may refer to it.
      if (pointer.name === 'G3TimesampleMap') block = timesampleMap(r, wanted.fields);
      else if (pointer.name === 'IrregBlockDouble') block = irregBlock(r, wanted.fields);
      else return { blocks, lost: n - i };
      seen.set(pointer.id, block);
    }
    blocks.push(isWanted(wanted.blocks, i) ? block : null);
  }
  return { blocks, lost: 0 };
}

function isWanted<T>(set: ReadonlySet<T> | undefined, item: T): boolean {
  return set === undefined || set.has(item);
}

/** Blocks of versions 1 and 2. */
function timesampleMap(r: BlobReader, wanted: ReadonlySet<string> | undefined): RawBlock {
  checkVersion(r, 'G3TimesampleMap', 0);
  checkVersion(r, 'G3MapFrameObject', 1);
  r.base();
  const columns = new Map<string, RawColumn>();
  let first: string | null = null;
  const n = r.limitEntries(r.shortCount(16));
  for (let i = 0; i < n; i++) {
    const name = r.name();
    first ??= name;
    if (isWanted(wanted, name) && !columns.has(name)) {
      const column = vectorColumn(r.nested(`field ${name}`));
      if (column !== null) columns.set(name, column);
    } else {
      r.skipNested();
    }
  }
  checkVersion(r, 'G3VectorTime', 1);
  r.base();
  const count = r.count(8);
  if (count > 0) checkVersion(r, 'G3Time', 1);
  const ticks = later(r, count * 8, () => readInts(r, count, 64));
  return checked(r, { count, first, columns, ticks });
}

/** Blocks of version 0. Their `prefix` means nothing, as in so3g. */
function irregBlock(r: BlobReader, wanted: ReadonlySet<string> | undefined): RawBlock {
  checkVersion(r, 'IrregBlockDouble', 0);
  r.base();
  r.skip(r.count(1));
  checkVersion(r, 'G3VectorDouble', 1);
  r.base();
  const count = r.count(8);
  const seconds = later(r, count * 8, () => readF64s(r, count));
  checkVersion(r, 'G3MapVectorDouble', 1);
  r.base();
  const columns = new Map<string, RawColumn>();
  let first: string | null = null;
  const n = r.limitEntries(r.count(16));
  for (let i = 0; i < n; i++) {
    const name = r.name();
    first ??= name;
    const m = r.count(8);
    const values = later(r, m * 8, () => readF64s(r, m));
    if (isWanted(wanted, name) && !columns.has(name)) {
      columns.set(name, { kind: 'f64', count: m, decode: () => ({ kind: 'f64', v: values() }) });
    }
  }
  const ticks = () => {
    const v = secondsToTicks(seconds());
    if (v === null) throw r.damage('schema', 'a time that is no number, or beyond the year 4892');
    return v;
  };
  return checked(r, { count, first, columns, ticks });
}

/** A column out of a G3MapFrameObject; null where it is nothing that a block may hold: it is passed over. */
function vectorColumn(r: BlobReader): RawColumn | null {
  const pointer = r.pointer();
  if (pointer.to !== 'new' || pointer.name === null) return null;
  const version = r.version(pointer.name);
  if (version > (pointer.name === 'G3VectorInt' ? 2 : 1)) return null;
  switch (pointer.name) {
    case 'G3VectorDouble': {
      r.base();
      const count = r.count(8);
      return { kind: 'f64', count, decode: later(r, count * 8, () => ({ kind: 'f64', v: readF64s(r, count) })) };
    }
    case 'G3VectorInt': {
      r.base();
      const bits = readStoreBits(r, version);
      const count = r.count(bits / 8);
      const decode = later(r, (count * bits) / 8, (): Column => ({ kind: 'i64', v: readInts(r, count, bits) }));
      return { kind: 'i64', count, decode };
    }
    case 'G3VectorBool': {
      r.base();
      const count = r.count(1);
      return { kind: 'bool', count, decode: later(r, count, () => ({ kind: 'bool', v: readBools(r, count) })) };
    }
    case 'G3VectorString': {
      r.base();
      const count = r.count(stringBytes);
      // Strings end where they end: their column is the last of its archive.
      return { kind: 'str', count, decode: later(r, 0, () => ({ kind: 'str', v: readStrings(r, count) })) };
    }
    default:
      return null;
  }
}

/** Goes over `n` bytes; what is returned goes back there and reads them. */
function later<T>(r: BlobReader, n: number, read: () => T): () => T {
  const at = r.skip(n);
  return () => {
    r.at = at;
    return read();
  };
}

function checkVersion(r: BlobReader, name: string, newest: number): void {
  const version = r.version(name);
  if (version > newest) throw r.damage('schema', `version ${version} of ${name} (${newest} is the newest known)`);
}

function checked(r: BlobReader, block: RawBlock): RawBlock {
  for (const [name, { count }] of block.columns) {
    if (count !== block.count) {
      throw r.damage('schema', `field ${name} has ${count} values for ${block.count} times`);
    }
  }
  return block;
}
