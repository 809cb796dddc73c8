import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { newestOf, sampleAt, type Samples, samplesFrom } from '../../page/data/samples.js';
import { thin } from '../../page/data/thin.js';

const numbers = (t: number[], v: number[]): Samples => ({ kind: 'number', t, v });
const states = (t: number[], v: (string | null)[]): Samples => ({ kind: 'state', t, v });

describe('samples', () => {
  it('come from columns with null for a gap', () => {
    const { t, v } = samplesFrom([1, 2], [null, 3], true);
    expect([Array.from(t), Array.from(v as ArrayLike<number>)]).toEqual([
      [1, 2],
      [NaN, 3],
    ]);
    expect(samplesFrom([1], [true], false)).toEqual({ kind: 'state', t: [1], v: [true] });
  });

  it('tell the one in force at a time, the last of equal times', () => {
    const samples = numbers([1, 2, 2, 4], [10, 20, 21, NaN]);
    expect(sampleAt(samples, 0.5)).toBeNull();
    expect(sampleAt(samples, 1.5)).toEqual({ t: 1, v: 10 });
    expect(sampleAt(samples, 2)).toEqual({ t: 2, v: 21 });
    expect(sampleAt(samples, 3)).toEqual({ t: 2, v: 21 });
    expect(sampleAt(samples, 9)).toEqual({ t: 4, v: null });
    expect(newestOf(states([], []))).toBeNull();
  });
});

describe('thinned samples', () => {
  it('are the first, least, greatest and last of each bucket, as they were', () => {
    const t = [0, 1, 2, 3, 4, 10, 11];
    const v = [5, 9, 1, 4, 6, 7, 7];
    expect(thin(numbers(t, v), 0, 10)).toEqual(numbers([0, 1, 2, 4, 10, 11], [5, 9, 1, 6, 7, 7]));
  });

  it('keep a gap as a gap', () => {
    expect(thin(numbers([0, 1, 2, 3], [1, NaN, NaN, 2]), 0, 10)).toEqual(numbers([0, 1, 3], [1, NaN, 2]));
  });

  it('keep every change of a state and the last one', () => {
    const samples = states([0, 1, 2, 3, 4], ['a', 'a', 'b', null, null]);
    expect(thin(samples, 0, 100)).toEqual(states([0, 2, 3, 4], ['a', 'b', null, null]));
  });

  it('span in every bucket what all samples span, and are all real', () => {
    const one = fc.tuple(fc.integer({ min: 0, max: 1000 }), fc.oneof(fc.integer(), fc.constant(NaN)));
    fc.assert(
      fc.property(fc.array(one, { maxLength: 300 }), fc.integer({ min: 1, max: 200 }), (list, width) => {
        list.sort((a, b) => a[0] - b[0]);
        const all = numbers(
          list.map(([t]) => t),
          list.map(([, v]) => v),
        );
        const kept = thin(all, 0, width);
        const spanOf = ({ t, v }: Samples) => {
          const spans = new Map<number, [number, number, boolean]>();
          for (let i = 0; i < t.length; i++) {
            const bucket = Math.floor(t[i]! / width);
            const [least, most, gap] = spans.get(bucket) ?? [Infinity, -Infinity, false];
            const value = v[i] as number;
            if (Number.isNaN(value)) spans.set(bucket, [least, most, true]);
            else spans.set(bucket, [Math.min(least, value), Math.max(most, value), gap]);
          }
          return spans;
        };
        expect(spanOf(kept)).toEqual(spanOf(all));
        expect(kept.t.length).toBeLessThanOrEqual(5 * spanOf(all).size);
      }),
    );
  });
});
