import { describe, expect, it } from '@jest/globals';
import { concatBatches, concatColumns, sliceBatch, widerKind } from '@sisock/core';
import { batchOf, columnOf } from '@sisock/testkit';
import fc from 'fast-check';
import { cutsOf } from './arbitraries.js';

describe('joining columns', () => {
  it.each([
    ['f64', [1.5], [2], [1.5, 2]],
    ['i64', [1n], [2n], [1n, 2n]],
    ['bool', [true], [false], [true, false]],
    ['str', ['a'], ['b'], ['a', 'b']],
  ] as const)('keeps %s', (kind, a, b, both) => {
    expect(concatColumns([columnOf(a), columnOf(b)])).toEqual(columnOf(both));
    expect(columnOf(both).kind).toBe(kind);
  });

  it('widens different kinds', () => {
    expect(concatColumns([columnOf([3n]), columnOf([1.5]), columnOf([true])])).toEqual(columnOf([3, 1.5, 1]));
    expect(concatColumns([columnOf([true]), columnOf(['x'])])).toEqual(columnOf(['true', 'x']));
    expect(widerKind('bool', 'i64')).toBe('f64');
  });
});

describe('joining batches', () => {
  it('restores what was cut', () => {
    const n = 20;
    const index = Array.from({ length: n }, (_, i) => i);
    const whole = batchOf(index, { a: index.map((i) => i / 3), s: index.map((i) => `s${i}`) });
    fc.assert(
      fc.property(cutsOf(n), (cuts) => {
        const pieces = cuts.slice(1).map((cut, i) => sliceBatch(whole, cuts[i]!, cut));
        expect(concatBatches(pieces)).toEqual([whole]);
      }),
    );
  });

  it('begins a new batch where columns change in name or kind', () => {
    const parts = [
      batchOf([1], { a: [1] }),
      batchOf([2], { a: ['x'] }),
      batchOf([3], { b: [1] }),
      batchOf([4], { a: [1] }),
    ];
    expect(concatBatches(parts)).toEqual(parts);
    expect(concatBatches([])).toEqual([]);
  });
});
