import { describe, expect, it } from '@jest/globals';
import { findGaps, insertGaps, m4, medianStep, minMax } from '@sisock/core';
import fc from 'fast-check';
import { f64, risingTimes } from './arbitraries.js';

describe('gaps', () => {
  const t = Float64Array.of(0, 1, 2, 5, 9, 10);
  const v = Float64Array.of(1, 2, 3, 4, 5, 6);

  it('are steps of more than three intervals', () => {
    expect([...findGaps(t, { interval: 1 })]).toEqual([3]);
    expect([...findGaps(t, { interval: 1, factor: 2 })]).toEqual([2, 3]);
    expect([...findGaps(t, { maxStep: 4, interval: 1 })]).toEqual([]);
  });

  it('are unknown without an interval', () => {
    for (const interval of [null, undefined, 0, NaN]) {
      expect(insertGaps(t, v, { ...(interval !== undefined && { interval }) })).toEqual({ t, v });
    }
  });

  it('get one NaN row inside', () => {
    const cut = insertGaps(t, v, { interval: 1 });
    expect([...cut.t]).toEqual([0, 1, 2, 5, 6, 9, 10]);
    expect([...cut.v]).toEqual([1, 2, 3, 4, NaN, 5, 6]);
    expect([...insertGaps(t, v, { maxStep: 3.5 }).t]).toEqual([0, 1, 2, 5, 7, 9, 10]);
  });

  it('get none where the line is broken already', () => {
    const broken = Float64Array.of(1, 2, 3, NaN, 5, 6);
    expect(insertGaps(t, broken, { interval: 1 }).t.length).toBe(t.length);
  });

  it('leave the samples as they are, in rising order', () => {
    fc.assert(
      fc.property(risingTimes, fc.double({ min: 0.01, max: 5, noNaN: true }), (times, interval) => {
        const values = times.map((_, i) => i);
        const cut = insertGaps(times, values, { interval });
        const real = [...cut.v.keys()].filter((i) => !Number.isNaN(cut.v[i]));
        expect(real.map((i) => cut.t[i])).toEqual([...times]);
        for (let i = 1; i < cut.t.length; i++) {
          expect(cut.t[i]! >= cut.t[i - 1]!).toBe(true);
          if (Number.isNaN(cut.v[i])) expect(cut.t[i]! > cut.t[i - 1]! && cut.t[i]! < cut.t[i + 1]!).toBe(true);
        }
      }),
    );
  });
});

describe('gaps of samples from stored buckets', () => {
  it('are judged between those, not within one', () => {
    const t = Float64Array.of(16, 30, 33, 47, 70);
    const buckets = { start: 10, width: 10, count: 10 };
    expect([...findGaps(t, { interval: 1, buckets, method: 'm4' })]).toEqual([0, 2, 3]);
    expect([...findGaps(t, { interval: 1, buckets, method: 'm4', blockWidth: 16 })]).toEqual([3]);
  });
});

describe('gaps of reduced samples', () => {
  // One sample a second, none from 400 to 700.
  const t = Float64Array.from({ length: 1000 }, (_, i) => i).filter((s) => s < 400 || s >= 700);
  const column = f64(Array.from(t, (s) => Math.sin(s)));
  const buckets = { start: 0, width: 50, count: 20 };

  it.each([
    ['m4', m4],
    ['minmax', minMax],
  ] as const)('after %s are those of the data, not those that the reduction made', (method, reduce) => {
    const reduced = reduce(buckets, t, column)!;
    const gaps = findGaps(reduced.t, { interval: 1, buckets, method });
    expect(gaps).toHaveLength(1);
    expect(reduced.t[gaps[0]!]).toBeLessThan(400);
    expect(reduced.t[gaps[0]! + 1]).toBeGreaterThanOrEqual(700);
    expect(findGaps(reduced.t, { interval: 1 }).length).toBeGreaterThan(1);
  });

  it('after m4 are found though no bucket is empty', () => {
    const wide = { start: 0, width: 550, count: 2 };
    expect(findGaps(m4(wide, t, column)!.t, { interval: 1, buckets: wide })).toHaveLength(1);
  });
});

describe('the median step', () => {
  it('is the cadence, whatever gaps and equal times there are', () => {
    expect(medianStep(Float64Array.of(0, 1, 1, 2, 3, 1000, 1001, 1002))).toBe(1);
    expect(medianStep(Float64Array.of(4))).toBeNull();
    expect(medianStep(Float64Array.of(4, 4))).toBeNull();
  });

  it('is estimated from a part of long data', () => {
    const t = Float64Array.from({ length: 200_000 }, (_, i) => i * 0.5 + (i > 100_000 ? 1e6 : 0));
    expect(medianStep(t)).toBe(0.5);
  });
});
