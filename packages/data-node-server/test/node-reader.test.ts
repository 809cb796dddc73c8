import { describe, expect, it } from '@jest/globals';
import { allTime, type Batch, type Value } from '@sisock/core';
import { type Fixture, readerContract, samplesOf } from '@sisock/testkit';
import { readerFromNode } from '../src/node-reader.js';
import type { NodeData, NodeFields, NodeValues } from '../src/node-shape.js';

const clock = () => 1_600_000_000;

/** A node of the original's shape over batches, as an author would write it. */
function plainNode(fixture: Fixture) {
  const held = new Map(fixture.timelines.map(({ name, batches }) => [name, [...batches]]));
  const typeOf = (value: Value) =>
    typeof value === 'boolean' ? 'bool' : typeof value === 'string' ? 'string' : 'number';
  const first = (name: string) => fixture.timelines.flatMap((one) => samplesOf(one.batches, name))[0]!;
  const getFields = (): NodeFields => [
    Object.fromEntries(
      fixture.timelines.flatMap(({ name: timeline, fields }) =>
        fields.map(({ name, units, description }) => [
          name,
          { timeline, type: typeOf(first(name)[1]), units, description } as const,
        ]),
      ),
    ),
    Object.fromEntries(
      fixture.timelines.map(({ name, interval, fields }) => [name, { interval, field: fields.map((f) => f.name) }]),
    ),
  ];
  const getData = async (names: readonly string[], start: number, end: number): Promise<NodeData> => {
    const data: Record<string, NodeValues> = {};
    const timeline: Record<string, { t: number[]; finalized_until: number | null }> = {};
    for (const { name, fields } of fixture.timelines) {
      const wanted = fields.filter((field) => names.includes(field.name));
      if (wanted.length === 0) continue;
      const batches = held.get(name)!;
      const t = batches.flatMap((batch) => [...batch.t]);
      const inside = [...t.keys()].filter((i) => t[i]! >= start && t[i]! < end);
      timeline[name] = { t: inside.map((i) => t[i]!), finalized_until: t.at(-1)! };
      for (const field of wanted) {
        const all = batches.flatMap((batch): (Value | null)[] =>
          batch.columns.has(field.name)
            ? samplesOf([batch], field.name).map(([, v]) => v)
            : [...batch.t].map(() => null),
        );
        data[field.name] = inside.map((i) => all[i]!);
      }
    }
    return { data, timeline };
  };
  return { getFields, getData, append: async (timeline: string, batch: Batch) => void held.get(timeline)!.push(batch) };
}

readerContract(
  'readerFromNode',
  async (fixture) => {
    const { getFields, getData, append } = plainNode(fixture);
    return { reader: readerFromNode({ getFields, getData, clock }), append, close: async () => undefined };
  },
  // The original's shape has one null for "no number" and "no sample", and no integers of its own.
  { without: ['i64', 'column-sets', 'late'] },
);

describe('a node that lies is contained', () => {
  const fields: NodeFields = [
    {
      a: { timeline: 'm' },
      b: { timeline: 'm' },
      s: { timeline: 'm', type: 'string' },
      o: { timeline: 'm', type: 'bool' },
    },
    { m: { interval: 1, field: ['a', 'b', 's', 'o'] } },
  ];
  const read = async (answer: unknown, getFields: () => unknown = () => fields) => {
    const problems: string[] = [];
    const reader = readerFromNode({
      getFields: getFields as () => NodeFields,
      getData: () => answer as NodeData,
      clock,
      onProblem: (problem) => problems.push(problem),
    });
    const names = ['a', 'b', 's', 'o'];
    const chunk = await reader.read({
      timeline: 'm',
      fields: names,
      range: { start: 100, end: 200 },
      maxSamples: 1000,
    });
    const samples = Object.fromEntries(names.map((name) => [name, samplesOf(chunk.batches, name)]));
    return { chunk, problems, ...samples } as { chunk: typeof chunk; problems: string[] } & Record<
      string,
      [number, Value][]
    >;
  };
  const times = (t: unknown, finalized_until?: unknown) => ({ m: { t, finalized_until } });

  it('leaves a field of a wrong length out, and serves its neighbours', async () => {
    const { a, b, problems } = await read({ data: { a: [1, 2], b: [1] }, timeline: times([101, 102]) });
    expect(a).toEqual([[101, 1], [102, 2]]); // prettier-ignore
    expect(b).toEqual([]);
    expect(problems).toEqual(['field "b" left out: it has 1 values for 2 times']);
  });

  it('sorts unsorted times with their values', async () => {
    const { a, problems } = await read({ data: { a: [3, 1, 2, 4] }, timeline: times([103, 101, 102, 103]) });
    expect(a).toEqual([[101, 1], [102, 2], [103, 3], [103, 4]]); // prettier-ignore
    expect(problems).toHaveLength(1);
  });

  it('drops rows without a time, and cuts what is outside the range', async () => {
    const { a, problems } = await read({ data: { a: [1, 2, 3, 4, 5] }, timeline: times([99, NaN, 150, null, 200]) });
    expect(a).toEqual([[150, 3]]);
    expect(problems).toEqual(['timeline "m": 2 times are no finite numbers: their rows are left out']);
  });

  it('leaves a field out whose values are not of its type', async () => {
    const data = { a: [1, 'x'], b: [1, {}], s: ['x', 7], o: [true, 2] };
    const { a, b, s, o, problems } = await read({ data, timeline: times([101, 102]) });
    expect([a, b, s, o]).toEqual([[], [], [], []]);
    expect(problems).toHaveLength(4);
  });

  it('takes null as no value', async () => {
    const data = { a: [1, null, 3], s: ['x', null, 'z'], o: [null, false, 1] };
    const { a, s, o } = await read({ data, timeline: times([101, 102, 103]) });
    expect(a).toEqual([[101, 1], [102, NaN], [103, 3]]); // prettier-ignore
    expect(s).toEqual([[101, 'x'], [103, 'z']]); // prettier-ignore
    expect(o).toEqual([[102, false], [103, true]]); // prettier-ignore
  });

  it.each([null, 7, 'x', [], {}, { data: [] }, { data: {}, timeline: [] }, { data: { a: [1] }, timeline: { m: 5 } }])(
    'says bad_data of an answer that is none: %j',
    async (answer) => {
      await expect(read(answer)).rejects.toMatchObject({ code: 'bad_data' });
    },
  );

  it.each([null, {}, [{}], [{}, {}, {}], [[], []], 'x'])(
    'says bad_data of fields that are none: %j',
    async (answer) => {
      await expect(read({ data: {}, timeline: {} }, () => answer)).rejects.toMatchObject({ code: 'bad_data' });
    },
  );

  it('leaves fields out that are described wrongly', async () => {
    const problems: string[] = [];
    const wrong = {
      a: { timeline: 'm' },
      b: null,
      c: {},
      d: { timeline: 'm', type: 'number?' },
      __proto__x: { timeline: 5 },
    };
    const reader = readerFromNode({
      getFields: () => [wrong, { m: 'x' }] as unknown as NodeFields,
      getData: () => ({ data: {}, timeline: {} }),
      clock,
      onProblem: (problem) => problems.push(problem),
    });
    const { fields: found, timelines } = await reader.catalog(allTime);
    expect([...found.keys()]).toEqual(['a']);
    expect(timelines.get('m')).toEqual({ name: 'm', interval: null, fields: ['a'], extent: null });
    expect(problems).toHaveLength(4);
  });

  it('knows what null as finalized_until can mean: what is past', async () => {
    const final = async (value: unknown) =>
      (await read({ data: { a: [1] }, timeline: times([101], value) })).chunk.finalizedUntil;
    expect(await final(null)).toBe(200);
    expect(await final(150)).toBe(150);
    expect(await final(undefined)).toBe(-Infinity);
    expect(await final('soon')).toBe(-Infinity);
  });

  it('passes on what the node throws', async () => {
    const reader = readerFromNode({
      getFields: () => Promise.reject(new Error('disk')),
      getData: () => false,
      clock,
    });
    await expect(reader.catalog(allTime)).rejects.toThrow('disk');
  });
});

describe('a node that answers false', () => {
  const strides: (number | null)[] = [];
  const reader = readerFromNode({
    getFields: () => [{ a: { timeline: 'm' } }, { m: {} }],
    getData: (_, start, end, minStride) => {
      strides.push(minStride);
      if (minStride === null) return false;
      return { data: { a: [1, 2] }, timeline: { m: { t: [start, (start + end) / 2] } } };
    },
    clock,
  });

  it('is too large to read', async () => {
    const answer = reader.read({ timeline: 'm', fields: ['a'], range: { start: 1, end: 100 }, maxSamples: 10 });
    await expect(answer).rejects.toMatchObject({ code: 'too_large' });
  });

  it('is asked again with a stride for a reduction', async () => {
    strides.length = 0;
    const query = { timeline: 'm', fields: ['a'], start: 100, width: 8, count: 10, want: 'm4' as const };
    expect((await reader.reduce(query)).fields.get('a')).toMatchObject({ kind: 'samples', from: 2 });
    expect(strides).toEqual([null, 2]);
  });
});
