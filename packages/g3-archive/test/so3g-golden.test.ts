import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
import { allTime, collect, type Column } from '@sisock/core';
import { ArchiveBench } from './support/archive-bench.js';

const fixtures = join(import.meta.dirname, '../../codecs/test/fixtures');

interface GoldenArray {
  readonly type: 'float64' | 'int64' | 'bool' | 'string';
  readonly n: number;
  readonly values?: readonly unknown[];
  readonly head?: readonly unknown[];
  readonly tail?: readonly unknown[];
  readonly sha256?: string;
}

interface Query {
  readonly field: readonly string[];
  readonly start: number | null;
  readonly end: number | null;
  readonly short_match: boolean;
  readonly result: {
    readonly error?: string;
    readonly data?: Readonly<Record<string, GoldenArray>>;
    readonly timelines?: Readonly<Record<string, { readonly t: GoldenArray; readonly fields: readonly string[] }>>;
  };
}

interface Golden {
  readonly files?: readonly { readonly file: string }[];
  readonly queries: readonly Query[];
}

const unpacked = (name: string): Buffer => gunzipSync(readFileSync(join(fixtures, `${name}.gz`)));
const kinds = { float64: 'f64', int64: 'i64', bool: 'bool', string: 'str' } as const;

/** A value as goldens have it. */
function plain(value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  return value;
}

function plainColumn(column: Column): unknown[] {
  if (column.kind === 'bool') return Array.from(column.v, (one) => one === 1);
  return Array.from(column.v as ArrayLike<unknown>, plain);
}

function digest(column: Column): string {
  const hash = createHash('sha256');
  if (column.kind === 'str') return hash.update(column.v.join('\n')).digest('hex');
  const { buffer, byteOffset, byteLength } = column.v;
  return hash.update(new Uint8Array(buffer, byteOffset, byteLength)).digest('hex');
}

function expectArray(column: Column | undefined, golden: GoldenArray): void {
  if (golden.n === 0) {
    expect(column?.v.length ?? 0).toBe(0);
    return;
  }
  expect(column?.v).toHaveLength(golden.n);
  expect(column!.kind).toBe(kinds[golden.type]);
  const values = plainColumn(column!);
  if (golden.values) expect(values).toEqual(golden.values);
  else {
    expect(values.slice(0, golden.head!.length)).toEqual(golden.head);
    expect(values.slice(-golden.tail!.length)).toEqual(golden.tail);
    expect(digest(column!)).toBe(golden.sha256);
  }
}

/** Fields of which so3g changes the values: it casts all to the kind of the first block. Compared by their times alone. */
const cast = new Set(['obs.tc.feeds.f.v']);

const sets = ['tiny/v0_irreg', 'tiny/v0_prefix_noversion', 'tiny/v1_timesample', 'tiny/v2_basic', 'tiny/v2_ints', 'tiny/v2_multi', 'tiny/v2_typechange', 'medium/hour_v0', 'medium/hour_v1', 'medium/hour_v2', 'days/days', 'ocs/ocs']; // prettier-ignore

describe('what the reader gives beside so3g', () => {
  let bench: ArchiveBench;
  afterEach(() => bench.close());

  it.each(sets)('%s', async (set) => {
    bench = await ArchiveBench.make();
    const whole = !/^(tiny|medium)/.test(set);
    const name = whole ? `${set}.golden.json` : `${set}.g3.golden.json`;
    const golden = JSON.parse(String(unpacked(name))) as Golden;
    const paths = whole ? golden.files!.map(({ file }) => join(dirname(set), file)) : [`${set}.g3`];
    for (const path of paths) {
      mkdirSync(dirname(bench.hk.path(path)), { recursive: true });
      writeFileSync(bench.hk.path(path), unpacked(path));
      await bench.hk.scan(path);
    }
    const catalog = await bench.reader.catalog(allTime);
    let compared = 0;
    for (const { field, start, end, short_match, result } of golden.queries) {
      const range = { start: start ?? -Infinity, end: end ?? Infinity };
      for (const asked of new Set(field)) {
        const full = bench.reader.fullName(asked);
        const timeline = full === null ? undefined : catalog.fields.get(full)?.timeline;
        if (result.error !== undefined || timeline === undefined) {
          expect([asked, full, result.data?.[asked]]).toEqual([asked, null, undefined]);
          continue;
        }
        const query = { timeline, fields: [asked], range };
        const { batches } = await collect(bench.reader, query, { maxRows: 1e6 });
        const group = Object.values(result.timelines!).find(({ fields }) => fields.includes(asked));
        if (!group) {
          // so3g knows exact names only, where it is not told to match short ones.
          if (short_match || full === asked) expect(batches).toEqual([]);
          continue;
        }
        compared++;
        if (cast.has(full!)) {
          expect(batches.flatMap(({ t }) => [...t])).toEqual(group.t.values);
          continue;
        }
        expect(batches.length).toBeLessThanOrEqual(1);
        const t: Column | undefined = batches[0] && { kind: 'f64', v: batches[0].t };
        expectArray(t, group.t);
        expectArray(batches[0]?.columns.get(asked), result.data![asked]!);
      }
    }
    expect(compared).toBeGreaterThan(0);
  });
});
