import { describe, expect, it } from '@jest/globals';
import { allTime, type Chunk, collect, MemoryReader, readAll, type SisockError } from '@sisock/core';
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

  const good: Chunk = { batches: [], cursor: 'x', done: false, finalizedUntil: 0, revision: '' };
  /** What is read of a reader whose n-th chunk is `chunk(n)`: the rows before the error, and its code and message. */
  const outcome = async (chunk: (n: number) => unknown, maxSamples = 10) => {
    let n = 0;
    let rows = 0;
    try {
      const liar = { read: async () => chunk(n++) as Chunk };
      for await (const { batches } of readAll(liar, { ...query, maxSamples })) {
        for (const batch of batches) rows += batch.t.length;
      }
    } catch (error) {
      return [rows, (error as SisockError).code, (error as SisockError).message];
    }
    return [rows, 'no error'];
  };

  it.each([
    ['without rows', []],
    ['with the same rows again and again', [batchOf([1], { a: [1] })]],
  ])('gives a reader up that stands still, %s', async (_, batches) => {
    const rows = batches.reduce((n, b) => n + b.t.length, 0);
    expect(await outcome(() => ({ ...good, batches }))).toEqual([
      rows,
      'bad_data',
      'reading "T" stands still: its cursor does not move',
    ]);
  });

  it('gives a reader up that goes on without end and brings nothing, and lets others have their turn meanwhile', async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    expect(await outcome((n) => ({ ...good, cursor: `${n}` }))).toEqual([
      0,
      'bad_data',
      'reading "T" brings nothing: 100000 chunks in a row without a row',
    ]);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(0);
  });

  it.each([
    ['null', null],
    ['a text', 'chunk'],
    ['no batches', { ...good, batches: undefined }],
    ['batches that are none', { ...good, batches: [null] }],
    ['times in a plain list', { ...good, batches: [{ t: [1], columns: new Map() }] }],
    ['columns in an object', { ...good, batches: [{ t: new Float64Array(1), columns: {} }] }],
    ['a column without values', { ...good, batches: [{ t: new Float64Array(1), columns: new Map([['a', null]]) }] }],
    ['a column of a strange kind', { ...good, batches: [{ ...batchOf([1], {}), columns: new Map([['a', { kind: 'constructor', v: [1] }]]) }] }], // prettier-ignore
    ['values in a plain list', { ...good, batches: [{ ...batchOf([1], {}), columns: new Map([['a', { kind: 'f64', v: [1] }]]) }] }], // prettier-ignore
    ['too few values', { ...good, batches: [{ ...batchOf([1], {}), columns: new Map([['a', { kind: 'str', v: [] }]]) }] }], // prettier-ignore
    ['times that fall', { ...good, batches: [batchOf([2, 1], { a: [1, 2] })] }],
    ['a time that is none', { ...good, batches: [batchOf([NaN], { a: [1] })] }],
    ['more rows than asked for', { ...good, batches: [batchOf([1, 2, 3], { a: [1, 2, 3] })] }],
    ['a cursor that is no text', { ...good, cursor: 7 }],
    ['no word on being done', { ...good, done: undefined }],
    ['finalized until NaN', { ...good, finalizedUntil: NaN }],
    ['no revision', { ...good, revision: null }],
  ])('refuses %s', async (_, chunk) => {
    expect((await outcome(() => chunk, 2)).slice(0, 2)).toEqual([0, 'bad_data']);
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
