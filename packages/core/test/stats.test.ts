import { describe, expect, it } from '@jest/globals';
import { bucketOf, type Buckets, bucketStats, type BucketStats, fieldReducer, type Stat } from '@sisock/core';
import fc from 'fast-check';
import { brokenValue, f64, reduction } from './arbitraries.js';

const all: readonly Stat[] = ['count', 'min', 'max', 'first', 'last', 'mean'];

function naive(b: Buckets, t: Float64Array, values: readonly number[], k: number) {
  const rows = [...t.keys()].filter((i) => bucketOf(b, t[i]!) === k);
  const finite = rows.filter((i) => Number.isFinite(values[i]));
  const sample = (i: number | undefined) => (i === undefined ? [NaN, NaN] : [t[i], values[i]]);
  const best = (better: (a: number, b: number) => boolean) =>
    finite.reduce<number | undefined>((a, i) => (a === undefined || better(values[i]!, values[a]!) ? i : a), undefined);
  return {
    count: rows.length,
    first: sample(finite[0]),
    last: sample(finite.at(-1)),
    min: sample(best((x, y) => x < y)),
    max: sample(best((x, y) => x > y)),
  };
}

function bucket(stats: BucketStats, k: number) {
  const sample = (stat: 'min' | 'max' | 'first' | 'last') => [stats[stat]!.t[k], stats[stat]!.v[k]];
  return {
    count: stats.count![k],
    first: sample('first'),
    last: sample('last'),
    min: sample('min'),
    max: sample('max'),
  };
}

describe('statistics of buckets', () => {
  it('are those of the finite values, each with the time of its own sample', () => {
    fc.assert(
      fc.property(reduction(brokenValue), ({ t, values, buckets: b }) => {
        const stats = bucketStats(b, t, f64(values), all);
        const expected = Array.from({ length: b.count }, (_, k) => naive(b, t, values, k));
        if (stats === null) expect(expected.every(({ count }) => count === 0)).toBe(true);
        else expect(expected.map((_, k) => bucket(stats, k))).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });

  it('are the same whatever pieces the rows come in', () => {
    const value = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constant(NaN));
    fc.assert(
      fc.property(reduction(value), ({ t, values, buckets: b, cuts }) => {
        const reducer = fieldReducer(b, all);
        for (let i = 0; i + 1 < cuts.length; i++) {
          reducer.push(t.slice(cuts[i], cuts[i + 1]), f64(values.slice(cuts[i], cuts[i + 1])));
        }
        expect(reducer.finish()).toEqual(bucketStats(b, t, f64(values), all));
      }),
    );
  });

  it('have a mean of the finite values', () => {
    const t = Float64Array.of(0, 1, 2, 10, 20);
    const stats = bucketStats({ start: 0, width: 10, count: 4 }, t, f64([1, NaN, 4, Infinity, 7]), ['mean'])!;
    expect([...stats.mean!]).toEqual([2.5, NaN, 7, NaN]);
    expect(Object.keys(stats)).toEqual(['kind', 'mean']);
  });

  it('take bools for 0 and 1, round 64-bit integers, and only count strings', () => {
    const t = Float64Array.of(1, 2);
    const b = { start: 0, width: 10, count: 1 };
    const bools = bucketStats(b, t, { kind: 'bool', v: Uint8Array.of(0, 1) }, ['mean', 'max'])!;
    expect([bools.mean![0], bools.max!.v[0], bools.max!.t[0]]).toEqual([0.5, 1, 2]);
    const integers = bucketStats(b, t, { kind: 'i64', v: BigInt64Array.of(-3n, 2n ** 60n) }, ['min', 'max'])!;
    expect([integers.min!.v[0], integers.max!.v[0]]).toEqual([-3, 2 ** 60]);
    const strings = bucketStats(b, t, { kind: 'str', v: ['a', 'b'] }, ['count', 'first', 'mean'])!;
    expect([strings.count![0], strings.first!.v[0], strings.mean![0]]).toEqual([2, NaN, NaN]);
  });

  it('are null where no row is in the buckets', () => {
    expect(bucketStats({ start: 5, width: 1, count: 2 }, Float64Array.of(1, 9), f64([1, 2]), all)).toBeNull();
  });
});
