import type { Batch, Column, Value } from '@sisock/core';
import { columnOf } from '@sisock/testkit';
import fc from 'fast-check';

/** Rows of one field of one kind: they follow each other, some at equal times, after a gap of so many seconds. */
interface Stretch {
  readonly gap: number;
  readonly rows: readonly (readonly [step: number, value: Value])[];
}

const gaps = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(0, 0.25, 3) },
  { weight: 2, arbitrary: fc.integer({ min: 10, max: 1500 }) },
);
const dense = fc.constantFrom(0, 1 / 64, 1 / 32);
const steps = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(0, 0.25, 0.5, 1, 1, 2.75) },
  { weight: 1, arbitrary: fc.integer({ min: 5, max: 90 }) },
);

function stretchOf(values: fc.Arbitrary<Value>): fc.Arbitrary<Stretch> {
  const rows = (step: fc.Arbitrary<number>) => fc.array(fc.tuple(step, values), { minLength: 1, maxLength: 90 });
  return fc.record({ gap: gaps, rows: fc.oneof({ weight: 3, arbitrary: rows(steps) }, rows(dense)) });
}

const numbers = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: -5, max: 5 }) },
  { weight: 4, arbitrary: fc.double() },
  { weight: 1, arbitrary: fc.constantFrom(NaN, Infinity, -Infinity, -0) },
);
/** Beyond what a double holds, but far enough apart that doubles order them alike. */
const integers = fc.integer({ min: -6, max: 6 }).map((n) => BigInt(n) * 9_007_199_254_741_000n);
const bools = fc.boolean();
const texts = fc.constantFrom('idle', 'idle', 'moving', 'läuft', '');

/** The rows of a field, batch by batch: mostly of one kind, sometimes of several. */
export const histories: fc.Arbitrary<readonly Batch[]> = fc
  .oneof(
    { weight: 4, arbitrary: fc.array(stretchOf(numbers), { maxLength: 9 }) },
    { weight: 1, arbitrary: fc.array(stretchOf(integers), { maxLength: 9 }) },
    { weight: 1, arbitrary: fc.array(stretchOf(bools), { maxLength: 9 }) },
    { weight: 2, arbitrary: fc.array(stretchOf(texts), { maxLength: 9 }) },
    {
      weight: 2,
      arbitrary: fc.array(fc.oneof(...[numbers, integers, bools, texts].map(stretchOf)), { maxLength: 9 }),
    },
  )
  .map(batchesOf);

/** Name of the field. */
export const field = 'x';

function batchesOf(stretches: readonly Stretch[]): Batch[] {
  let t = 1024;
  return stretches.map(({ gap, rows }) => {
    t += gap;
    const times = rows.map(([step]) => (t += step));
    return { t: Float64Array.from(times), columns: new Map([[field, columnOf(rows.map(([, value]) => value))]]) };
  });
}

/** All rows as `[t, column, row]`. */
export function* rowsOf(batches: readonly Batch[]): Generator<readonly [t: number, column: Column, row: number]> {
  for (const { t, columns } of batches) for (let i = 0; i < t.length; i++) yield [t[i]!, columns.get(field)!, i];
}
