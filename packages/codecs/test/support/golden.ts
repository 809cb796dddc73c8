import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { G3Object, G3Value } from '@sisock/codecs/g3';

/** What so3g 0.2.9 made of a file, or of several in this order. */
export interface Golden {
  readonly files: readonly { readonly file: string; readonly frames: readonly GoldenFrame[] }[];
  readonly field_groups: readonly {
    readonly provider: string;
    readonly fields: readonly string[];
    readonly index: readonly {
      readonly filename: string;
      readonly byte_offset: number;
      readonly block_index: number;
      readonly count: number;
      readonly time_range: readonly [number, number];
    }[];
  }[];
  readonly get_data_all: GoldenData;
  readonly queries?: readonly {
    readonly field: readonly string[];
    readonly start: number | null;
    readonly end: number | null;
    readonly short_match: boolean;
    readonly result: GoldenData | { readonly error: string };
  }[];
}

export interface GoldenFrame {
  readonly offset: number;
  readonly type: string;
  readonly keys: Readonly<Record<string, { readonly type: string; readonly value?: unknown }>>;
}

export interface GoldenData {
  readonly data: Readonly<Record<string, GoldenArray>>;
  readonly timelines: Readonly<
    Record<
      string,
      { readonly t: GoldenArray; readonly fields: readonly string[]; readonly finalized_until: number | null }
    >
  >;
}

/** `values`, or their hash where they are many. */
export interface GoldenArray {
  readonly type: string;
  readonly n: number;
  readonly values?: readonly unknown[];
  readonly sha256?: string;
}

const fixtures = new URL('../fixtures/', import.meta.url);

export function fixture(name: string): Uint8Array {
  return new Uint8Array(gunzipSync(readFileSync(new URL(`${name}.gz`, fixtures))));
}

export function golden(name: string): Golden {
  return JSON.parse(new TextDecoder().decode(fixture(name))) as Golden;
}

/** Names of the goldens in a folder of the fixtures. */
export function goldensIn(folder: string): string[] {
  return readdirSync(new URL(`${folder}/`, fixtures))
    .filter((name) => name.endsWith('.golden.json.gz'))
    .map((name) => `${folder}/${name.slice(0, -'.gz'.length)}`)
    .sort();
}

/** A number as the goldens write it. */
export function goldenNumber(x: number | bigint): unknown {
  if (typeof x === 'bigint') return x >= -(2n ** 53n) + 1n && x < 2n ** 53n ? Number(x) : String(x);
  return Number.isFinite(x) ? x : String(x);
}

/** An object as the goldens write it. Detector classes are told by name only. */
export function goldenObject(object: G3Object | null): unknown {
  if (object === null) return null;
  if (!('value' in object)) return { type: object.class };
  return { type: object.class, value: goldenValue(object.class, object.value) };
}

function goldenValue(name: string, value: G3Value | G3Object | null): unknown {
  if (value === null || (typeof value === 'object' && 'class' in value)) return goldenObject(value);
  if (typeof value === 'bigint') return name === 'G3Time' ? String(value) : goldenNumber(value);
  if (typeof value === 'number') return goldenNumber(value);
  if (typeof value !== 'object') return value;
  if (value instanceof Map) {
    const named = [...(value as ReadonlyMap<string, G3Value | G3Object | null>)];
    return Object.fromEntries(named.map(([key, v]) => [key, goldenValue(key === 'times' ? 'G3Time' : name, v)]));
  }
  const items = [...(value as Iterable<G3Object | null | string | number | bigint>)];
  if (name.includes('Bool')) return items.map((x) => x === 1);
  if (name.includes('Time')) return items.map(String);
  if (name === 'G3VectorComplexDouble') {
    return items.flatMap((x, i) => (i % 2 === 0 ? [[x, items[i + 1]]] : []));
  }
  return items.map((x) => {
    if (typeof x === 'number' || typeof x === 'bigint') return goldenNumber(x);
    return typeof x === 'string' ? x : goldenObject(x);
  });
}

/** Values as a golden has them: the values, or their hash. */
export function goldenArray(like: GoldenArray, values: readonly (number | bigint | string | boolean)[]): GoldenArray {
  const { type } = like;
  const n = values.length;
  if (like.sha256 === undefined) {
    const shown = values.map((x) => (typeof x === 'number' || typeof x === 'bigint' ? goldenNumber(x) : x));
    return { type, n, values: shown };
  }
  return { type, n, sha256: createHash('sha256').update(rawBytes(type, values)).digest('hex') };
}

function rawBytes(type: string, values: readonly unknown[]): Uint8Array {
  if (type === 'float64') return new Uint8Array(Float64Array.from(values as number[]).buffer);
  if (type === 'int64') return new Uint8Array(BigInt64Array.from(values as bigint[]).buffer);
  if (type === 'bool') return Uint8Array.from(values as boolean[], Number);
  return new TextEncoder().encode(values.join('\n'));
}
