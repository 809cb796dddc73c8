import { describe, expect, it } from '@jest/globals';
import { BlockCache, BlockReader } from '@sisock/blocks';
import { type Batch, MemoryReader, type Reduced, type ReduceQuery } from '@sisock/core';
import { batchOf } from '@sisock/testkit';
import fc from 'fast-check';
import { WatchedReader } from './watched-reader.js';

/** A sample a second; a tile of the finest level is 512 s. */
const start = 512_000;

type Step =
  | { readonly kind: 'grow'; readonly seconds: number }
  | { readonly kind: 'late'; readonly at: number; readonly rows: number }
  | { readonly kind: 'ask'; readonly query: ReduceQuery; readonly waits: boolean };

const queries: fc.Arbitrary<ReduceQuery> = fc
  .record({
    from: fc.integer({ min: -600, max: 3000 }),
    width: fc.oneof(fc.constantFrom(16, 64, 256), fc.double({ min: 5, max: 300, noNaN: true })),
    count: fc.integer({ min: 1, max: 200 }),
    want: fc.constantFrom<ReduceQuery['want']>('m4', 'minmax', ['count', 'max', 'first']),
    fields: fc.constantFrom(['a'], ['b'], ['a', 'b']),
  })
  .map(({ from, ...rest }) => ({ timeline: 'line', ...rest, start: start + from }));

const steps: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('grow' as const), seconds: fc.integer({ min: 1, max: 900 }) }),
  fc.record({
    kind: fc.constant('late' as const),
    at: fc.integer({ min: 0, max: 4000 }),
    rows: fc.integer({ min: 1, max: 5 }),
  }),
  fc.record({ kind: fc.constant('ask' as const), query: queries, waits: fc.boolean() }),
  fc.record({ kind: fc.constant('ask' as const), query: queries, waits: fc.constant(true) }),
);

function rows(from: number, n: number, value: (s: number) => number): Batch {
  const t = Array.from({ length: n }, (_, i) => from + i);
  return batchOf(t, { a: t.map(value), b: t.map((s) => -value(s)) });
}

function plain({ fields, revision }: Reduced): string {
  return JSON.stringify([revision, [...fields].map(([name, field]) => [name, field])], (_, value: unknown) =>
    ArrayBuffer.isView(value) ? Array.from(value as Float64Array) : value,
  );
}

async function play(history: readonly Step[], tellsChanges: boolean, finerPowers: readonly number[]): Promise<void> {
  const memory = new MemoryReader({
    timelines: [{ name: 'line', interval: 1, batches: [rows(start, 700, (s) => s % 50)] }],
  });
  const watched = new WatchedReader(memory, { tellsChanges });
  // Readings take their time, so that changes come amid them.
  const turns = (n: number) => async () => {
    for (let i = 0; i < n; i++) await new Promise((resolve) => setImmediate(resolve));
  };
  watched.gate = turns(1);
  watched.behind = turns(3);
  const common = { clock: () => start + 1e6, leastSamples: 2, finerPowers, changeMs: 20 };
  const warm = new BlockReader({ reader: watched, cache: new BlockCache(200_000), ...common });
  const compare = async (query: ReduceQuery) => {
    const cold = new BlockReader({ reader: memory, cache: new BlockCache(), ...common });
    try {
      expect(plain(await warm.reduce(query))).toBe(plain(await cold.reduce(query)));
    } finally {
      await cold.close();
    }
  };
  const underWay: Promise<unknown>[] = [];
  let end = start + 700;
  let changed = 1000;
  try {
    for (const step of history) {
      if (step.kind === 'grow') {
        memory.append(
          'line',
          rows(end, step.seconds, (s) => s % 50),
        );
        end += step.seconds;
      } else if (step.kind === 'late') {
        changed += 10;
        memory.append(
          'line',
          rows(Math.min(start + step.at, end - 10), step.rows, () => changed),
        );
      } else if (step.waits) await compare(step.query);
      else underWay.push(warm.reduce(step.query));
    }
    await Promise.all(underWay);
    for (const step of history) if (step.kind === 'ask') await compare(step.query);
  } finally {
    await warm.close();
  }
}

describe('what is kept', () => {
  it.each([
    [true, []],
    [false, []],
    [true, [2, 3]],
  ])(
    'never shows in an answer, whatever comes late or meanwhile (changes are told: %s; finer tiles: %j)',
    async (told, finerPowers) => {
      await fc.assert(
        fc.asyncProperty(fc.array(steps, { minLength: 2, maxLength: 14 }), (history) =>
          play(history, told, finerPowers),
        ),
        { numRuns: 60 },
      );
    },
  );
});
