import { describe, expect, it } from '@jest/globals';
import { bucketOf, changesReducer, type Column, fieldReducer, type ReducedSamples, stateChanges } from '@sisock/core';
import fc from 'fast-check';
import { f64, reduction } from './arbitraries.js';

const unlimited = { maxChangesPerBucket: Infinity };

function pairs(reduced: ReducedSamples | null): unknown[] {
  return reduced === null ? [] : [...reduced.t].map((t, i) => [t, reduced.column.v[i]]);
}

describe('state changes', () => {
  const state = fc.constantFrom('idle', 'idle', 'moving', '');

  it('are the first sample, each that differs from the one before, and the last', () => {
    fc.assert(
      fc.property(reduction(state), ({ t, values, buckets }) => {
        const inside = [...t.keys()].filter((i) => bucketOf(buckets, t[i]!) >= 0);
        const kept = inside.filter(
          (i, n) => n === 0 || n === inside.length - 1 || values[i] !== values[inside[n - 1]!],
        );
        const reduced = stateChanges(buckets, t, { kind: 'str', v: values }, unlimited);
        expect(pairs(reduced)).toEqual(kept.map((i) => [t[i], values[i]]));
        expect(reduced?.from ?? 0).toBe(inside.length);
      }),
    );
  });

  it('are the same whatever pieces the rows come in, and whatever the limit', () => {
    const limit = fc.integer({ min: 2, max: 5 });
    fc.assert(
      fc.property(reduction(fc.boolean()), limit, ({ t, values, buckets, cuts }, maxChangesPerBucket) => {
        const column: Column = { kind: 'bool', v: Uint8Array.from(values, Number) };
        const reducer = fieldReducer(buckets, 'changes', { maxChangesPerBucket });
        for (let i = 0; i + 1 < cuts.length; i++) {
          const v = column.v.slice(cuts[i], cuts[i + 1]);
          reducer.push(t.slice(cuts[i], cuts[i + 1]), { kind: 'bool', v });
        }
        const whole = stateChanges(buckets, t, column, { maxChangesPerBucket });
        expect(pairs(reducer.finish() as ReducedSamples | null)).toEqual(pairs(whole));
      }),
      { numRuns: 300 },
    );
  });

  it('are limited a bucket: the first ones stay, and the last one', () => {
    const t = Float64Array.from({ length: 100 }, (_, i) => i);
    const column: Column = { kind: 'str', v: Array.from(t, String) };
    const reduced = stateChanges({ start: 0, width: 50, count: 2 }, t, column, { maxChangesPerBucket: 3 })!;
    expect([...reduced.t]).toEqual([0, 1, 49, 50, 51, 99]);
    expect(stateChanges({ start: 0, width: 50, count: 2 }, t, column)!.t.length).toBe(32);
  });

  it('can be reduced again from what was kept, where the sample before the last change is kept too', () => {
    const few = fc.constantFrom('a', 'a', 'b', 'c');
    fc.assert(
      fc.property(reduction(few), fc.integer({ min: 2, max: 5 }), ({ t, values, cuts }, most) => {
        const whole = { start: 0, width: 200, count: 1 };
        const kept = changesReducer(whole, { maxChangesPerBucket: most + 1, withPrevious: true });
        for (let i = 0; i + 1 < cuts.length; i++) {
          kept.push(t.slice(cuts[i], cuts[i + 1]), { kind: 'str', v: values.slice(cuts[i], cuts[i + 1]) });
        }
        const { pieces } = kept.finish();
        const times = pieces.flatMap((piece) => [...piece.t]);
        expect(times).toEqual([...times].sort((a, b) => a - b));
        expect(times.length).toBeLessThanOrEqual(most + 3);
        const again = fieldReducer(whole, 'changes', { maxChangesPerBucket: most });
        for (const piece of pieces) again.push(piece.t, piece.column);
        const direct = stateChanges(whole, t, { kind: 'str', v: values }, { maxChangesPerBucket: most });
        expect(pairs(again.finish() as ReducedSamples | null)).toEqual(pairs(direct));
      }),
      { numRuns: 500 },
    );
  });

  it('of numbers take NaN after NaN for no change', () => {
    const reduced = stateChanges({ start: 0, width: 9, count: 1 }, Float64Array.of(1, 2, 3, 4), f64([NaN, NaN, 1, 1]));
    expect(pairs(reduced)).toEqual([[1, NaN], [3, 1], [4, 1]]); // prettier-ignore
  });

  it('see a change of kind, and none between equal values of pieces', () => {
    const reducer = fieldReducer({ start: 0, width: 9, count: 1 }, 'changes');
    reducer.push(Float64Array.of(1), { kind: 'bool', v: Uint8Array.of(1) });
    reducer.push(Float64Array.of(2), { kind: 'bool', v: Uint8Array.of(1) });
    reducer.push(Float64Array.of(3), { kind: 'str', v: ['true'] });
    reducer.push(Float64Array.of(4), { kind: 'str', v: ['x'] });
    expect(pairs(reducer.finish() as ReducedSamples)).toEqual([[1, 'true'], [3, 'true'], [4, 'x']]); // prettier-ignore
  });
});
