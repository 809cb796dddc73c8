import { describe, expect, it } from '@jest/globals';
import { makeSeries } from '../src/plan/series.js';

const origin = { method: 'raw', interval: 0.25, buckets: null, finalizedUntil: 0, samples: 0, edges: false } as const;

const every = (step: number, from: number, n: number) => Array.from({ length: n }, (_, i) => from + i * step);

/** Times before which a line breaks. */
function breaks(times: readonly number[]): number[] {
  const t = Float64Array.from(times);
  const column = { kind: 'f64', v: new Float64Array(t.length) } as const;
  const { gaps } = makeSeries({ t, column }, { ...origin, range: { start: -Infinity, end: Infinity } });
  return Array.from(gaps, (i) => times[i + 1]!);
}

describe('where a series is coarser in one stretch than in another', () => {
  it('the coarse stretch is no row of gaps, and neither is where they meet', () => {
    expect(breaks([...every(10, 0, 30), ...every(0.25, 300, 400)])).toEqual([]);
    expect(breaks([...every(0.25, 0, 400), ...every(10, 110, 30)])).toEqual([]);
  });

  it('a real gap in either stretch stays one, with a few samples in it or not', () => {
    const coarse = [...every(10, 0, 10), ...every(10, 200, 10)];
    expect(breaks([...coarse, ...every(0.25, 300, 400)])).toEqual([200]);
    expect(breaks([...every(0.25, 0, 400), ...every(0.25, 130, 400)])).toEqual([130]);
    expect(breaks([...every(0.25, 0, 400), 120, 140, 160, ...every(0.25, 180, 400)])).toEqual([120, 140, 160, 180]);
  });
});

describe('samples that were chosen out of stored buckets', () => {
  it('have gaps by the steps between stored buckets, not by what was left out within one', () => {
    // First and last sample of stored buckets of 8 s, one a second; every second edge of those asked for is within one.
    const blocks = every(8, 0, 90).filter((start) => start < 288 || start >= 304);
    const t = Float64Array.from(blocks.flatMap((start) => [start, start + 7]));
    const column = { kind: 'f64', v: new Float64Array(t.length) } as const;
    const buckets = { start: 0, width: 36, count: 20 };
    const chosen = { ...origin, method: 'm4', interval: 1, buckets, range: { start: 0, end: 720 } } as const;
    const brokenAfter = (blockWidth?: number) =>
      Array.from(makeSeries({ t, column }, { ...chosen, blockWidth }).gaps, (i) => t[i]);
    expect(brokenAfter(8)).toEqual([287]);
    expect(brokenAfter()).toEqual([]);
  });
});
