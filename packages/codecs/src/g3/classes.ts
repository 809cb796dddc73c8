import type { BlobReader } from './blob-reader.js';
import type { G3Object, G3Value, ObjectReader } from './objects.js';
import { readBools, readF64s, readInts, readStoreBits, readStrings, stringBytes } from './vectors.js';

interface Read {
  readonly value: G3Value;
  /** Elements that can't be reached. */
  readonly lost: number;
}

interface G3Class {
  /** The newest version whose fields are known. */
  readonly newest: number;
  /** Reads what stands behind the version. */
  read(objects: ObjectReader, version: number): Read;
}

/** Bytes that an entry of a map has at least: the length of its key, and something. */
const entryBytes = 9;

/** A class of plain fields: no objects in it. */
function plain(newest: number, read: (r: BlobReader, version: number) => G3Value): G3Class {
  return {
    newest,
    read: ({ r }, version) => {
      r.base();
      return { value: read(r, version), lost: 0 };
    },
  };
}

/** The classes that are known, and their fields behind version and base. docs/g3.md, "Classes". */
export const classes: Readonly<Record<string, G3Class>> = {
  G3Int: plain(1, (r) => r.i64()),
  G3Double: plain(1, (r) => r.f64()),
  G3String: plain(1, (r) => r.string()),
  G3Bool: plain(1, (r) => r.u8() !== 0),
  G3Time: plain(1, (r) => r.i64()),
  G3VectorDouble: plain(1, f64s),
  G3VectorInt: plain(2, ints),
  G3VectorBool: plain(1, (r) => readBools(r, r.count(1))),
  G3VectorUnsignedChar: plain(1, bytes),
  G3VectorString: plain(1, strings),
  G3VectorComplexDouble: plain(1, (r) => readF64s(r, r.count(16) * 2)),
  G3VectorTime: plain(1, times),
  G3MapDouble: plain(1, (r) => map(r, r.count(entryBytes), () => r.f64())),
  G3MapString: plain(1, (r) => map(r, r.count(entryBytes), () => r.string())),
  G3MapInt: plain(2, mapOfInts),
  G3MapVectorDouble: plain(1, mapOfF64s),
  G3MapVectorBool: plain(1, (r) => map(r, r.count(entryBytes), () => readBools(r, r.count(1)))),
  G3MapVectorString: plain(1, (r) => map(r, r.count(entryBytes), () => strings(r))),
  G3MapVectorInt: plain(2, mapOfVectorsOfInts),
  G3MapTime: plain(1, (r) => map(r, r.count(entryBytes), () => member(r, 'G3Time', 1, () => r.i64()))),
  G3MapVectorTime: plain(1, (r) => map(r, r.count(entryBytes), () => member(r, 'G3VectorTime', 1, () => times(r)))),
  G3MapMapDouble: plain(1, (r) =>
    map(r, r.count(entryBytes), () => member(r, 'G3MapDouble', 1, () => map(r, r.count(entryBytes), () => r.f64()))),
  ),
  IrregBlockDouble: plain(0, (r) => {
    const prefix = r.string();
    const t = member(r, 'G3VectorDouble', 1, () => f64s(r));
    const data = member(r, 'G3MapVectorDouble', 1, () => mapOfF64s(r));
    return new Map<string, G3Value>([
      ['prefix', prefix],
      ['t', t],
      ['data', data],
    ]);
  }),
  G3VectorFrameObject: {
    newest: 1,
    read: (objects) => {
      const { r } = objects;
      r.base();
      const n = r.limitEntries(r.count(4));
      const value = objects.pointers(n);
      return { value, lost: n - value.length };
    },
  },
  G3MapFrameObject: {
    newest: 1,
    read: (objects) => ({ value: mapOfObjects(objects), lost: 0 }),
  },
  G3TimesampleMap: {
    newest: 0,
    read: (objects) => {
      const { r } = objects;
      checkMember(r, 'G3MapFrameObject', 1);
      const data = mapOfObjects(objects);
      const t = member(r, 'G3VectorTime', 1, () => times(r));
      return {
        value: new Map<string, G3Value>([
          ['times', t],
          ['data', data],
        ]),
        lost: 0,
      };
    },
  },
};

function f64s(r: BlobReader): Float64Array {
  return readF64s(r, r.count(8));
}

function strings(r: BlobReader): string[] {
  return readStrings(r, r.count(stringBytes));
}

function bytes(r: BlobReader): Uint8Array {
  const n = r.count(1);
  const at = r.skip(n);
  return Uint8Array.from(r.bytes.subarray(at, at + n));
}

function ints(r: BlobReader, version: number): BigInt64Array {
  const bits = readStoreBits(r, version);
  return readInts(r, r.count(bits / 8), bits);
}

function times(r: BlobReader): BigInt64Array {
  const n = r.count(8);
  if (n > 0) checkMember(r, 'G3Time', 1);
  return readInts(r, n, 64);
}

function mapOfF64s(r: BlobReader): ReadonlyMap<string, Float64Array> {
  return map(r, r.count(entryBytes), () => f64s(r));
}

function mapOfInts(r: BlobReader, version: number): ReadonlyMap<string, bigint> {
  const bits = readStoreBits(r, version);
  return map(r, r.count(entryBytes), () => readInts(r, 1, bits)[0]!);
}

function mapOfVectorsOfInts(r: BlobReader, version: number): ReadonlyMap<string, BigInt64Array> {
  const n = version < 2 ? r.count(entryBytes) : r.shortCount(entryBytes);
  return map(r, n, () => ints(r, version));
}

function mapOfObjects(objects: ObjectReader): ReadonlyMap<string, G3Object | null> {
  const { r } = objects;
  r.base();
  return map(r, r.shortCount(entryBytes), (key) => objects.nested(key));
}

/** Of keys that stand twice the first. */
function map<T>(r: BlobReader, n: number, read: (key: string) => T): ReadonlyMap<string, T> {
  r.limitEntries(n);
  const entries = new Map<string, T>();
  for (let i = 0; i < n; i++) {
    const key = r.name();
    const value = read(key);
    if (!entries.has(key)) entries.set(key, value);
  }
  return entries;
}

/** An object held by value: its version where its class is new, its base, its fields. */
function member<T>(r: BlobReader, name: string, newest: number, read: () => T): T {
  checkMember(r, name, newest);
  r.base();
  return read();
}

function checkMember(r: BlobReader, name: string, newest: number): void {
  const version = r.version(name);
  if (version > newest) throw r.damage('schema', `version ${version} of ${name} (${newest} is the newest known)`);
}
