import type { Column } from '@sisock/core';
import { ByteWriter } from './write-bytes.js';

const isNew = 0x8000_0000;

/** An object of a frame: the name of its class, and its version and fields (format section 3) into an archive. */
export interface Writable {
  readonly name: string;
  readonly write: (archive: Archive) => void;
}

/** One archive that is being written, with its tables of versions, names and pointers (format section 2). */
class Archive {
  readonly bytes: ByteWriter;
  readonly #versions = new Set<string>();
  readonly #names = new Map<string, number>();
  #pointers = 0;

  constructor(expected?: number) {
    this.bytes = new ByteWriter(expected);
    this.bytes.u8(1);
  }

  /** The version of a class and of the base that every class has: each only the first time it is met. */
  begin(name: string, version = 1): void {
    this.version(name, version);
    this.version('G3FrameObject', 1);
  }

  version(name: string, version: number): void {
    if (this.#versions.has(name)) return;
    this.#versions.add(name);
    this.bytes.u32(version);
  }

  /** A polymorphic pointer to a new object. */
  pointer(object: Writable): void {
    const known = this.#names.get(object.name);
    if (known === undefined) {
      const id = this.#names.size + 1;
      this.#names.set(object.name, id);
      this.bytes.u32((isNew | id) >>> 0);
      this.bytes.text(object.name);
    } else this.bytes.u32(known);
    this.#pointers++;
    this.bytes.u32((isNew | this.#pointers) >>> 0);
    object.write(this);
  }
}

/** A blob: one archive with one object. `expected` is a guess of its size. */
export function toBlob(object: Writable, expected?: number): Uint8Array {
  const archive = new Archive(expected);
  archive.pointer(object);
  return archive.bytes.finish();
}

export function g3Int(value: bigint): Writable {
  return simple('G3Int', 1, (bytes) => bytes.i64(value));
}

export function g3Double(value: number): Writable {
  return simple('G3Double', 1, (bytes) => bytes.f64(value));
}

export function g3String(value: string): Writable {
  return simple('G3String', 1, (bytes) => bytes.text(value));
}

export function g3VectorString(values: readonly string[]): Writable {
  return simple('G3VectorString', 1, (bytes) => {
    bytes.u64(values.length);
    for (const value of values) bytes.text(value);
  });
}

/** The vector class of a column. */
export function g3Vector(column: Column): Writable {
  switch (column.kind) {
    case 'f64':
      return simple('G3VectorDouble', 1, (bytes) => {
        bytes.u64(column.v.length);
        bytes.f64s(column.v);
      });
    case 'i64':
      return simple('G3VectorInt', 2, (bytes) => {
        const bits = storeBits(column.v);
        bytes.u32(bits);
        bytes.u64(column.v.length);
        bytes.ints(column.v, bits);
      });
    case 'bool':
      return simple('G3VectorBool', 1, (bytes) => {
        bytes.u64(column.v.length);
        bytes.raw(column.v.map((value) => (value === 0 ? 0 : 1)));
      });
    case 'str':
      return g3VectorString(column.v);
  }
}

export function g3VectorObject(objects: readonly Writable[]): Writable {
  return {
    name: 'G3VectorFrameObject',
    write: (archive) => {
      archive.begin('G3VectorFrameObject');
      archive.bytes.u64(objects.length);
      for (const object of objects) archive.pointer(object);
    },
  };
}

export function g3MapObject(entries: ReadonlyMap<string, Writable>): Writable {
  return { name: 'G3MapFrameObject', write: (archive) => writeMap(archive, entries) };
}

/** Columns and their times: a block. */
export function g3TimesampleMap(ticks: BigInt64Array, columns: ReadonlyMap<string, Column>): Writable {
  return {
    name: 'G3TimesampleMap',
    write: (archive) => {
      archive.version('G3TimesampleMap', 0);
      writeMap(archive, new Map([...columns].map(([name, column]) => [name, g3Vector(column)])), ticks.length * 8 + 64);
      archive.begin('G3VectorTime');
      archive.bytes.u64(ticks.length);
      if (ticks.length > 0) archive.begin('G3Time');
      archive.bytes.ints(ticks, 64);
    },
  };
}

/** Values are archives of their own; keys are sorted by their bytes. */
function writeMap(archive: Archive, entries: ReadonlyMap<string, Writable>, expected?: number): void {
  archive.begin('G3MapFrameObject');
  const sorted = [...entries]
    .map(([key, object]) => ({ key: new TextEncoder().encode(key), object }))
    .sort((a, b) => compareBytes(a.key, b.key));
  archive.bytes.u32(sorted.length);
  for (const { key, object } of sorted) {
    archive.bytes.blob(key);
    archive.bytes.blob(toBlob(object, expected));
  }
}

function simple(name: string, version: number, write: (bytes: ByteWriter) => void): Writable {
  return {
    name,
    write: (archive) => {
      archive.begin(name, version);
      write(archive.bytes);
    },
  };
}

/** The fewest bits that hold all values; 8 for none. */
function storeBits(values: BigInt64Array): 8 | 16 | 32 | 64 {
  let min = 0n;
  let max = 0n;
  for (const value of values) {
    if (value < min) min = value;
    else if (value > max) max = value;
  }
  const holds = (bits: bigint): boolean => min >= -(1n << (bits - 1n)) && max < 1n << (bits - 1n);
  return holds(8n) ? 8 : holds(16n) ? 16 : holds(32n) ? 32 : 64;
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}
