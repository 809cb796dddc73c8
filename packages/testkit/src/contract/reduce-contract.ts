import { describe, expect, it } from '@jest/globals';
import {
  type BucketStats,
  type Buckets,
  reduceBatches,
  type Reader,
  type ReducedField,
  type ReduceQuery,
  type Stat,
} from '@sisock/core';
import { readWhole } from './expected.js';
import { type FixtureTimeline, fixtureStart } from './fixture.js';
import type { ContractContext } from './reader-contract.js';

const allStats: readonly Stat[] = ['count', 'min', 'max', 'first', 'last', 'mean'];
const wants: readonly ReduceQuery['want'][] = [allStats, ['mean'], 'm4', 'minmax', 'changes'];

/** Buckets over all of a timeline whose edges are multiples of a power of 2: those that may be stored. */
function evenBuckets({ name }: FixtureTimeline): Buckets {
  const width = name === 'slow' ? 4096 : 16;
  return { start: Math.floor(fixtureStart / width) * width, width, count: 10 };
}

/** Checks that a reduction over even buckets is the reducers' over what is read. */
export async function checkEvenReduction(
  context: ContractContext,
  timeline: FixtureTimeline,
  want: ReduceQuery['want'],
  reader: Reader = context.reader(),
): Promise<void> {
  const { timelineName, fieldName } = context;
  const fields = timeline.fields.map((field) => fieldName(field.name, timeline.name));
  const query = { timeline: timelineName(timeline.name), fields, ...evenBuckets(timeline), want };
  const end = query.start + query.count * query.width;
  const reduced = await reader.reduce(query);
  const { batches } = await readWhole(context, timeline, { start: query.start, end }, reader);
  expectSame(reduced.fields, reduceBatches(query, batches));
}

export function reduceContract(context: ContractContext): void {
  const { fixture, can, timelineName, fieldName, reader } = context;
  const queryFor = (timeline: FixtureTimeline, want: ReduceQuery['want']): ReduceQuery => ({
    timeline: timelineName(timeline.name),
    fields: timeline.fields.map((field) => fieldName(field.name, timeline.name)),
    start: fixtureStart + 3,
    width: timeline.name === 'slow' ? 700.5 : 7.25,
    count: 17,
    want,
  });

  describe('reduce', () => {
    for (const want of wants) {
      it(`agrees with the reducers over what it reads: ${String(want)}`, async () => {
        if (!can('uneven-edges')) return;
        for (const timeline of fixture.timelines) {
          const query = queryFor(timeline, want);
          const end = query.start + query.count * query.width;
          const { batches } = await readWhole(context, timeline, { start: query.start, end });
          const reduced = await reader().reduce(query);
          expect(reduced.finalizedUntil).not.toBeNaN();
          expect(typeof reduced.revision).toBe('string');
          expectSame(reduced.fields, reduceBatches(query, batches));
        }
      });
    }

    it('agrees on even buckets, the first time and the second', async () => {
      for (const timeline of fixture.timelines) {
        for (const want of [...wants, ...wants]) await checkEvenReduction(context, timeline, want);
      }
    });

    it('gives only the statistics that are wanted', async () => {
      const timeline = fixture.timelines[0]!;
      const { fields } = await reader().reduce(queryFor(timeline, ['max', 'count']));
      const field = fields.get(fieldName(timeline.fields[0]!.name, timeline.name));
      expect(Object.keys(field!).sort()).toEqual(['count', 'kind', 'max']);
    });

    it('leaves out what has no sample there', async () => {
      const timeline = fixture.timelines[0]!;
      const early = { ...queryFor(timeline, 'm4'), start: fixtureStart - 1e6 };
      expect((await reader().reduce(early)).fields.size).toBe(0);
      const unknown = { ...queryFor(timeline, 'm4'), fields: ['no_such_field'] };
      expect((await reader().reduce(unknown)).fields.size).toBe(0);
    });

    it('refuses an unknown timeline and a malformed query', async () => {
      const query = queryFor(fixture.timelines[0]!, 'm4');
      const unknown = reader().reduce({ ...query, timeline: 'no such timeline' });
      await expect(unknown).rejects.toMatchObject({ code: 'unknown_timeline' });
      for (const wrong of [{ count: 0 }, { width: 0 }, { width: -1 }, { start: NaN }]) {
        await expect(reader().reduce({ ...query, ...wrong })).rejects.toMatchObject({ code: 'bad_request' });
      }
    });

    it('is cancelled by its signal', async () => {
      const answer = reader().reduce(queryFor(fixture.timelines[0]!, 'm4'), AbortSignal.abort());
      await expect(answer).rejects.toMatchObject({ code: 'cancelled' });
    });
  });
}

function expectSame(got: ReadonlyMap<string, ReducedField>, expected: ReadonlyMap<string, ReducedField>): void {
  expect([...got.keys()].sort()).toEqual([...expected.keys()].sort());
  for (const [name, field] of expected) {
    const other = got.get(name)!;
    if (field.kind === 'samples') {
      expect(other).toMatchObject({ kind: 'samples', method: field.method, from: field.from });
      if (other.kind !== 'samples') continue;
      expect([...other.t]).toEqual([...field.t]);
      expect(other.column.kind).toBe(field.column.kind);
      expect([...other.column.v]).toEqual([...field.column.v]);
    } else expectSameStats(other as BucketStats, field);
  }
}

function expectSameStats(got: BucketStats, expected: BucketStats): void {
  expect(Object.keys(got).sort()).toEqual(Object.keys(expected).sort());
  if (expected.count) expect([...got.count!]).toEqual([...expected.count]);
  for (const stat of ['min', 'max', 'first', 'last'] as const) {
    if (!expected[stat]) continue;
    expect([...got[stat]!.t]).toEqual([...expected[stat].t]);
    expect([...got[stat]!.v]).toEqual([...expected[stat].v]);
  }
  // Sums may be made in another order, so means may differ in their last digits.
  expected.mean?.forEach((mean, k) => {
    if (Number.isNaN(mean)) expect(got.mean![k]).toBeNaN();
    else expect(Math.abs(got.mean![k]! - mean)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(mean)));
  });
}
