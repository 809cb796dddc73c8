import { describe, expect, it } from '@jest/globals';
import { bucketEdge, bucketOf } from '@sisock/core';
import fc from 'fast-check';
import { forEachBucket } from '../src/reducers/buckets.js';
import { buckets, risingTimes } from './arbitraries.js';

describe('buckets', () => {
  it('hold a time exactly when it lies between their edges', () => {
    fc.assert(
      fc.property(buckets, fc.double({ min: -50, max: 150, noNaN: true }), (b, t) => {
        const k = bucketOf(b, t);
        if (k < 0) expect(t < b.start || t >= bucketEdge(b, b.count)).toBe(true);
        else {
          expect(t).toBeGreaterThanOrEqual(bucketEdge(b, k));
          expect(t).toBeLessThan(bucketEdge(b, k + 1));
        }
      }),
    );
  });

  it('take a time on an edge that the division rounds away', () => {
    const b = { start: 1_500_000_000, width: 0.1, count: 10_000 };
    for (let k = 0; k < b.count; k++) expect(bucketOf(b, bucketEdge(b, k))).toBe(k);
  });

  it('hold no time that is not a number or outside', () => {
    const b = { start: 0, width: 1, count: 3 };
    expect([NaN, -0.1, 3, Infinity, -Infinity].map((t) => bucketOf(b, t))).toEqual([-1, -1, -1, -1, -1]);
    expect([0, 2.9].map((t) => bucketOf(b, t))).toEqual([0, 2]);
  });

  it('are visited in runs that cover every row inside, once', () => {
    fc.assert(
      fc.property(risingTimes, buckets, (t, b) => {
        const seen: number[] = [];
        let before = -1;
        forEachBucket(t, b, (bucket, from, to) => {
          expect(bucket).toBeGreaterThan(before);
          before = bucket;
          for (let i = from; i < to; i++) {
            expect(bucketOf(b, t[i]!)).toBe(bucket);
            seen.push(i);
          }
        });
        expect(seen).toEqual([...t.keys()].filter((i) => bucketOf(b, t[i]!) >= 0));
      }),
    );
  });

  it('end, even where times are not in order as they should be', () => {
    let rows = 0;
    const t = Float64Array.from([5, 1, NaN, 9, 2, 2, -4, 8]);
    forEachBucket(t, { start: 0, width: 1, count: 10 }, (_, from, to) => (rows += to - from));
    expect(rows).toBeLessThanOrEqual(t.length);
  });
});
