import { describe, expect, it } from '@jest/globals';
import { append, at, newest, spans, trim } from '../page/samples.js';

describe('samples of a live field', () => {
  it('take what is newer and leave what is repeated', () => {
    const samples = { t: [1, 2], v: [10, 20] };
    expect(append(samples, [1, 2, 3, 3, 4], [10, 20, 30, 31, null])).toBe(2 + 1);
    expect(samples).toEqual({ t: [1, 2, 3, 3, 4], v: [10, 20, 30, 31, null] });
  });

  it('keep one sample before the shown range, so that the line reaches the edge', () => {
    const samples = { t: [1, 2, 3, 4], v: [1, 2, 3, 4] };
    trim(samples, 3.5);
    expect(samples.t).toEqual([3, 4]);
  });

  it('tell the value in force at a time', () => {
    const samples = { t: [1, 2, 4], v: ['a', 'b', 'c'] };
    expect(at(samples, 0.5)).toBeNull();
    expect(at(samples, 3)).toEqual({ t: 2, v: 'b' });
    expect(newest(samples)).toEqual({ t: 4, v: 'c' });
  });
});

describe('states', () => {
  it('are spans from change to change, cut to the range', () => {
    const samples = { t: [0, 10, 20, 30], v: ['warm', 'warm', 'cold', null] };
    expect(spans(samples, 5, 40)).toEqual([
      { from: 5, to: 20, value: 'warm' },
      { from: 20, to: 30, value: 'cold' },
      { from: 30, to: 40, value: null },
    ]);
  });
});
