import { describe, expect, it } from '@jest/globals';
import { bucketOf, type Buckets, type Column, fieldReducer, m4, minMax, type ReducedSamples } from '@sisock/core';
import fc from 'fast-check';
import { brokenValue, f64, reduction } from './arbitraries.js';

/** The definition, written down without regard to cost: row numbers that must be kept. */
function naive(method: 'm4' | 'minmax', b: Buckets, t: Float64Array, values: readonly (number | bigint)[]): number[] {
  const kept = new Set<number>();
  for (let k = 0; k < b.count; k++) {
    const rows = [...t.keys()].filter((i) => bucketOf(b, t[i]!) === k);
    const isFinite = (i: number) => typeof values[i] === 'bigint' || Number.isFinite(values[i]);
    const finite = rows.filter(isFinite);
    const broken = rows.find((i) => !isFinite(i));
    if (broken !== undefined) kept.add(broken);
    if (finite.length === 0) continue;
    if (method === 'm4') kept.add(finite[0]!).add(finite.at(-1)!);
    kept.add(finite.reduce((a, i) => (values[i]! < values[a]! ? i : a)));
    kept.add(finite.reduce((a, i) => (values[i]! > values[a]! ? i : a)));
  }
  return [...kept].sort((a, b) => a - b);
}

function pairs(reduced: ReducedSamples | null): unknown[] {
  return reduced === null ? [] : [...reduced.t].map((t, i) => [t, reduced.column.v[i]]);
}

function inPieces(method: 'm4' | 'minmax', b: Buckets, t: Float64Array, column: Column, cuts: number[]) {
  const reducer = fieldReducer(b, method);
  for (let i = 0; i + 1 < cuts.length; i++) {
    const v = column.v.slice(cuts[i], cuts[i + 1]);
    reducer.push(t.slice(cuts[i], cuts[i + 1]), { kind: column.kind, v } as Column);
  }
  return reducer.finish() as ReducedSamples | null;
}

describe.each([
  ['m4', m4],
  ['minmax', minMax],
] as const)('%s', (method, reduce) => {
  it('keeps of each bucket what the definition names, of numbers that may not be finite', () => {
    fc.assert(
      fc.property(reduction(brokenValue), ({ t, values, buckets }) => {
        const expected = naive(method, buckets, t, values).map((i) => [t[i], values[i]]);
        expect(pairs(reduce(buckets, t, f64(values)))).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  it('keeps of each bucket what the definition names, of 64-bit integers', () => {
    const big = fc.oneof(fc.bigInt({ min: -3n, max: 3n }), fc.bigInt({ min: 2n ** 62n, max: 2n ** 62n + 3n }));
    fc.assert(
      fc.property(reduction(big), ({ t, values, buckets }) => {
        const expected = naive(method, buckets, t, values).map((i) => [t[i], values[i]]);
        expect(pairs(reduce(buckets, t, { kind: 'i64', v: BigInt64Array.from(values) }))).toEqual(expected);
      }),
    );
  });

  it('gives the same whatever pieces the rows come in', () => {
    fc.assert(
      fc.property(reduction(brokenValue), ({ t, values, buckets, cuts }) => {
        const whole = reduce(buckets, t, f64(values));
        const pieces = inPieces(method, buckets, t, f64(values), cuts);
        expect(pairs(pieces)).toEqual(pairs(whole));
        expect(pieces?.from).toEqual(whole?.from);
      }),
      { numRuns: 300 },
    );
  });

  it('picks across a change from doubles to integers and back as if all were doubles', () => {
    fc.assert(
      fc.property(reduction(fc.integer({ min: -3, max: 3 })), ({ t, values, buckets, cuts }) => {
        const reducer = fieldReducer(buckets, method);
        cuts.slice(1).forEach((to, i) => {
          const own = values.slice(cuts[i], to);
          const column: Column = i % 2 === 0 ? f64(own) : { kind: 'i64', v: BigInt64Array.from(own, BigInt) };
          reducer.push(t.slice(cuts[i], to), column);
        });
        const mixed = reducer.finish() as ReducedSamples | null;
        const expected = naive(method, buckets, t, values).map((i) => [t[i], values[i]]);
        const given = mixed === null ? [] : [...mixed.t].map((time, i) => [time, Number(mixed.column.v[i])]);
        expect(given).toEqual(expected);
        expect(mixed?.from).toEqual(reduce(buckets, t, f64(values))?.from);
      }),
      { numRuns: 300 },
    );
  });

  it('is bounded by the buckets and counts the rows behind it', () => {
    const t = Float64Array.from({ length: 10_000 }, (_, i) => i / 10);
    const column = f64(Array.from(t, (x, i) => (i % 100 === 50 ? NaN : Math.sin(x) * (i % 13))));
    const reduced = reduce({ start: 100, width: 10, count: 20 }, t, column)!;
    expect(reduced.t.length).toBeLessThanOrEqual(20 * (method === 'm4' ? 5 : 3));
    expect(reduced.from).toBe(2000);
  });

  it('is null where no row is in the buckets', () => {
    expect(reduce({ start: 100, width: 1, count: 5 }, Float64Array.of(1, 2), f64([1, 2]))).toBeNull();
  });
});

describe('a field reducer with a method of samples', () => {
  const b = { start: 0, width: 10, count: 10 };

  it('gives state changes of strings and bools whatever method is asked', () => {
    const reducer = fieldReducer(b, 'm4');
    reducer.push(Float64Array.of(1, 2, 3), { kind: 'str', v: ['a', 'a', 'b'] });
    expect(reducer.finish()).toMatchObject({ method: 'changes', column: { kind: 'str', v: ['a', 'b'] }, from: 3 });
  });

  it('reduces a field that changes its kind by parts, in the wider kind', () => {
    const reducer = fieldReducer(b, 'm4');
    reducer.push(Float64Array.of(1, 2), { kind: 'i64', v: BigInt64Array.of(1n, 5n) });
    reducer.push(Float64Array.of(3, 4), f64([0.5, 2]));
    const numbers = reducer.finish() as ReducedSamples;
    expect([...numbers.t]).toEqual([1, 2, 3, 4]);
    expect(numbers.column).toEqual(f64([1, 5, 0.5, 2]));

    const mixed = fieldReducer(b, 'm4');
    mixed.push(Float64Array.of(1, 2), f64([1.5, 2.5]));
    mixed.push(Float64Array.of(3, 4), { kind: 'str', v: ['on', 'on'] });
    expect(mixed.finish()).toMatchObject({
      method: 'm4',
      column: { kind: 'str', v: ['1.5', '2.5', 'on', 'on'] },
      from: 4,
    });
  });
});
