import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SisockError } from '@sisock/core';
import type { G3Reader } from '@sisock/g3-archive';
import { startHub } from '@sisock/hub';
import { createMetrics, readSettings, silentLogger } from '@sisock/runtime';
import { type LocalRouter, localRouter } from '@sisock/testkit';
import type { WampSession } from '@sisock/wamp';
import { g3ReaderSettings, startG3Reader } from '../src/index.js';
import { ArchiveBench, rowsOf } from '../../g3-archive/test/support/archive-bench.js';
import { blockOf } from '../../g3-archive/test/support/hk-files.js';

const feed = 'observatory.LSA22YE.feeds.temperatures';
const field = `${feed}.Channel_01`;
const timeline = `${feed}.temps`;
const start = 1_500_000_000;
const minutes = 30;
const parts = { log: silentLogger(), clock: () => 1_600_000_000 };

interface Answer {
  readonly data: Readonly<Record<string, number[]>>;
  readonly timeline: Readonly<Record<string, { t: number[]; finalized_until: number | null }>>;
}

describe('the node g3_reader', () => {
  let bench: ArchiveBench;
  let router: LocalRouter;
  let consumer: WampSession;
  let hub: Awaited<ReturnType<typeof startHub>>;
  beforeEach(async () => {
    bench = await ArchiveBench.make();
    for (let k = 0; k < minutes; k++) {
      const t = Array.from({ length: 60 }, (_, i) => start + 60 * k + i);
      const values = t.map((s) => (s === start + 1000 ? 99 : Math.round(10 * Math.sin(s / 99))));
      await bench.hk.write('1.g3', feed, [blockOf('temps', t, { Channel_01: values, Channel_02: values })]);
    }
    await bench.hk.scan('1.g3');
    router = await localRouter();
    hub = await startHub({ session: await router.session('server'), ...parts, metrics: createMetrics() });
    consumer = await router.session('consumer');
  });
  afterEach(async () => {
    await hub.close();
    await router.close();
    await bench.close();
  });
  const withNode = async (env: Readonly<Record<string, string>>, test: (reader: G3Reader) => Promise<void>) => {
    const session = await router.session('server');
    const settings = readSettings(g3ReaderSettings, env);
    const metrics = createMetrics();
    const node = await startG3Reader({ session, settings, store: bench.store, ...parts, metrics });
    await node.listed;
    try {
      await test(node.reader);
    } finally {
      await node.close();
    }
  };
  const call = (procedure: string, ...args: unknown[]) =>
    consumer.call(`org.simonsobservatory.consumer.g3_reader.${procedure}`, args);
  const getData = async (...args: unknown[]) => (await call('get_data', ...args)) as Answer;

  it('answers in the original form, cut to the range, by full and by shortened names', () =>
    withNode({}, async () => {
      expect(hub.nodes()).toMatchObject([{ name: 'g3_reader' }]);
      const [fields, timelines] = (await call('get_fields', 1, 0)) as [object, object];
      expect(fields).toMatchObject({ [field]: { timeline, type: 'number', units: null, description: null } });
      expect(timelines).toMatchObject({ [timeline]: { interval: 1, field: [field, `${feed}.Channel_02`] } });
      expect(await call('get_fields', start - 100, start)).toEqual([{}, {}]);
      const short = 'LSA22YE.temperatures.Channel_01';
      const asked = [short, field, 'temperatures.Channel_0', 'Channel_02.no'];
      const { data, timeline: times } = await getData(asked, start + 10, start + 20);
      expect(data[short]).toHaveLength(10);
      expect(data[field]).toEqual(data[short]);
      expect([data['temperatures.Channel_0'] ?? [], data['Channel_02.no'] ?? []]).toEqual([[], []]);
      expect(Object.values(times).map(({ t }) => [t[0], t.at(-1)])).toContainEqual([start + 10, start + 19]);
    }));

  it('fault 5: MAX_POINTS may be unset, and is refused by name when it is no number', async () => {
    expect(readSettings(g3ReaderSettings, {})).toMatchObject({ NAME: 'g3_reader', MAX_POINTS: undefined });
    for (const wrong of ['0', '-1', 'many', '1.5', 'NaN']) {
      expect(() => readSettings(g3ReaderSettings, { MAX_POINTS: wrong })).toThrow(
        /MAX_POINTS .* is not a whole number from 1/,
      );
    }
    await withNode({}, async () => expect((await getData([field], 1, 0)).data[field]).toHaveLength(60 * minutes));
  });

  it.each([1, 99, 100, 1000])('fault 5: never gives more than MAX_POINTS %i, nor less than half of it', (max) =>
    withNode({ MAX_POINTS: String(max) }, async () => {
      const few = (await getData([field], 1, 0)).data[field]!;
      expect(few.length).toBeLessThanOrEqual(max);
      expect(few.length).toBeGreaterThanOrEqual(max / 2);
    }),
  );

  it('fault 6: keeps the spikes when it thins', () =>
    withNode({ MAX_POINTS: '50' }, async () => {
      const few = (await getData([field], 1, 0)).data[field]!;
      expect([Math.min(...few), Math.max(...few)]).toEqual([-10, 99]);
    }));

  it('fault 6: leaves a gap of min_stride between samples, and calls the newest sample of a growing file not final', () =>
    withNode({}, async () => {
      const answer = await getData([field], 1, 0, 10);
      const { t, finalized_until } = Object.values(answer.timeline)[0]!;
      expect(t.length).toBe(6 * minutes);
      expect(finalized_until).toBe(start + 60 * minutes - 1);
      const inside = Object.values((await getData([field], start, start + 100)).timeline)[0]!;
      expect(inside.finalized_until).toBeNull();
    }));

  it('fault 7: reads only what it needs of a file that it knows, and empties its cache', () =>
    withNode({ CACHE_BYTES: '5000', INDEX_CACHE_BYTES: '5000' }, async (reader) => {
      const range = { start: start + 60, end: start + 120 };
      await rowsOf(reader, timeline, field, { range });
      expect((await reader.health()).counters).toMatchObject({ frames_read: 1 });
      for (let k = 0; k < minutes; k++)
        await rowsOf(reader, timeline, field, { range: { start, end: start + 60 * k } });
      const { cache_bytes: bytes } = (await reader.health()).counters;
      expect(bytes).toBeLessThanOrEqual(5000);
      expect(bytes).toBeGreaterThan(0);
    }));

  it('tells the hit rate and the size of its caches', async () => {
    await bench.reader.catalog({ start, end: start + 10 });
    for (let k = 0; k < 3; k++) await rowsOf(bench.reader, timeline, field, { range: { start, end: start + 10 } });
    const text = await bench.metrics.text();
    expect(text).toContain('sisock_g3_cache_total{cache="rows",result="hit"} 2');
    expect(text).toContain('sisock_g3_cache_total{cache="rows",result="miss"} 1');
    expect(text).toMatch(/sisock_g3_cache_bytes\{cache="rows"\} [1-9]/);
    expect(text).toContain('sisock_g3_read_frames_total 1');
  });

  it('waits for a database that is away when it starts', async () => {
    let tries = 0;
    const migrate = bench.store.migrate.bind(bench.store);
    const controller = new AbortController();
    bench.store.migrate = async () => {
      if (++tries > 2) return migrate();
      throw new SisockError('unavailable', 'away');
    };
    const session = await router.session('server');
    const settings = readSettings(g3ReaderSettings, {});
    const options = { session, settings, store: bench.store, ...parts, metrics: createMetrics(), retryMs: 1 };
    const node = await startG3Reader({ ...options, signal: controller.signal });
    expect(tries).toBe(3);
    await node.close();
    controller.abort();
    await expect(startG3Reader({ ...options, signal: controller.signal })).rejects.toMatchObject({ code: 'cancelled' });
  });
});
