import { describe, expect, it } from '@jest/globals';
import { allTime, type Batch, type Chunk, type DataChange, type Gap, type Reader } from '@sisock/core';
import { batchOf, type Sample, samplesOf } from '../batch-of.js';
import { until } from '../until.js';
import { readChecked } from './expected.js';
import type { ContractContext, ReaderUnderTest } from './reader-contract.js';
import { checkEvenReduction } from './reduce-contract.js';

type Growing = ReaderUnderTest & { readonly append: (timeline: string, batch: Batch) => Promise<void> };

/** What holds while data come in. Does nothing where the reader under test can't append. */
export function growthContract(context: ContractContext): void {
  const { fixture, can, make, timelineName, fieldName } = context;
  const timeline = fixture.timelines[0]!;
  const field = timeline.fields[0]!.name;
  const last = timeline.batches.at(-1)!.t.at(-1)!;
  const held = samplesOf(timeline.batches, field);
  const rows = (offsets: readonly number[], value: number) => {
    const t = offsets.map((offset) => last + offset);
    return batchOf(t, { [field]: t.map((_, i) => value + i) });
  };

  const withReader = (test: (made: ReaderUnderTest) => Promise<void>) => async () => {
    const made = await make(fixture);
    try {
      await test(made);
    } finally {
      await made.close();
    }
  };
  const growing = (test: (made: Growing) => Promise<void>) =>
    withReader(async (made) => {
      if (made.append !== undefined) await test(made as Growing);
    });
  const read = (reader: Reader, maxSamples: number, cursor?: string) =>
    readChecked(context, timeline, [field], allTime, maxSamples, cursor, reader);
  const samples = (batches: readonly Batch[]) => samplesOf(batches, fieldName(field, timeline.name));
  const followQuery = (after: string) => ({
    timeline: timelineName(timeline.name),
    fields: [fieldName(field, timeline.name)],
    after,
  });

  describe('growing', () => {
    it(
      'continues a cursor that was done with the rows that came since, and those only',
      growing(async ({ reader, append }) => {
        const { cursor } = await read(reader, 1_000_000);
        const nothing = await read(reader, 1_000_000, cursor);
        expect(nothing.batches).toEqual([]);
        await append(timeline.name, rows([1, 2], 10));
        await append(timeline.name, rows([3], 20));
        const more = await read(reader, 2, nothing.cursor);
        expect(samples(more.batches)).toEqual([[last + 1, 10], [last + 2, 11], [last + 3, 20]]); // prettier-ignore
        expect((await read(reader, 2, more.cursor)).batches).toEqual([]);
      }),
    );

    it(
      'continues a cursor in the midst, whatever comes meanwhile',
      growing(async ({ reader, append }) => {
        const query = { ...followQuery(''), range: allTime, maxSamples: 100 };
        const first = await reader.read(query);
        await append(timeline.name, rows([1], 10));
        const rest = await read(reader, 50, first.cursor);
        const after = await read(reader, 50, rest.cursor);
        const got = samples([...first.batches, ...rest.batches, ...after.batches]);
        expect(got).toEqual([...held, [last + 1, 10]]);
      }),
    );

    it(
      'puts late rows where they belong, and tells of them',
      growing(async ({ reader, append }) => {
        if (!can('late')) return;
        const controller = new AbortController();
        const told: DataChange[] = [];
        const telling = consume(reader.changes?.(controller.signal), (change) => told.push(change));
        const { cursor } = await read(reader, 1_000_000);
        const before = await reader.read({ ...followQuery(''), range: allTime, maxSamples: 1 });
        await append(timeline.name, rows([-30, -90], 10));
        const expected = [...held, [last - 30, 10] as Sample, [last - 90, 11] as Sample].sort((a, b) => a[0] - b[0]);
        expect(samples((await read(reader, 70)).batches)).toEqual(expected);
        const continued = samples((await read(reader, 70, cursor)).batches);
        const late = continued.filter(([t]) => t === last - 30 || t === last - 90);
        expect(late).toEqual(continued);
        expect(new Set(late.map(([t]) => t)).size).toBe(late.length);
        if (reader.changes !== undefined) {
          await until(() => told.some((c) => c.range.start <= last - 90), { what: 'news of late rows' });
          await until(() => told.some((c) => c.range.end > last - 30), { what: 'news of late rows' });
          expect(told[0]!.timeline).toBe(timelineName(timeline.name));
          const now = await reader.read({ ...followQuery(''), range: allTime, maxSamples: 1 });
          expect(now.revision).not.toBe(before.revision);
        }
        controller.abort();
        await telling;
      }),
    );

    it(
      'reduces late rows at once, and those behind',
      growing(async ({ reader, append }) => {
        const check = async () => {
          for (const want of ['m4', 'minmax', ['count', 'max']] as const) {
            await checkEvenReduction(context, timeline, want, reader);
          }
        };
        await check();
        for (const seconds of can('late') ? [1, -20_000, -40, -9_000, 2] : [1, 2]) {
          await append(timeline.name, rows([seconds], 1e6 + seconds));
          await check();
        }
      }),
    );

    it(
      'takes a cursor for other fields of its timeline, where it can be followed',
      withReader(async ({ reader }) => {
        if (reader.follow === undefined || !can('shared-timelines')) return;
        const fast = fixture.timelines[1]!;
        const query = { timeline: timelineName(fast.name), range: allTime, maxSamples: 700 };
        const fields = fast.fields.map(({ name }) => fieldName(name, fast.name));
        const { batches, cursor } = await reader.read({ ...query, fields });
        const rest = await readChecked(context, fast, [fast.fields[0]!.name], allTime, 700, cursor, reader);
        const rows = batches.reduce((sum, { t }) => sum + t.length, 0);
        const all = samplesOf(fast.batches, fast.fields[0]!.name);
        expect(samplesOf(rest.batches, fields[0]!)).toEqual(all.slice(rows));
      }),
    );

    it(
      'follows a cursor without a hole or a double, until the signal',
      growing(async ({ reader, append }) => {
        if (reader.follow === undefined) return;
        const { cursor } = await read(reader, 1_000_000);
        await append(timeline.name, rows([1, 2], 10));
        const controller = new AbortController();
        const got: (Chunk | Gap)[] = [];
        const following = consume(reader.follow(followQuery(cursor), controller.signal), (item) => got.push(item));
        const chunks = () => got.flatMap((item) => ('gap' in item ? [] : item.batches));
        await until(() => samples(chunks()).length >= 2, { what: 'what came before following' });
        for (let i = 0; i < 20; i++) await append(timeline.name, rows([3 + i], 100 + i));
        await until(() => samples(chunks()).length >= 22, { what: 'what came while following' });
        const live = Array.from({ length: 20 }, (_, i): Sample => [last + 3 + i, 100 + i]);
        expect(samples(chunks())).toEqual([[last + 1, 10], [last + 2, 11], ...live]); // prettier-ignore
        const lastChunk = got.findLast((item) => !('gap' in item)) as Chunk;
        controller.abort();
        await following;
        await append(timeline.name, rows([60], 500));
        expect(samples((await read(reader, 100, lastChunk.cursor)).batches)).toEqual([[last + 60, 500]]);
      }),
    );

    it(
      'follows from now on where no cursor is given',
      growing(async ({ reader, append }) => {
        if (reader.follow === undefined) return;
        const controller = new AbortController();
        const got: Batch[] = [];
        const following = consume(reader.follow(followQuery(''), controller.signal), (item) => {
          if (!('gap' in item)) got.push(...item.batches);
        });
        // Over a network the beginning takes a moment: rows are sent until the first one comes.
        let sent = 0;
        await until(async () => {
          if (got.length === 0) await append(timeline.name, rows([++sent], sent));
          return got.length > 0;
        });
        const first = samples(got)[0]!;
        expect(first[0]).toBeGreaterThan(last);
        controller.abort();
        await following;
      }),
    );

    it(
      'tells its health, where it does',
      withReader(async ({ reader }) => {
        const health = await reader.health?.();
        if (health === undefined) return;
        expect(health.ok).toBe(true);
        const newest = Math.max(...fixture.timelines.map((one) => one.batches.at(-1)!.t.at(-1)!));
        expect(health.newest).toBe(newest);
      }),
    );
  });
}

async function consume<T>(items: AsyncIterable<T> | undefined, take: (item: T) => void): Promise<void> {
  if (items === undefined) return;
  for await (const item of items) take(item);
}
