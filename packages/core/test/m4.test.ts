import { describe, expect, it } from '@jest/globals';
import {
  bucketOf,
  type Buckets,
  type Column,
  extremesReducer,
  fieldReducer,
  m4,
  minMax,
  type ReducedSamples,
} from '@sisock/core';
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
    const min = finite.reduce((a, i) => (values[i]! < values[a]! ? i : a));
    const max = finite.reduce((a, i) => (values[i]! > values[a]! ? i : a));
    const [earlier, later] = min < max ? [min, max] : [max, min];
    kept.add(later).add(finite.findLast((i) => i <= later && values[i] === values[earlier])!);
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

  it('gives the same of a bucket that goes on over many pieces, small and large', () => {
    const sizes = fc.array(fc.constantFrom(1, 7, 60, 150), { minLength: 1, maxLength: 12 });
    const value = fc.oneof(fc.integer({ min: -2, max: 2 }), fc.constant(NaN));
    fc.assert(
      fc.property(sizes, fc.array(value, { minLength: 50, maxLength: 50 }), (pieces, some) => {
        const cuts = pieces.reduce((all, size) => [...all, all.at(-1)! + size], [0]);
        const t = Float64Array.from({ length: cuts.at(-1)! }, (_, i) => i);
        const values = Array.from(t, (_, i) => some[(i * 7 + Math.floor(i / 50)) % 50]!);
        const wide = { start: 0, width: 1000, count: 2 };
        const expected = naive(method, wide, t, values).map((i) => [t[i], values[i]]);
        expect(pairs(inPieces(method, wide, t, f64(values), cuts))).toEqual(expected);
      }),
    );
  });

  it('gives the same of what is stored of narrower buckets', () => {
    const value = fc.oneof({ weight: 9, arbitrary: fc.integer({ min: -2, max: 2 }) }, fc.constant(NaN));
    const values = fc.array(value, { minLength: 1, maxLength: 150 });
    fc.assert(
      fc.property(values, fc.constantFrom(3, 5, 12), fc.integer({ min: 1, max: 6 }), (rows, narrow, times) => {
        const t = Float64Array.from(rows, (_, i) => i);
        const reducer = extremesReducer({ start: 0, width: narrow, count: 50 }, 'stored');
        reducer.push(t, f64(rows));
        const wide = { start: 0, width: narrow * times, count: 50 };
        const again = fieldReducer(wide, method);
        for (const piece of reducer.finish().pieces) again.push(piece.t, piece.column);
        expect(pairs(again.finish() as ReducedSamples)).toEqual(pairs(reduce(wide, t, f64(rows))));
      }),
      { numRuns: 500 },
    );
  });

  it('keeps the two samples between which a step is, and one of which a spike rises', () => {
    const steps = [0, 0, 0, 5, 5, 5, 2, 2, 2, 2, 1, 1, 3, 3, 3, 7, 3, 3];
    const t = Float64Array.from(steps, (_, i) => i);
    const ends = method === 'm4' ? [0, 5, 6, 11, 12, 17] : [];
    const reduced = reduce({ start: 0, width: 6, count: 3 }, t, f64(steps))!;
    expect([...reduced.t]).toEqual([...new Set([2, 3, 9, 10, 14, 15, ...ends])].sort((a, b) => a - b));
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
