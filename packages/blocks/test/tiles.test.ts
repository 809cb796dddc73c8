import { describe, expect, it } from '@jest/globals';
import {
  emptyTile,
  joinTiles,
  levelStep,
  type Tile,
  type TileKey,
  tileIndex,
  tileMaker,
  tileRange,
} from '@sisock/blocks';
import {
  type Batch,
  bucketEdge,
  type BucketStats,
  reduceBatches,
  type ReducedField,
  type ReducedSamples,
  type ReduceQuery,
  type Stat,
  valueAt,
} from '@sisock/core';
import { batchOf } from '@sisock/testkit';
import fc from 'fast-check';
import { fieldAnswer } from '../src/field-answer.js';
import { field, histories, rowsOf } from './arbitraries.js';

const base = -1;
const allStats: readonly Stat[] = ['count', 'min', 'max', 'first', 'last', 'mean'];

/** A tile of any level, by way of all finer ones. */
function tileOf(batches: readonly Batch[], key: TileKey): Tile {
  if (key.level === base) {
    const maker = tileMaker(key);
    for (const { t, columns } of batches) maker.push(t, columns.get(field)!);
    return maker.finish();
  }
  const finer = [0, 1, 2, 3].map((k) => ({ level: key.level - levelStep, index: 4 * key.index + k }));
  return joinTiles(
    key,
    finer.map((one) => tileOf(batches, one)),
  );
}

/** The answer to a query out of tiles of one level alone. */
function fromTiles(batches: readonly Batch[], query: ReduceQuery, level: number): ReducedField | null {
  const end = bucketEdge(query, query.count);
  const answer = fieldAnswer(query, 2 ** level, end);
  for (let index = tileIndex(level, query.start); tileRange({ level, index }).start < end; index++) {
    if (!answer.tile({ level, index }, tileOf(batches, { level, index }))) return null;
  }
  return answer.finish();
}

function direct(batches: readonly Batch[], query: ReduceQuery): ReducedField | null {
  return reduceBatches(query, batches).get(field) ?? null;
}

const levels = fc.constantFrom(base, base + 2, base + 4);

/** Buckets whose edges are edges of stored ones. */
const aligned = levels.chain((level) =>
  fc
    .record({
      first: fc.integer({ min: 100, max: 2200 }),
      wide: fc.constantFrom(1, 2, 3, 8, 50),
      count: fc.integer({ min: 1, max: 60 }),
    })
    .map(({ first, wide, count }) => ({
      level,
      buckets: { start: Math.floor((first * 2) / 2 ** level) * 2 ** level, width: wide * 2 ** level, count },
    })),
);

function expectSamples(got: ReducedField | null, expected: ReducedField | null): void {
  if (expected === null) return void expect(got).toBeNull();
  const [a, b] = [got, expected] as [ReducedSamples, ReducedSamples];
  expect({ ...a, t: [...a.t], column: { ...a.column, v: [...a.column.v] } }).toMatchObject({
    ...b,
    t: [...b.t],
    column: { kind: b.column.kind, v: [...b.column.v] },
  });
}

describe('tiles', () => {
  it.each(['m4', 'minmax', 'changes'] as const)(
    'give what all rows give where buckets are made up of stored ones: %s',
    (want) => {
      fc.assert(
        fc.property(histories, aligned, (batches, { level, buckets }) => {
          const query: ReduceQuery = { timeline: 'line', fields: [field], ...buckets, want };
          const got = fromTiles(batches, query, level);
          // Of numbers a tile does not hold each change.
          if (want === 'changes' && got === null) return;
          expectSamples(got, direct(batches, query));
        }),
        { numRuns: 200 },
      );
    },
  );

  it('keep a run of states whole that goes on in a stored bucket into which no number fell', () => {
    const batches = [
      batchOf([1034], { [field]: ['idle'] }),
      batchOf([1035, 1065, 1143], { [field]: [false, false, false] }),
      batchOf([1148], { [field]: [NaN] }),
      batchOf([1151, 1151.5, 1152], { [field]: ['idle', 'idle', 'idle'] }),
    ];
    const query = { timeline: 'line', fields: [field], start: 200, width: 100, count: 10, want: 'minmax' } as const;
    const got = fromTiles(batches, query, base + levelStep);
    expectSamples(got, direct(batches, query));
    expect([...(got as ReducedSamples).t]).toEqual([1034, 1035, 1143, 1148, 1151, 1152]);
  });

  it('of a time without a sample is the one empty tile', () => {
    const maker = tileMaker({ level: base, index: 0 });
    maker.push(Float64Array.of(1034), { kind: 'f64', v: Float64Array.of(1) });
    expect(maker.finish()).toBe(emptyTile);
  });

  it('hold as many changes of a state as a reduction keeps, whether a bucket begins with one or not', () => {
    const t = [1024, ...Array.from({ length: 30 }, (_, i) => 1024.5 + i / 64)];
    const states = ['a', ...Array.from({ length: 30 }, (_, i) => (i % 2 === 0 ? 'a' : 'b'))];
    const batches = [batchOf(t, { [field]: states })];
    const query = { timeline: 'line', fields: [field], start: 1024, width: 0.5, count: 2, want: 'changes' } as const;
    expectSamples(fromTiles(batches, query, base), direct(batches, query));
  });

  it('give the same statistics', () => {
    fc.assert(
      fc.property(histories, aligned, (batches, { level, buckets }) => {
        const query: ReduceQuery = { timeline: 'line', fields: [field], ...buckets, want: allStats };
        const expected = direct(batches, query) as BucketStats | null;
        const got = fromTiles(batches, query, level) as BucketStats | null;
        if (expected === null) return void expect(got).toBeNull();
        expect([...got!.count!]).toEqual([...expected.count!]);
        for (const stat of ['min', 'max', 'first', 'last'] as const) {
          expect([[...got![stat]!.t], [...got![stat]!.v]]).toEqual([[...expected[stat]!.t], [...expected[stat]!.v]]);
        }
        expected.mean!.forEach((mean, k) => {
          const other = got!.mean![k]!;
          if (Number.isFinite(mean)) expect(Math.abs(other - mean)).toBeLessThanOrEqual(1e-9 * magnitude(batches));
          else expect(other).toBe(mean);
        });
      }),
      { numRuns: 200 },
    );
  });

  const anyBuckets = fc.record({
    start: fc.double({ min: 900, max: 4000, noNaN: true }),
    width: fc.double({ min: 30, max: 400, noNaN: true }),
    count: fc.integer({ min: 1, max: 40 }),
  });

  it.each(['m4', 'minmax'] as const)(
    'give real samples, and each extreme that lies in whole stored buckets: %s',
    (want) => {
      fc.assert(
        fc.property(histories, anyBuckets, (batches, buckets) => {
          const level = base + 4;
          const query: ReduceQuery = { timeline: 'line', fields: [field], ...buckets, want };
          const got = fromTiles(batches, query, level) as ReducedSamples | null;
          const real = new Set([...rowsOf(batches)].map(([t, column, i]) => `${t} ${String(valueAt(column, i))}`));
          const end = bucketEdge(buckets, buckets.count);
          got?.t.forEach((t, i) => {
            expect(t >= buckets.start && t < end).toBe(true);
            if (batches.every(({ columns }) => columns.get(field)!.kind === got.column.kind)) {
              expect(real).toContain(`${t} ${String(valueAt(got.column, i))}`);
            }
          });
          for (let k = 0; k < buckets.count; k++) {
            const whole = wholeBuckets(bucketEdge(buckets, k), bucketEdge(buckets, k + 1), 2 ** level);
            const inside = finiteRows(batches, whole);
            if (inside.length === 0 || got === null) continue;
            const kept = finiteSamples(got, bucketEdge(buckets, k), bucketEdge(buckets, k + 1));
            expect(Math.min(...kept)).toBeLessThanOrEqual(Math.min(...inside));
            expect(Math.max(...kept)).toBeGreaterThanOrEqual(Math.max(...inside));
          }
        }),
        { numRuns: 200 },
      );
    },
  );

  it('keep the first and the last sample of a range, up to the stored bucket that it begins or ends in', () => {
    fc.assert(
      fc.property(histories, anyBuckets, (batches, buckets) => {
        const level = base + 4;
        const query: ReduceQuery = { timeline: 'line', fields: [field], ...buckets, want: 'm4' };
        const got = fromTiles(batches, query, level) as ReducedSamples | null;
        const whole = wholeBuckets(buckets.start, bucketEdge(buckets, buckets.count), 2 ** level);
        const times = [...rowsOf(batches)]
          .filter(([t, column, i]) => t >= whole.start && t < whole.end && isShown(column.v[i]!))
          .map(([t]) => t);
        if (times.length === 0) return;
        expect(got!.t[0]).toBeLessThanOrEqual(times[0]!);
        expect(got!.t.at(-1)).toBeGreaterThanOrEqual(times.at(-1)!);
      }),
      { numRuns: 200 },
    );
  });
});

/** States, and numbers that are drawn. */
function isShown(value: unknown): boolean {
  return typeof value !== 'number' || Number.isFinite(value);
}

function wholeBuckets(start: number, end: number, width: number) {
  return { start: Math.ceil(start / width) * width, end: Math.floor(end / width) * width };
}

function finiteRows(batches: readonly Batch[], { start, end }: { start: number; end: number }): number[] {
  return [...rowsOf(batches)]
    .filter(([t, { kind }]) => t >= start && t < end && (kind === 'f64' || kind === 'i64'))
    .map(([, column, i]) => Number(column.v[i]))
    .filter(Number.isFinite);
}

function finiteSamples({ t, column }: ReducedSamples, start: number, end: number): number[] {
  return [...t.keys()]
    .filter((i) => t[i]! >= start && t[i]! < end)
    .map((i) => Number(column.v[i]))
    .filter(Number.isFinite);
}

function magnitude(batches: readonly Batch[]): number {
  let most = 1;
  for (const [, column, i] of rowsOf(batches)) {
    const value = Math.abs(Number(column.v[i]));
    if (Number.isFinite(value)) most = Math.max(most, value);
  }
  return most;
}
