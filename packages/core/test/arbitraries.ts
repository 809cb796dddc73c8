import type { Buckets, Column } from '@sisock/core';
import fc from 'fast-check';

/** Rising times with equal ones among them, about 0 to 100 s. */
export const risingTimes = fc
  .array(fc.integer({ min: 0, max: 400 }), { maxLength: 120 })
  .map((quarters) => Float64Array.from(quarters.sort((a, b) => a - b).map((q) => q / 4)));

/** Few different values, so that extremes tie; NaN and infinities among them. */
export const brokenValue = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: -5, max: 5 }) },
  { weight: 2, arbitrary: fc.double() },
  { weight: 2, arbitrary: fc.constantFrom(NaN, Infinity, -Infinity, -0) },
);

export const buckets: fc.Arbitrary<Buckets> = fc.record({
  start: fc.integer({ min: -20, max: 80 }).map((n) => n / 2),
  width: fc.constantFrom(0.1, 0.25, 1 / 3, 1, 7.7, 60),
  count: fc.integer({ min: 1, max: 40 }),
});

/** Where to cut `n` rows into pieces. */
export function cutsOf(n: number): fc.Arbitrary<number[]> {
  return fc.array(fc.nat({ max: n }), { maxLength: 6 }).map((cuts) => [0, ...cuts.sort((a, b) => a - b), n]);
}

export function f64(values: Iterable<number>): Column {
  return { kind: 'f64', v: Float64Array.from(values) };
}

/** Times, values of a kind as long, buckets, and cuts. */
export function reduction<T>(value: fc.Arbitrary<T>) {
  return risingTimes.chain((t) =>
    fc.record({
      t: fc.constant(t),
      values: fc.array(value, { minLength: t.length, maxLength: t.length }),
      buckets,
      cuts: cutsOf(t.length),
    }),
  );
}
