import { describe, expect, it } from '@jest/globals';
import { checkMinStride, minStride } from '@sisock/core';
import fc from 'fast-check';
import { risingTimes } from './arbitraries.js';

describe('min_stride', () => {
  const stride = fc.double({ min: 0.1, max: 30, noNaN: true });

  it('separates successive samples by at least the stride, and drops none without need', () => {
    fc.assert(
      fc.property(risingTimes, stride, (t, s) => {
        const kept = [...minStride(t, s)];
        if (t.length > 0) expect(kept[0]).toBe(0);
        for (let n = 1; n < kept.length; n++) expect(t[kept[n]!]! - t[kept[n - 1]!]!).toBeGreaterThanOrEqual(s);
        const dropped = [...t.keys()].filter((i) => !kept.includes(i));
        for (const i of dropped) {
          const before = kept.filter((k) => k < i).at(-1)!;
          expect(t[i]! - t[before]!).toBeLessThan(s);
        }
      }),
    );
  });

  it('changes nothing where no two neighbours are nearer', () => {
    expect([...minStride(Float64Array.of(0, 10, 20, 35), 10)]).toEqual([0, 1, 2, 3]);
  });

  it('keeps one of equal times', () => {
    expect([...minStride(Float64Array.of(5, 5, 5, 6), 1)]).toEqual([0, 3]);
  });

  it('keeps all without a stride', () => {
    for (const none of [0, -1, NaN]) expect([...minStride(Float64Array.of(1, 1, 2), none)]).toEqual([0, 1, 2]);
  });

  it('goes on where the rows come in pieces', () => {
    fc.assert(
      fc.property(risingTimes, stride, fc.nat(), (t, s, n) => {
        const cut = t.length === 0 ? 0 : n % t.length;
        const first = minStride(t.subarray(0, cut), s);
        const after = first.length > 0 ? t[first.at(-1)!]! : -Infinity;
        const second = minStride(t.subarray(cut), s, after);
        expect([...first, ...second.map((i) => i + cut)]).toEqual([...minStride(t, s)]);
      }),
    );
  });

  it('is checked where it comes in', () => {
    expect([null, undefined, 0, 2.5].map(checkMinStride)).toEqual([null, null, null, 2.5]);
    for (const wrong of [NaN, -1, Infinity, '5', true, {}]) {
      expect(() => checkMinStride(wrong)).toThrow(expect.objectContaining({ code: 'bad_request' }));
    }
    expect(() => checkMinStride('5s')).toThrow('min_stride "5s" is neither null nor a finite number');
  });
});
