import { describe, expect, it } from '@jest/globals';
import { allTime, type Chunk, collect, MemoryReader, readAll } from '@sisock/core';
import { batchOf, samplesOf } from '@sisock/testkit';

const reader = new MemoryReader({
  timelines: [
    { name: 'T', batches: [batchOf([1, 2, 3], { a: [1, 2, 3] }), batchOf([4, 5], { a: [4, 5], b: [true, false] })] },
  ],
});
const query = { timeline: 'T', fields: ['a', 'b'], range: allTime };

describe('readAll', () => {
  it('asks chunk after chunk until the last', async () => {
    const chunks: Chunk[] = [];
    for await (const chunk of readAll(reader, { ...query, maxSamples: 2 })) chunks.push(chunk);
    expect(chunks.map((c) => c.done)).toEqual([false, false, true]);
    expect(samplesOf(chunks.flatMap((c) => c.batches), 'a').map(([t]) => t)).toEqual([1, 2, 3, 4, 5]); // prettier-ignore
  });

  it('asks no further than the caller takes', async () => {
    let asked = 0;
    const counting = { read: (q: Parameters<typeof reader.read>[0]) => (asked++, reader.read(q)) };
    for await (const _ of readAll(counting, { ...query, maxSamples: 1 })) break;
    expect(asked).toBe(1);
  });

  it('gives a reader up that stands still', async () => {
    const stuck = {
      read: async (): Promise<Chunk> => ({ batches: [], cursor: 'x', done: false, finalizedUntil: 0, revision: '' }),
    };
    await expect(collect(stuck, query, { maxRows: 10 })).rejects.toMatchObject({ code: 'bad_data' });
  });

  it('stops between chunks at the signal', async () => {
    const controller = new AbortController();
    const reading = readAll(reader, { ...query, maxSamples: 1 }, controller.signal);
    await reading.next();
    controller.abort();
    await expect(reading.next()).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('collect', () => {
  it('joins rows with the same columns', async () => {
    const { batches, rows, finalizedUntil } = await collect(reader, { ...query, maxSamples: 1 }, { maxRows: 5 });
    expect(batches).toEqual([batchOf([1, 2, 3], { a: [1, 2, 3] }), batchOf([4, 5], { a: [4, 5], b: [true, false] })]);
    expect([rows, finalizedUntil]).toEqual([5, 5]);
  });

  it('refuses more rows than allowed', async () => {
    await expect(collect(reader, query, { maxRows: 4 })).rejects.toMatchObject({ code: 'too_large' });
  });
});
