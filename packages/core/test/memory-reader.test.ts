import { describe, expect, it } from '@jest/globals';
import { allTime, type Batch, type Chunk, collect, type Gap, MemoryReader } from '@sisock/core';
import { batchOf, type Sample, samplesOf, until } from '@sisock/testkit';
import fc from 'fast-check';

const query = { timeline: 'T', fields: ['a', 'b'], range: allTime };

async function whole(reader: MemoryReader, field = 'a'): Promise<Sample[]> {
  return samplesOf((await collect(reader, query, { maxRows: 1e6 })).batches, field);
}

describe('a memory reader', () => {
  it('gives each row once to a cursor, in rising passes, whatever comes meanwhile', async () => {
    const times = fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 8 });
    const step = fc.record({ append: times, maxSamples: fc.integer({ min: 1, max: 5 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const reader = new MemoryReader({ timelines: [{ name: 'T' }] });
        let n = 0;
        let cursor: string | undefined;
        let last = -Infinity;
        const got: Sample[] = [];
        const read = async (maxSamples: number): Promise<Chunk> => {
          const chunk = await reader.read({ ...query, maxSamples, ...(cursor !== undefined && { cursor }) });
          for (const [t, value] of samplesOf(chunk.batches, 'a')) {
            expect(t).toBeGreaterThanOrEqual(last);
            last = t;
            got.push([t, value]);
          }
          if (chunk.done) last = -Infinity;
          cursor = chunk.cursor;
          return chunk;
        };
        const sent: Sample[] = [];
        for (const { append, maxSamples } of steps) {
          // Every third row has another set of columns.
          const own = append.map((t): Sample => [t, ++n]);
          const values = own.map(([, value]) => value);
          reader.append('T', batchOf(append, n % 3 === 0 ? { a: values, b: values.map(String) } : { a: values }));
          sent.push(...own);
          await read(maxSamples);
        }
        while (!(await read(7)).done || (await read(7)).batches.length > 0);
        const byValue = (a: Sample, b: Sample) => Number(a[1]) - Number(b[1]);
        expect([...got].sort(byValue)).toEqual(sent);
        const sorted = [...sent].sort((a, b) => a[0] - b[0]);
        const fresh = await whole(reader);
        expect(fresh.map(([t]) => t)).toEqual(sorted.map(([t]) => t));
      }),
      { numRuns: 200 },
    );
  });

  it('keeps equal times in the order they came', async () => {
    const reader = new MemoryReader();
    reader.append('T', batchOf([5, 5, 9], { a: [1, 2, 3] }));
    reader.append('T', batchOf([9, 5], { a: [5, 4] }));
    expect(await whole(reader)).toEqual([[5, 1], [5, 2], [5, 4], [9, 3], [9, 5]]); // prettier-ignore
  });

  it('shows a field that changes its kind in batches of their own', async () => {
    const reader = new MemoryReader();
    reader.append('T', batchOf([1, 2], { a: [1, 2] }));
    reader.append('T', batchOf([3], { a: ['three'] }));
    const { batches } = await collect(reader, query, { maxRows: 10 });
    expect(batches).toEqual([batchOf([1, 2], { a: [1, 2] }), batchOf([3], { a: ['three'] })]);
    expect((await reader.catalog(allTime)).fields.get('a')?.type).toBe('string');
  });

  it('skips rows that have none of the asked fields', async () => {
    const reader = new MemoryReader();
    for (let i = 0; i < 10; i++) reader.append('T', batchOf([i], i % 2 ? { a: [i] } : { c: [i] }));
    const { batches, rows } = await collect(reader, query, { maxRows: 10 });
    expect([batches.length, rows]).toEqual([1, 5]);
  });

  it('never changes what it handed out', async () => {
    const reader = new MemoryReader();
    reader.append('T', batchOf([1, 5], { a: [1, 5], b: ['one', 'five'] }));
    const { batches } = await collect(reader, query, { maxRows: 10 });
    reader.append('T', batchOf([3], { a: [3], b: ['three'] }));
    reader.append('T', batchOf([6], { a: [6], b: ['six'] }));
    expect(batches).toEqual([batchOf([1, 5], { a: [1, 5], b: ['one', 'five'] })]);
  });

  it('lists declared fields before their first sample, and fields of a range', async () => {
    const fields = [{ name: 'x', type: 'bool', units: 'K', labels: { chip: 'c' } }] as const;
    const reader = new MemoryReader({ timelines: [{ name: 'T', interval: 2, fields }] });
    reader.append('T', batchOf([10], { a: [1] }));
    reader.append('T', batchOf([20], { late: [1] }));
    const { fields: found, timelines } = await reader.catalog({ start: 0, end: 15 });
    expect([...found.keys()]).toEqual(['x', 'a']);
    expect(found.get('x')).toEqual({ name: 'x', timeline: 'T', type: 'bool', units: 'K', description: null, labels: { chip: 'c' } }); // prettier-ignore
    expect(timelines.get('T')).toEqual({ name: 'T', interval: 2, fields: ['x', 'a'], extent: { start: 10, end: 20 } });
  });

  it('takes nothing of a batch that is wrong', async () => {
    const reader = new MemoryReader({ timelines: [{ name: 'T', fields: [{ name: 'a' }] }] });
    const wrong: [string, Batch][] = [
      ['T', batchOf([1, NaN], { a: [1, 2] })],
      ['T', batchOf([1, 2], { a: [1] })],
      ['other', batchOf([1], { a: [1] })],
    ];
    for (const [timeline, batch] of wrong) {
      expect(() => reader.append(timeline, batch)).toThrow(expect.objectContaining({ code: 'bad_request' }));
    }
    expect(await whole(reader)).toEqual([]);
    expect((await reader.catalog(allTime)).timelines.size).toBe(0);
  });

  it('says what is final: what is older than its newest row, or everything', async () => {
    const reader = new MemoryReader({ timelines: [{ name: 'T' }] });
    const read = (one: MemoryReader) => one.read({ ...query, maxSamples: 1 });
    expect((await read(reader)).finalizedUntil).toBe(-Infinity);
    reader.append('T', batchOf([1, 7], { a: [1, 2] }));
    expect((await read(reader)).finalizedUntil).toBe(7);
    const complete = new MemoryReader({ complete: true, timelines: [{ name: 'T' }] });
    expect((await read(complete)).finalizedUntil).toBe(Infinity);
  });

  it('refuses cursors of other timelines and invented ones', async () => {
    const reader = new MemoryReader({ timelines: [{ name: 'T' }, { name: 'U' }] });
    const { cursor } = await reader.read({ ...query, timeline: 'U', maxSamples: 1 });
    for (const wrong of [cursor, '', 'm:0:5:::', 'm:0:-1:::', 'm:0:0:0:NaN:0', 'm:0:0:0:1', 'x:0:0:::']) {
      const answer = reader.read({ ...query, maxSamples: 1, cursor: wrong });
      await expect(answer).rejects.toMatchObject({ code: 'bad_request' });
    }
  });

  it('forgets the oldest rows above its limit, and tells a follower that had not come to them', async () => {
    const reader = new MemoryReader({ maxRows: 5 });
    reader.append('T', batchOf([1, 2, 3], { a: [1, 2, 3] }));
    const controller = new AbortController();
    const { cursor } = await reader.read({ ...query, maxSamples: 1 });
    const got: (Chunk | Gap)[] = [];
    const following = (async () => {
      for await (const item of reader.follow({ ...query, after: cursor }, controller.signal)) {
        got.push(item);
        if (got.length > 1) continue;
        // The follower is busy with its first chunk while more comes than is kept.
        for (let t = 4; t <= 11; t++) reader.append('T', batchOf([t], { a: [t] }));
      }
    })();
    await until(() => got.length >= 3);
    controller.abort();
    await following;
    const times = got.map((item) => ('gap' in item ? item.gap : item.batches.flatMap((b) => [...b.t])));
    expect(times).toEqual([[2, 3], { rows: 3, range: { start: 4, end: 6 } }, [7, 8, 9, 10, 11]]);
    expect((await whole(reader)).map(([t]) => t)).toEqual([7, 8, 9, 10, 11]);
    expect(await reader.health()).toMatchObject({ ok: true, newest: 11, counters: { rows: 5 } });
  });

  it('refuses to follow what is not there, when asked for the first item', async () => {
    const reader = new MemoryReader();
    const following = reader.follow({ ...query, after: '' }, AbortSignal.abort());
    await expect(collectItems(following)).rejects.toMatchObject({ code: 'unknown_timeline' });
  });
});

async function collectItems<T>(items: AsyncIterable<T>): Promise<T[]> {
  const got: T[] = [];
  for await (const item of items) got.push(item);
  return got;
}
