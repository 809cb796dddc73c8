import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MemoryReader } from '@sisock/core';
import { batchOf } from '@sisock/testkit';
import { now, served, type Served } from './harness.js';

describe("the original's wire form", () => {
  let node: Served;
  beforeEach(async () => {
    node = await served();
  });
  afterEach(() => node.close());

  it('describes fields and timelines', async () => {
    const [field, timeline] = await node.call('get_fields', [1, 0]);
    expect(field.level).toEqual({ description: 'A level', timeline: 'fast', type: 'number', units: 'K' });
    expect(field.state).toEqual({ description: null, timeline: 'slow', type: 'string', units: null });
    expect(field.open.type).toBe('bool');
    expect(timeline).toEqual({
      fast: { interval: 1, field: ['level', 'count'] },
      slow: { interval: null, field: ['state', 'open'] },
    });
  });

  it('resolves relative times once, by the injected clock', async () => {
    const { data, timeline } = await node.call('get_data', [['level'], -3, 0]);
    expect(timeline.fast.t).toEqual([now - 3, now - 2, now - 1]);
    expect(data.level).toEqual([24.25, 24.5, 24.75]);
  });

  it('takes (1, 0) as all of time, the end left out', async () => {
    const { timeline } = await node.call('get_data', [['level'], 1, 0]);
    expect(timeline.fast.t).toHaveLength(100);
    const cut = await node.call('get_data', [['level'], now - 10, now - 5]);
    expect(cut.timeline.fast.t).toEqual([now - 10, now - 9, now - 8, now - 7, now - 6]);
  });

  it('takes arguments by place, by name and mixed', async () => {
    const expected = await node.call('get_data', [['level'], -30, 0, 10]);
    expect(expected.timeline.fast.t).toEqual([now - 30, now - 20, now - 10]);
    const byName = { field: ['level'], start: -30, end: 0, min_stride: 10 };
    expect(await node.call('get_data', [], byName)).toEqual(expected);
    expect(await node.call('get_data', [['level'], -30], { end: 0, min_stride: 10 })).toEqual(expected);
    expect(await node.call('get_fields', [], { start: 1, end: 0 })).toEqual(await node.call('get_fields', [1, 0]));
  });

  it('fault 9: gives each field and value its own type', async () => {
    const [field] = await node.call('get_fields', [1, 0]);
    expect([field.count.type, field.state.type, field.open.type]).toEqual(['number', 'string', 'bool']);
    const { data } = await node.call('get_data', [['count', 'state', 'open'], -60, 0]);
    expect(data.count.slice(0, 2)).toEqual([40, 41]);
    expect(data.state).toEqual(['on', 'off']);
    expect(data.open).toEqual([true, false]);
  });

  it('answers for an unknown field with an empty array, and leaves out timelines without data', async () => {
    expect(await node.call('get_data', [['none'], 1, 0])).toEqual({ data: { none: [] }, timeline: {} });
    expect(await node.call('get_data', [['state'], -10, 0])).toEqual({ data: { state: [] }, timeline: {} });
    const both = await node.call('get_data', [['state', 'level', 'none', 'level'], -10, 0]);
    expect(Object.keys(both.data).sort()).toEqual(['level', 'none', 'state']);
    expect(Object.keys(both.timeline)).toEqual(['fast']);
  });

  it('answers for an empty range with nothing, not with an error', async () => {
    expect(await node.call('get_data', [['level'], 0, -10])).toEqual({ data: { level: [] }, timeline: {} });
    expect(await node.call('get_data', [[], 1, 0])).toEqual({ data: {}, timeline: {} });
  });

  it('says in finalized_until what is final: a time, or null for all that was asked', async () => {
    expect((await node.call('get_data', [['level'], 1, 0])).timeline.fast.finalized_until).toBe(now - 1);
    expect((await node.call('get_data', [['level'], now - 50, now - 40])).timeline.fast.finalized_until).toBeNull();
  });

  it('names a bad argument in its error, counts it and lives on', async () => {
    const bad: [unknown[], Record<string, unknown>, RegExp][] = [
      [[], {}, /field/],
      [[['level'], 'yesterday', 0], {}, /start "yesterday"/],
      [[['level'], 1, NaN], {}, /end NaN/],
      [[['level'], 1, 0, -5], {}, /min_stride -5/],
      [[['level'], 1, 0, 'x'], {}, /min_stride "x"/],
      [[{ level: 1 }, 1, 0], {}, /field/],
      [[[7], 1, 0], {}, /field 7/],
      [[['level'], 1, 0, null, 5], {}, /arguments/],
      [[['level'], 1, 0], { stride: 5 }, /"stride"/],
      [[['level'], 1, 0], { start: 5 }, /start/],
    ];
    for (const [args, kwargs, message] of bad) {
      await expect(node.call('get_data', args, kwargs)).rejects.toMatchObject({
        code: 'bad_request',
        message: expect.stringMatching(message),
      });
    }
    expect(await node.metrics.text()).toContain(
      `sisock_node_requests_total{node="n",procedure="get_data",outcome="bad_request"} ${bad.length}`,
    );
    expect((await node.call('get_data', [['level'], 1, 0])).timeline.fast.t).toHaveLength(100);
  });
});

describe('the pipeline allowance', () => {
  it('answers false above it, and data at it', async () => {
    const node = await served(undefined, { limits: { allowance: 100 } });
    expect((await node.call('get_data', [['level'], 1, 0])).data.level).toHaveLength(100);
    expect(await node.call('get_data', [['level', 'count'], 1, 0])).toBe(false);
    await node.close();
  });

  it('looks at what is left after min_stride', async () => {
    const node = await served(undefined, { limits: { allowance: 50 } });
    expect(await node.call('get_data', [['level'], 1, 0])).toBe(false);
    expect((await node.call('get_data', [['level'], 1, 0, 2])).data.level).toHaveLength(50);
    await node.close();
  });

  it('is applied while reading, not after', async () => {
    let reads = 0;
    const endless = someRows(1e6);
    const reader = new Proxy(endless, {
      get: (target, key) => {
        const value = Reflect.get(target, key) as unknown;
        if (key === 'read') reads++;
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
    const node = await served(reader, { limits: { allowance: 1000 } });
    expect(await node.call('get_data', [['v'], 1, 0])).toBe(false);
    expect(reads).toBe(1);
    await node.close();
  });
});

describe('fault 5: MAX_POINTS', () => {
  for (const maxPoints of [1, 2, 3, 100, 101, 999]) {
    it(`of ${maxPoints} gives at most so many samples`, async () => {
      const node = await served(someRows(5000), { maxPoints });
      const { data, timeline } = await node.call('get_data', [['v', 'w'], 1, 0]);
      expect(timeline.m.t.length).toBeLessThanOrEqual(maxPoints);
      expect(timeline.m.t.length).toBeGreaterThan(maxPoints / 4);
      expect(data.v).toHaveLength(timeline.m.t.length);
      expect(data.w).toHaveLength(timeline.m.t.length);
      await node.close();
    });
  }

  it('keeps the spikes, and real samples only', async () => {
    const node = await served(someRows(5000), { maxPoints: 100 });
    const { data, timeline } = await node.call('get_data', [['v'], 1, 0]);
    expect(Math.max(...data.v)).toBe(1e6);
    expect(Math.min(...data.v)).toBe(-1e6);
    timeline.m.t.forEach((t: number, i: number) => expect(data.v[i]).toBe(valueOf(t - (now - 5000))));
    await node.close();
  });

  it('thins what is above the allowance instead of answering false', async () => {
    const node = await served(someRows(200_000), { maxPoints: 500, limits: { allowance: 20_000 } });
    const { data } = await node.call('get_data', [['v'], 1, 0]);
    expect(data.v.length).toBeLessThanOrEqual(500);
    expect(Math.max(...data.v)).toBe(1e6);
    await node.close();
  });

  it('changes nothing where there are fewer', async () => {
    const node = await served(someRows(50), { maxPoints: 50 });
    expect((await node.call('get_data', [['v'], 1, 0])).data.v).toHaveLength(50);
    await node.close();
  });
});

describe("names of the original's wire", () => {
  it('are the ones that are given, with times of their own, while the Reader keeps its names', async () => {
    const reader = new MemoryReader({
      timelines: [
        { name: 'block', interval: 1, batches: [
          batchOf([now - 4, now - 3], { 'Channel 1': [1, 2] }),
          batchOf([now - 2], { 'Channel 1': [3], 'Channel 2': [30] }),
        ] },
      ],
    }); // prettier-ignore
    const lower = (name: string) => name.toLowerCase().replaceAll(' ', '_');
    const names = {
      field: ({ name }: { name: string }) => lower(name),
      timeline: ({ name }: { name: string }) => `o.${lower(name)}`,
    };
    const node = await served(reader, { names });
    const [field, timeline] = await node.call('get_fields', [1, 0]);
    expect(field.channel_1).toMatchObject({ timeline: 'o.channel_1' });
    expect(timeline).toEqual({
      'o.channel_1': { interval: 1, field: ['channel_1'] },
      'o.channel_2': { interval: 1, field: ['channel_2'] },
    });
    const answer = await node.call('get_data', [['channel_1', 'channel_2', 'Channel 2'], 1, 0]);
    expect(answer.data).toEqual({ channel_1: [1, 2, 3], channel_2: [30], 'Channel 2': [30] });
    expect(answer.timeline['o.channel_2'].t).toEqual([now - 2]);
    await node.close();
  });

  it('fills a shared timeline with null where a field has nothing', async () => {
    const reader = new MemoryReader({
      timelines: [{ name: 'm', batches: [batchOf([now - 3], { a: [1] }), batchOf([now - 2], { a: [2], b: ['x'] })] }],
    });
    const node = await served(reader);
    const { data, timeline } = await node.call('get_data', [['a', 'b'], 1, 0]);
    expect(data).toEqual({ a: [1, 2], b: [null, 'x'] });
    expect(timeline.m.t).toEqual([now - 3, now - 2]);
    await node.close();
  });
});

function valueOf(i: number): number {
  return i % 4001 === 33 ? 1e6 : i % 4001 === 44 ? -1e6 : Math.sin(i / 100);
}

function someRows(n: number): MemoryReader {
  const t = Array.from({ length: n }, (_, i) => now - n + i);
  const v = t.map((_, i) => valueOf(i));
  return new MemoryReader({ timelines: [{ name: 'm', batches: [batchOf(t, { v, w: t.map((_, i) => i) })] }] });
}
