import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { allTime, collect, type ReduceQuery } from '@sisock/core';
import { silentLogger } from '@sisock/runtime';
import { until } from '@sisock/testkit';
import { nodeUri, WampReader } from '@sisock/wamp';
import { Bench } from './support.js';

const now = 1_500_100_000;
const start = 1_500_000_000;

let bench: Bench;
let problems: string[];
beforeEach(async () => {
  bench = await Bench.start();
  problems = [];
});
afterEach(() => bench.close());

interface Call {
  readonly fields: string[];
  readonly start: number;
  readonly end: number;
  readonly stride: number | null;
}

/** A node as the original's authors write them: one sample a second, refusing more than `allowance` samples. */
class OldNode {
  readonly calls: Call[] = [];
  allowance = Infinity;
  t = Array.from({ length: 10_000 }, (_, i) => start + i);
  spike = -1;
  fieldsAsked = 0;
  overallLength = 0;

  async serve(): Promise<WampReader> {
    const session = await bench.session();
    await session.register(nodeUri('old', 'get_fields'), () => {
      this.fieldsAsked++;
      const field = (units: string) => ({ description: null, timeline: 'all', type: 'number', units });
      return [{ a: field('K'), b: field('V') }, { all: { interval: 1, field: ['a', 'b'] } }];
    });
    await session.register(nodeUri('old', 'get_data'), ([fields, from, to, stride]) =>
      this.#data({
        fields: fields as string[],
        start: from as number,
        end: to as number,
        stride: (stride ?? null) as number | null,
      }),
    );
    const caller = await bench.session({ authid: 'eye' });
    return new WampReader('old', [], {
      session: caller,
      log: silentLogger(),
      clock: () => now,
      callTimeoutMs: 60_000,
      followPollMs: 5,
      fieldsFreshMs: 1e6,
      onProblem: (_, problem) => problems.push(problem),
    });
  }

  #data(call: Call): unknown {
    this.calls.push(call);
    const inside = this.t.filter((t) => t >= call.start && t < call.end);
    const every = call.stride === null ? 1 : Math.max(1, Math.floor(call.stride));
    const t = inside.filter((_, i) => i % every === 0);
    if (t.length * call.fields.length > this.allowance) return false;
    const data = Object.fromEntries(call.fields.map((f) => [f, t.map((x) => (x === this.spike ? 1e6 : x % 60))]));
    return { data, timeline: { all: { t, finalized_until: null } } };
  }
}

const rows = (reader: WampReader, field: string, maxSamples: number) =>
  collect(reader, { timeline: field, fields: [field], range: allTime, maxSamples }, { maxRows: 1e6 });

describe('an original node', () => {
  it('has a timeline for each field', async () => {
    const reader = await new OldNode().serve();
    const { fields, timelines } = await reader.catalog(allTime);
    expect(fields.get('a')).toMatchObject({ timeline: 'a', units: 'K' });
    expect(timelines.get('b')).toEqual({ name: 'b', interval: 1, fields: ['b'], extent: null });
  });

  it('is asked once for several fields of one moment, with absolute times only', async () => {
    const node = new OldNode();
    const reader = await node.serve();
    await reader.catalog(allTime);
    const read = (field: string) => reader.read({ timeline: field, fields: [field], range: allTime, maxSamples: 1e6 });
    const [a, b] = await Promise.all([read('a'), read('b')]);
    expect(node.calls).toEqual([{ fields: ['a', 'b'], start: 1, end: now + 86_400, stride: null }]);
    expect(a.batches[0]!.t).toHaveLength(10_000);
    expect(b.batches[0]!.columns.get('b')!.v).toHaveLength(10_000);
  });

  it('is asked once for a read in many chunks', async () => {
    const node = new OldNode();
    const reader = await node.serve();
    expect((await rows(reader, 'a', 1000)).rows).toBe(10_000);
    expect(node.calls).toHaveLength(1);
  });

  it('that refuses is read in narrower windows, whole', async () => {
    const node = new OldNode();
    node.allowance = 700;
    const reader = await node.serve();
    const { batches } = await rows(reader, 'a', 500);
    expect(Array.from(batches[0]!.t)).toEqual(node.t);
    expect(node.calls.length).toBeLessThan(150);
  });

  it('that refuses two fields together is asked for each', async () => {
    const node = new OldNode();
    node.allowance = 15_000;
    const reader = await node.serve();
    const [a, b] = await Promise.all([rows(reader, 'a', 1e6), rows(reader, 'b', 1e6)]);
    expect([a.rows, b.rows]).toEqual([10_000, 10_000]);
    expect(node.calls.map(({ fields }) => fields.join())).toEqual(['a,b', 'a', 'b']);
  });

  it('that refuses everything is too_large, soon', async () => {
    const node = new OldNode();
    node.allowance = -1;
    const reader = await node.serve();
    await expect(rows(reader, 'a', 1000)).rejects.toMatchObject({ code: 'too_large' });
    expect(node.calls.length).toBeLessThan(60);
  });

  const reduce: ReduceQuery = { timeline: 'a', fields: ['a'], start, width: 100, count: 100, want: ['count', 'max'] };

  it('is reduced from all samples, without min_stride, where it allows', async () => {
    const node = new OldNode();
    node.spike = start + 4321;
    const reader = await node.serve();
    const stats = (await reader.reduce(reduce)).fields.get('a');
    expect(stats).toMatchObject({ kind: 'stats' });
    if (stats?.kind !== 'stats') throw new Error('no statistics');
    expect(stats.count!.every((n) => n === 100)).toBe(true);
    expect(stats.max!.v[43]).toBe(1e6);
    expect(node.calls.map(({ stride }) => stride)).toEqual([null]);
  });

  it('is reduced with min_stride after it refused', async () => {
    const node = new OldNode();
    node.allowance = 500;
    const reader = await node.serve();
    const stats = (await reader.reduce(reduce)).fields.get('a');
    if (stats?.kind !== 'stats') throw new Error('no statistics');
    expect(stats.count!.every((n) => n === 2)).toBe(true);
    expect(node.calls.map(({ stride }) => stride)).toEqual([null, 50]);
  });

  it('is followed without a hole or a double, equal times too', async () => {
    const node = new OldNode();
    node.t = [start, start + 1];
    const reader = await node.serve();
    const { cursor } = await reader.read({ timeline: 'a', fields: ['a'], range: allTime, maxSamples: 10 });
    const controller = new AbortController();
    const got: number[] = [];
    const following = (async () => {
      for await (const item of reader.follow({ timeline: 'a', fields: ['a'], after: cursor }, controller.signal)) {
        if (!('gap' in item)) for (const { t } of item.batches) got.push(...t);
      }
    })();
    node.t.push(start + 1, start + 2);
    await until(() => got.length === 2);
    node.t.push(start + 2, start + 2, start + 5);
    await until(() => got.length === 5);
    expect(got).toEqual([1, 2, 2, 2, 5].map((s) => start + s));
    controller.abort();
    await following;
  });

  it('has no unknown timelines, and is not asked again for each', async () => {
    const node = new OldNode();
    const reader = await node.serve();
    const read = () => reader.read({ timeline: 'zz', fields: ['zz'], range: allTime, maxSamples: 5 });
    for (let i = 0; i < 5; i++) await expect(read()).rejects.toMatchObject({ code: 'unknown_timeline' });
    expect(node.fieldsAsked).toBe(1);
  });

  it.each(['', 'x', 'o:1', 'o::1', 'o:NaN:1', 'o:1:x', 'm:0:1:::'])('refuses the cursor %j', async (cursor) => {
    const reader = await new OldNode().serve();
    const query = { timeline: 'a', fields: ['a'], range: allTime, maxSamples: 5, cursor };
    await expect(reader.read(query)).rejects.toMatchObject({ code: 'bad_request' });
  });
});
