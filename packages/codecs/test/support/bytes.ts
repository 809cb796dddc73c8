import { crc32c } from '@sisock/codecs/g3';

/** Builds archives and frames byte by byte, in either byte order: what no writer at hand does. */
export class Bytes {
  readonly little: boolean;
  readonly #out: number[] = [];
  readonly #versions = new Set<string>();
  readonly #names = new Map<string, number>();
  #objects = 0;

  constructor(little: boolean) {
    this.little = little;
  }

  u8(x: number): this {
    this.#out.push(x);
    return this;
  }

  u32(x: number): this {
    return this.#number(4, (v) => v.setUint32(0, x, this.little));
  }

  u64(x: number | bigint): this {
    return this.#number(8, (v) => v.setBigUint64(0, BigInt(x), this.little));
  }

  i64(x: bigint): this {
    return this.#number(8, (v) => v.setBigInt64(0, x, this.little));
  }

  int(x: bigint, bits: number): this {
    return this.#number(8, (v) => v.setBigInt64(0, this.little ? x : x << BigInt(64 - bits), this.little), bits / 8);
  }

  f64(...xs: number[]): this {
    for (const x of xs) this.#number(8, (v) => v.setFloat64(0, x, this.little));
    return this;
  }

  raw(bytes: Iterable<number>): this {
    for (const byte of bytes) this.#out.push(byte);
    return this;
  }

  blob(bytes: Uint8Array): this {
    return this.u64(bytes.length).raw(bytes);
  }

  string(text: string): this {
    return this.blob(new TextEncoder().encode(text));
  }

  /** A class's version where it is met for the first time. */
  version(name: string, version: number): this {
    if (this.#versions.has(name)) return this;
    this.#versions.add(name);
    return this.u32(version);
  }

  base(): this {
    return this.version('G3FrameObject', 1);
  }

  /** A pointer to a new object of a class, and what stands in it behind its version. */
  object(name: string, version: number, fields: (b: Bytes) => unknown): this {
    const known = this.#names.get(name);
    if (known === undefined) {
      this.#names.set(name, this.#names.size + 1);
      this.u32(0x8000_0000 + this.#names.size).string(name);
    } else {
      this.u32(known);
    }
    this.u32(0x8000_0000 + ++this.#objects).version(name, version);
    fields(this);
    return this;
  }

  done(): Uint8Array {
    return Uint8Array.from(this.#out);
  }

  #number(width: number, write: (view: DataView) => void, use = width): this {
    const bytes = new Uint8Array(width);
    write(new DataView(bytes.buffer));
    return this.raw(bytes.subarray(0, use));
  }
}

/** An archive of one object. */
export function archive(little: boolean, name: string, version: number, fields: (b: Bytes) => unknown): Uint8Array {
  return new Bytes(little)
    .u8(little ? 1 : 0)
    .object(name, version, fields)
    .done();
}

const letters = (type: string) => [...type].reduce((code, c) => code * 256 + c.charCodeAt(0), 0);

export function frame(
  little: boolean,
  type: string,
  entries: readonly (readonly [string, Uint8Array])[],
  { version = 1, crc }: { readonly version?: number; readonly crc?: number } = {},
): Uint8Array {
  const b = new Bytes(little)
    .u8(little ? 1 : 0)
    .u32(version)
    .u32(entries.length)
    .u32(letters(type));
  let sum = 0;
  for (const [key, value] of entries) {
    b.string(key).blob(value);
    sum = crc32c(value, crc32c(new TextEncoder().encode(key), sum));
  }
  return b.u32(crc ?? sum).done();
}

export const int = (little: boolean, x: bigint) => archive(little, 'G3Int', 1, (b) => b.base().i64(x));
export const text = (little: boolean, x: string) => archive(little, 'G3String', 1, (b) => b.base().string(x));
export const texts = (little: boolean, xs: readonly string[]) =>
  archive(little, 'G3VectorString', 1, (b) => {
    b.base().u64(xs.length);
    for (const x of xs) b.string(x);
  });
export const doubles = (little: boolean, xs: readonly number[]) =>
  archive(little, 'G3VectorDouble', 1, (b) =>
    b
      .base()
      .u64(xs.length)
      .f64(...xs),
  );
export const ints = (little: boolean, xs: readonly bigint[], bits: number) =>
  archive(little, 'G3VectorInt', 2, (b) => {
    b.base().u32(bits).u64(xs.length);
    for (const x of xs) b.int(x, bits);
  });
export const bools = (little: boolean, xs: readonly boolean[]) =>
  archive(little, 'G3VectorBool', 1, (b) => b.base().u64(xs.length).raw(xs.map(Number)));

/** Elements of a vector of objects. */
export const objects = (little: boolean, n: number, write: (b: Bytes) => unknown) =>
  archive(little, 'G3VectorFrameObject', 1, (b) => write(b.base().u64(n)));

export type Fields = readonly (readonly [string, Uint8Array])[];

/** A G3TimesampleMap as the next object. */
export function timesampleMap(b: Bytes, ticks: readonly bigint[], fields: Fields): Bytes {
  return b.object('G3TimesampleMap', 0, () => {
    b.version('G3MapFrameObject', 1).base().u32(fields.length);
    for (const [name, value] of fields) b.string(name).blob(value);
    b.version('G3VectorTime', 1).base().u64(ticks.length);
    if (ticks.length > 0) b.version('G3Time', 1);
    for (const tick of ticks) b.i64(tick);
  });
}

/** Frames of version 2, as so3g writes them. */
export const hk = {
  session: (little: boolean, id: bigint) =>
    frame(little, 'H', [
      ['hkagg_type', int(little, 0n)],
      ['hkagg_version', int(little, 2n)],
      ['session_id', int(little, id)],
      ['description', text(little, 'a session')],
    ]),
  status: (little: boolean, id: bigint, providers: readonly (readonly [bigint, string])[]) =>
    frame(little, 'H', [
      ['hkagg_type', int(little, 1n)],
      ['hkagg_version', int(little, 2n)],
      ['session_id', int(little, id)],
      [
        'providers',
        objects(little, providers.length, (b) => {
          for (const [provider, description] of providers) {
            b.object('G3MapFrameObject', 1, () => {
              b.base().u32(2);
              b.string('description').blob(text(little, description));
              b.string('prov_id').blob(int(little, provider));
            });
          }
        }),
      ],
    ]),
  data: (
    little: boolean,
    id: bigint,
    provider: bigint,
    names: readonly string[],
    blocks: Uint8Array,
    more: Fields = [],
  ) =>
    frame(little, 'H', [
      ['blocks', blocks],
      ['hkagg_type', int(little, 2n)],
      ['hkagg_version', int(little, 2n)],
      ['prov_id', int(little, provider)],
      ['session_id', int(little, id)],
      ['block_names', texts(little, names)],
      ...more,
    ]),
};

export function join(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** A small file of all kinds of columns. */
export function smallFile(little: boolean): Uint8Array {
  const ticks = [157783700000000000n, 157783700010000001n, 157783700020000002n];
  const block = objects(little, 1, (b) =>
    timesampleMap(b, ticks, [
      ['flag', bools(little, [true, false, true])],
      ['mode', texts(little, ['on', 'äh', ''])],
      ['n', ints(little, [-(2n ** 63n), 2n ** 53n + 1n, -1n], 64)],
      ['x.y', doubles(little, [0.1, NaN, -0])],
    ]),
  );
  return join([
    hk.session(little, 2n ** 60n + 1n),
    hk.status(little, 2n ** 60n + 1n, [
      [0n, 'obs.a.feeds.f'],
      [1n, 'obs.b.feeds.f'],
    ]),
    hk.data(little, 2n ** 60n + 1n, 0n, ['one'], block),
    hk.status(little, 2n ** 60n + 1n, [[2n, 'obs.c.feeds.f']]),
    hk.data(little, 2n ** 60n + 1n, 2n, ['one'], block, [['address', text(little, 'obs.c.feeds.f')]]),
  ]);
}
