import { describe, expect, it } from '@jest/globals';
import { MemoryReader, queryReducer, reduceBatches, reduceByReading, type ReduceQuery } from '@sisock/core';
import { batchOf } from '@sisock/testkit';

const query: ReduceQuery = { timeline: 'T', fields: ['a', 'b', 'c'], start: 0, width: 10, count: 3, want: ['count'] };
const batches = [batchOf([1, 2], { a: [1, 2] }), batchOf([12, 50], { a: [3, 4], b: ['x', 'y'], other: [1, 1] })];

describe('reducing batches', () => {
  it('answers the asked fields that have rows, through changing columns', () => {
    const fields = reduceBatches(query, batches);
    expect([...fields.keys()]).toEqual(['a', 'b']);
    expect(fields.get('a')).toEqual({ kind: 'stats', count: Float64Array.of(2, 1, 0) });
    expect(fields.get('b')).toEqual({ kind: 'stats', count: Float64Array.of(0, 1, 0) });
  });

  it('goes batch by batch', () => {
    const reducer = queryReducer({ ...query, want: 'm4' });
    for (const batch of batches) reducer.push(batch);
    expect(reducer.finish()).toEqual(reduceBatches({ ...query, want: 'm4' }, batches));
  });
});

describe('reduceByReading', () => {
  const rows = 150_000;
  const t = Array.from({ length: rows }, (_, i) => i / 5000);
  const reader = new MemoryReader({ timelines: [{ name: 'T', batches: [batchOf(t, { a: t.map((x) => x % 7) })] }] });

  it('gives the answer of the whole out of many chunks', async () => {
    for (const want of ['m4', ['mean', 'max', 'count']] as const) {
      const expected = await reader.reduce({ ...query, want });
      expect(await reduceByReading(reader, { ...query, want })).toEqual(expected);
    }
  });

  it('says the least that is final and the revision it began with', async () => {
    let n = 0;
    const changing = {
      read: async () => {
        n++;
        return { batches: [], cursor: String(n), done: n === 3, finalizedUntil: 10 - n, revision: `r${n}` };
      },
    };
    expect(await reduceByReading(changing, query)).toMatchObject({ finalizedUntil: 7, revision: 'r1' });
  });

  it('stops at the signal', async () => {
    const controller = new AbortController();
    const endless = {
      read: async () => {
        controller.abort();
        return { batches: [], cursor: String(Math.random()), done: false, finalizedUntil: 0, revision: '' };
      },
    };
    await expect(reduceByReading(endless, query, controller.signal)).rejects.toMatchObject({ code: 'cancelled' });
  });
});
