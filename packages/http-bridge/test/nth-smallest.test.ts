import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { nthSmallest } from '../src/plan/nth-smallest.js';

describe('the n-th smallest', () => {
  it('is what stands there once all are sorted', () => {
    const numbers = fc.array(fc.oneof(fc.double({ noNaN: true }), fc.integer({ min: 0, max: 3 })), { maxLength: 60 });
    fc.assert(
      fc.property(numbers, fc.nat(60), (values, k) => {
        const v = Float64Array.from(values, (x) => x + 0);
        const sorted = v.slice().sort();
        expect(nthSmallest(v, k)).toBe(sorted[k]);
        expect(v.sort()).toEqual(sorted);
      }),
    );
  });
});
