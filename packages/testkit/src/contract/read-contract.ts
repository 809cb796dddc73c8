import { describe, expect, it } from '@jest/globals';
import { allTime, type ReadQuery, type TimeRange } from '@sisock/core';
import fc from 'fast-check';
import { samplesOf } from '../batch-of.js';
import { expectedSamples, readChecked } from './expected.js';
import { type FixtureTimeline, fixtureStart } from './fixture.js';
import type { ContractContext } from './reader-contract.js';

export function readContract(context: ContractContext): void {
  const { fixture, timelineName, fieldName, reader } = context;
  const firstTimeline = fixture.timelines[0]!;
  const names = (timeline: FixtureTimeline) => timeline.fields.map((field) => field.name);

  const expectRead = async (timeline: FixtureTimeline, fields: string[], range: TimeRange, maxSamples: number) => {
    const { batches } = await readChecked(context, timeline, fields, range, maxSamples);
    for (const field of fields) {
      const got = samplesOf(batches, fieldName(field, timeline.name));
      expect(got).toEqual(expectedSamples(timeline.batches, field, range));
    }
  };

  describe('read', () => {
    for (const maxSamples of [3, 100, 1_000_000]) {
      it(`gives every sample once, in order, in chunks of ${maxSamples}`, async () => {
        for (const timeline of fixture.timelines) {
          const end = maxSamples === 3 ? fixtureStart + 120 : Infinity;
          await expectRead(timeline, names(timeline), { start: -Infinity, end }, maxSamples);
        }
      });
    }

    it('begins with a sample at the start and leaves one at the end out', async () => {
      for (const timeline of fixture.timelines) {
        const [start, end] = [timeline.batches[0]!.t[10]!, timeline.batches[0]!.t[30]!];
        await expectRead(timeline, names(timeline), { start, end }, 1_000_000);
        await expectRead(timeline, names(timeline), { start, end }, 1);
      }
    });

    it('gives what is asked in any range, cut and choice of fields', async () => {
      const query = fc.record({
        timeline: fc.constantFrom(...fixture.timelines),
        bounds: fc.tuple(fc.integer({ min: -50, max: 2000 }), fc.integer({ min: 0, max: 600 })),
        chosen: fc.array(fc.nat(), { minLength: 1, maxLength: 3 }),
        maxSamples: fc.integer({ min: 20, max: 900 }),
      });
      await fc.assert(
        fc.asyncProperty(query, async ({ timeline, bounds: [from, length], chosen, maxSamples }) => {
          const all = names(timeline);
          const fields = [...new Set(chosen.map((n) => all[n % all.length]!))];
          const start = fixtureStart + from / 10;
          await expectRead(timeline, fields, { start, end: start + length / 10 }, maxSamples);
        }),
        { numRuns: 25 },
      );
    });

    it('leaves an unknown field out', async () => {
      const known = names(firstTimeline)[0]!;
      const { batches } = await readChecked(context, firstTimeline, [known, 'no_such_field'], allTime, 1_000_000);
      expect(samplesOf(batches, fieldName(known, firstTimeline.name))).toHaveLength(firstTimeline.batches[0]!.t.length);
      for (const batch of batches) expect([...batch.columns.keys()]).toEqual([fieldName(known, firstTimeline.name)]);
      const none = await readChecked(context, firstTimeline, ['no_such_field'], allTime, 1_000_000);
      expect(none.batches).toEqual([]);
    });

    it('has nothing in an empty range, and says that it is done', async () => {
      for (const range of [
        { start: fixtureStart + 60, end: fixtureStart + 60 },
        { start: fixtureStart + 60, end: fixtureStart - 60 },
        { start: fixtureStart - 1000, end: fixtureStart - 500 },
      ]) {
        const { batches } = await readChecked(context, firstTimeline, names(firstTimeline), range, 100);
        expect(batches).toEqual([]);
      }
    });

    const query: ReadQuery = {
      timeline: timelineName(firstTimeline.name),
      fields: names(firstTimeline).map((field) => fieldName(field, firstTimeline.name)),
      range: allTime,
      maxSamples: 10,
    };

    it('refuses an unknown timeline', async () => {
      const answer = reader().read({ ...query, timeline: 'no such timeline' });
      await expect(answer).rejects.toMatchObject({ code: 'unknown_timeline' });
    });

    it('refuses a malformed query', async () => {
      for (const wrong of [{ maxSamples: 0 }, { cursor: 'no such cursor' }, { range: { start: NaN, end: 1 } }]) {
        await expect(reader().read({ ...query, ...wrong })).rejects.toMatchObject({ code: 'bad_request' });
      }
    });

    it('is cancelled by its signal', async () => {
      await expect(reader().read(query, AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' });
    });
  });
}
