import { describe, expect, it } from '@jest/globals';
import { allTime, type Batch, MemoryReader, reduceBatches, type ReduceQuery, type Stat } from '@sisock/core';
import { type Sample, samplesOf } from '@sisock/testkit';
import fc from 'fast-check';
import { rowsOf, simulation, throughTicks } from './simulation.js';

/** Times of a block: many steps, among them none at all, and some of a few microseconds. */
const blockTimes = fc
  .array(fc.constantFrom(0, 0.1, 0.1, 1, 1, 1, 5e-6, 0.123456789), { minLength: 1, maxLength: 60 })
  .map((steps) => {
    let t = 1_600_000_000.123;
    return steps.map((step) => (t += step));
  });

const number = (i: number) => i;

/** The first row at the time of row `i`: a source begins and ends between times, as a rule. */
function groupOf(times: readonly number[], i: number): number {
  let first = i;
  while (first > 0 && Math.abs((times[i] ?? Infinity) - times[first - 1]!) < 1e-6) first--;
  return first;
}

describe('every sample once, in order', () => {
  it('while the archive grows, the feed forgets, and both start anew between two chunks', async () => {
    const plan = fc.record({
      times: blockTimes,
      archived: fc.nat(100),
      final: fc.nat(100),
      held: fc.nat(100),
      moves: fc.array(
        fc.record({
          archived: fc.nat(20),
          final: fc.nat(20),
          held: fc.nat(20),
          restart: fc.boolean(),
          rows: fc.nat(5),
        }),
        { maxLength: 20 },
      ),
      maxSamples: fc.integer({ min: 1, max: 12 }),
    });
    await fc.assert(
      fc.asyncProperty(plan, async ({ times, moves, maxSamples, ...begin }) => {
        const { archive, feed, reader } = simulation();
        const shifted = times.map(throughTicks);
        // The feed came to `published` rows and has the last ones of them; the archive has all before `archived`.
        let published = Math.max(1, Math.floor(times.length / 2));
        let archived = Math.min(published, begin.archived);
        let final = Math.min(archived, begin.final);
        let held = Math.min(archived, begin.held);
        const fill = (restart: boolean) => {
          held = groupOf(times, held);
          if (groupOf(times, archived) === held) archived = held;
          final = Math.min(final, archived);
          archive.restart(
            new MemoryReader({ timelines: [{ name: 'b', batches: [rowsOf(shifted, 0, archived, { a: number })] }] }),
          );
          archive.finalizedUntil = final === 0 ? -Infinity : (shifted[final] ?? shifted.at(-1)!);
          if (restart)
            feed.restart(
              new MemoryReader({
                timelines: [{ name: 'b', batches: [rowsOf(times, held, published, { a: number })] }],
              }),
            );
        };
        fill(true);
        const got: Batch[] = [];
        const query = { timeline: 'b', fields: ['a'], range: allTime, maxSamples };
        let cursor: string | undefined;
        let idle = 0;
        for (let step = 0; step < 1000; step++) {
          const chunk = await reader.read({ ...query, ...(cursor !== undefined && { cursor }) });
          got.push(...chunk.batches);
          expect(chunk.cursor === cursor && !chunk.done).toBe(false);
          ({ cursor } = chunk);
          const move = moves[step];
          idle = chunk.done && chunk.batches.length === 0 && published === times.length ? idle + 1 : 0;
          if (move === undefined && idle > 1) break;
          const rows = move?.rows ?? 5;
          const more = rowsOf(times, published, Math.min(times.length, published + rows), { a: number });
          published += more.t.length;
          archived = Math.min(published, archived + (move?.archived ?? 0));
          final = Math.min(archived, final + (move?.final ?? 0));
          if (move?.restart) held = Math.min(archived, held + move.held);
          else feed.memory.append('b', more);
          fill(move?.restart ?? false);
        }
        const ids = samplesOf(got, 'a').map(([, id]) => id);
        expect([...ids].sort((x, y) => Number(x) - Number(y))).toEqual(times.map((_, i) => i));
        const seen = samplesOf(got, 'a').map(([t]) => t);
        for (let i = 1; i < seen.length; i++) expect(seen[i]!).toBeGreaterThanOrEqual(seen[i - 1]! - 1e-6);
      }),
      { numRuns: 300 },
    );
  });

  it('as joining all that both have by hand does, with fields that only one has', async () => {
    const plan = fc.record({
      times: blockTimes,
      archived: fc.nat(70),
      final: fc.nat(70),
      held: fc.nat(70),
      maxSamples: fc.integer({ min: 1, max: 100 }),
      bounds: fc.tuple(fc.nat(70), fc.nat(70)),
    });
    await fc.assert(
      fc.asyncProperty(plan, async ({ times, maxSamples, bounds, ...counts }) => {
        const { archive, feed, reader } = simulation();
        const shifted = times.map(throughTicks);
        const archived = groupOf(times, Math.min(times.length, counts.archived));
        const final = Math.min(archived, counts.final);
        const held = groupOf(times, Math.min(times.length, counts.held));
        fc.pre(archived > 0 || held < times.length);
        archive.memory.append('b', rowsOf(shifted, 0, archived, { a: number, x: String, y: number }));
        archive.finalizedUntil = shifted[final] ?? shifted.at(-1)! + 1;
        feed.memory.append('b', rowsOf(times, held, times.length, { a: number, x: String, z: (i) => i % 3 === 0 }));
        const range = {
          start: times[bounds[0] % times.length]! - 0.0001,
          end: times[bounds[1] % times.length]! + (bounds[0] % 3) + 0.0001,
        };
        const got: Batch[] = [];
        let cursor: string | undefined;
        for (;;) {
          const query = { timeline: 'b', fields: ['z', 'a', 'x'], range, maxSamples };
          const chunk = await reader.read({ ...query, ...(cursor !== undefined && { cursor }) });
          got.push(...chunk.batches);
          if (chunk.done) break;
          ({ cursor } = chunk);
        }
        const inside = (i: number) => times[i]! >= range.start && times[i]! < range.end;
        // Between what the archive has and what the feed holds there may be nothing.
        const boundary = held < times.length ? Math.max(archive.finalizedUntil, times[held]!) : Infinity;
        const has = (i: number) => (i < archived && shifted[i]! < boundary) || i >= held;
        const both = times.flatMap((_, i) => (inside(i) && has(i) ? [i] : []));
        const ids = (field: string) =>
          samplesOf(got, field)
            .map(([, value]) => Number(value))
            .sort((p, q) => p - q);
        expect(ids('a')).toEqual(both);
        expect(ids('x')).toEqual(both);
        const ofFeed = times.flatMap((_, i) => (inside(i) && i >= held ? [i] : []));
        expect(samplesOf(got, 'z').length).toBe(ofFeed.length);
      }),
      { numRuns: 300 },
    );
  });
});

const allStats: readonly Stat[] = ['count', 'min', 'max', 'first', 'last', 'mean'];

describe('reduce', () => {
  it('gives what reducing the joined samples gives, wherever the boundary is', async () => {
    const plan = fc.record({
      times: blockTimes,
      archived: fc.nat(70),
      final: fc.nat(70),
      held: fc.nat(70),
      values: fc.array(fc.nat(3), { minLength: 60, maxLength: 60 }),
      from: fc.nat(40),
      width: fc.constantFrom(0.1, 0.7, 1, 3, 86.4, 1e-5),
      count: fc.integer({ min: 1, max: 60 }),
      want: fc.constantFrom<ReduceQuery['want']>('m4', 'minmax', 'changes', allStats, ['mean']),
    });
    await fc.assert(
      fc.asyncProperty(plan, async ({ times, values, from, width, count, want, ...counts }) => {
        const { archive, feed, reader } = simulation();
        const shifted = times.map(throughTicks);
        const archived = groupOf(times, Math.min(times.length, counts.archived));
        const fields = {
          f: (i: number) => (values[i] === 3 ? NaN : values[i]! / 2),
          n: (i: number) => BigInt(values[i]!),
          on: (i: number) => values[i]! > 1,
          s: (i: number) => 'abcd'[values[i]!]!,
        };
        archive.memory.append('b', rowsOf(shifted, 0, archived, fields));
        archive.finalizedUntil = shifted[Math.min(archived, counts.final)] ?? shifted.at(-1)! + 1;
        const held = groupOf(times, Math.min(times.length, counts.held, archived));
        feed.memory.append('b', rowsOf(times, held, times.length, { ...fields, z: number }));
        const names = ['f', 'n', 'on', 's', 'z'];
        const start = times[0]! - 2 + from / 8;
        const query: ReduceQuery = { timeline: 'b', fields: names, start, width, count, want };
        const range = { start, end: start + count * width };
        const batches: Batch[] = [];
        let cursor: string | undefined;
        for (;;) {
          const chunk = await reader.read({
            timeline: 'b',
            fields: names,
            range,
            maxSamples: 1000,
            ...(cursor !== undefined && { cursor }),
          });
          batches.push(...chunk.batches);
          if (chunk.done) break;
          ({ cursor } = chunk);
        }
        const { fields: got } = await reader.reduce(query);
        expect(plain(got)).toEqual(plain(reduceBatches(query, batches)));
      }),
      { numRuns: 400 },
    );
  });

  it('asks the archive for what it has, and does not read it', async () => {
    const { archive, feed, reader } = simulation();
    const times = Array.from({ length: 5000 }, (_, i) => 1_600_000_000 + i);
    archive.memory.append('b', rowsOf(times, 0, 4000, { a: number }));
    feed.memory.append('b', rowsOf(times, 3000, 5000, { a: number }));
    const query: ReduceQuery = { timeline: 'b', fields: ['a'], start: times[0]!, width: 100, count: 50, want: 'm4' };
    const { fields } = await reader.reduce(query);
    expect(fields.get('a')).toMatchObject({ from: 5000 });
    expect(archive.reduces).toBe(1);
    // Where it stands, and the bucket at the boundary.
    expect(archive.reads).toBeLessThanOrEqual(8);
  });
});

function plain(fields: ReturnType<typeof reduceBatches>): unknown {
  const sample = (part: unknown): unknown =>
    ArrayBuffer.isView(part)
      ? Array.from(part as Float64Array, (x) => (typeof x === 'number' ? Math.round(x * 1e9) / 1e9 : x))
      : part !== null && typeof part === 'object' && !Array.isArray(part)
        ? Object.fromEntries(Object.entries(part).map(([key, value]) => [key, sample(value)]))
        : part;
  return Object.fromEntries(
    [...fields].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, field]) => [name, sample(field)]),
  );
}

it('takes a sample for one whose time ticks have moved by a step', () => {
  const t = 1_600_000_000.4871;
  const moved: Sample[] = [];
  for (let i = 0; i < 10_000; i++) if (throughTicks(t + i / 977) !== t + i / 977) moved.push([i, i]);
  // A quarter of the times, so that the tests above see many.
  expect(moved.length).toBeGreaterThan(1000);
});
