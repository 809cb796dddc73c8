import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { allTime, collect } from '@sisock/core';
import { startHub } from '@sisock/hub';
import { createMetrics, type Metrics, type Service, silentLogger } from '@sisock/runtime';
import { fakeClock, type LocalRouter, localRouter, samplesOf, until } from '@sisock/testkit';
import { nodeUri, uri, type WampSession } from '@sisock/wamp';
import { type DataFeed, type DataFeedOptions, readDataFeedSettings, startDataFeed } from '../src/index.js';
import { blockOf, capturedEvents, eventOf } from './events.js';

const log = silentLogger();
const clock = fakeClock(1795186990);
let router: LocalRouter;
let agent: WampSession;
let consumer: WampSession;
let metrics: Metrics;
let started: Service[];

beforeEach(async () => {
  router = await localRouter();
  metrics = createMetrics();
  const hub = await startHub({ session: await router.session('server'), log, metrics, clock });
  started = [hub];
  agent = await router.session('iocs_agent');
  consumer = await router.session('consumer');
});

afterEach(async () => {
  for (const service of started.reverse()) await service.close();
  await router.close();
});

async function start(
  env: Record<string, string>,
  options: Pick<DataFeedOptions, 'dataDirectory'> = {},
): Promise<DataFeed> {
  const session = await router.session('server');
  const node = await startDataFeed({ session, settings: readDataFeedSettings(env), log, metrics, clock, ...options });
  started.push(node);
  await node.listed;
  return node;
}

const publishCaptured = async () => {
  for (const { topic, args } of capturedEvents()) await agent.publish(topic, args);
};

const many = { FEED_PATTERN: 'observatory..feeds.' };
const one = { TARGET: 'fake-data1', FEED: 'false_temperatures', NAME: 'temps', DESCRIPTION: 'Some temperatures' };

describe('a node of many feeds', () => {
  it('is listed, and serves every recorded feed of the site that is published', async () => {
    const { reader } = await start(many);
    await publishCaptured();
    await until(async () => (await reader.health()).counters['events'] === capturedEvents().length);
    const nodes = await consumer.call(uri('consumer.get_data_node'));
    expect(nodes).toMatchObject([
      { name: 'feeds', features: ['catalog', 'read', 'reduce', 'health', 'follow', 'tickets'] },
    ]);
    const { fields } = await reader.catalog(allTime);
    expect([...new Set([...fields.values()].map((f) => `${f.labels!['agent']} ${f.labels!['feed']}`))].sort()).toEqual([
      'observatory.fake-data1 false_temperatures',
      'observatory.mixed1 bad',
      'observatory.mixed1 mixed',
      'observatory.mixed1 noagg',
      'observatory.mixed1 nobuffer',
    ]);
    const { agents } = await reader.health();
    const addresses = ['aggregator', 'fake-data1', 'mixed1', 'registry'].map((name) => `observatory.${name}`);
    expect(agents.map((a) => a.address).sort()).toEqual(addresses);
    expect(await metrics.text()).toContain('sisock_feed_total{node="feeds",what="free_form"} 4');
  });

  it('gives each field times of its own on the wire of the original', async () => {
    const { reader } = await start(many);
    await publishCaptured();
    await until(async () => (await reader.health()).counters['events'] === capturedEvents().length);
    const name = 'observatory.mixed1.feeds.mixed.s';
    const [fields, timelines] = (await consumer.call(nodeUri('feeds', 'get_fields'), [1, 0])) as [object, object];
    expect(fields).toMatchObject({ [name]: { timeline: name, type: 'string', units: null, description: null } });
    expect(timelines).toMatchObject({ [name]: { field: [name] } });
  });
});

describe('a node of one feed', () => {
  it('answers as the original: short field names, a timeline a field', async () => {
    await start(one);
    await publishCaptured();
    const call = (procedure: 'get_fields' | 'get_data', args: unknown[]) =>
      consumer.call(nodeUri('temps', procedure), args);
    const [fields, timelines] = await until(async () => {
      const answer = (await call('get_fields', [1, 0])) as [Record<string, unknown>, Record<string, unknown>];
      return Object.keys(answer[0]).length === 4 ? answer : null;
    });
    const timeline = 'observatory.fake-data1.channel_00';
    expect(fields['channel_00']).toEqual({ timeline, type: 'number', units: null, description: null });
    expect(timelines[timeline]).toMatchObject({ field: ['channel_00'] });
    const rows = capturedEvents().filter(({ topic }) => topic.endsWith('false_temperatures'));
    const expected = rows.flatMap(({ args }) => {
      const [[message]] = args as [[{ temps: { timestamps: number[]; data: { channel_00: number[] } } }]];
      return message.temps.timestamps.map((t, i) => [t, message.temps.data.channel_00[i]]);
    });
    const answer = await until(async () => {
      const got = (await call('get_data', [['channel_00', 'no_such'], 1, 0])) as Answer;
      return got.data['channel_00']!.length === expected.length ? got : null;
    });
    const { t, finalized_until: finalizedUntil } = answer.timeline[timeline]!;
    expect(t.map((time, i) => [time, answer.data['channel_00']![i]])).toEqual(expected);
    expect(answer.data['no_such']).toEqual([]);
    expect(finalizedUntil).toBeLessThan(t.at(-1)!);
  });

  it('fault 10: min_stride is respected', async () => {
    await start(one);
    const t = Array.from({ length: 100 }, (_, i) => 1795186900 + i / 4);
    const event = eventOf(blockOf(t, { x: t }), { agent: 'observatory.fake-data1', feed: one.FEED });
    await agent.publish(`observatory.fake-data1.feeds.${one.FEED}`, event);
    const answer = await until(async () => {
      const got = (await consumer.call(nodeUri('temps', 'get_data'), [['x'], 1, 0, 2.5])) as Answer;
      return got.data['x']!.length > 0 ? got : null;
    });
    expect(answer.data['x']).toEqual(t.filter((_, i) => i % 10 === 0));
  });
});

interface Answer {
  readonly data: Record<string, unknown[]>;
  readonly timeline: Record<string, { t: number[]; finalized_until: number | null }>;
}

describe('fault 10: a router that goes away', () => {
  it('does not stop the node: subscriptions come back, what is in memory stays', async () => {
    const { reader } = await start(many);
    const topic = 'observatory.agent1.feeds.temps';
    const timeline = `${topic}.block`;
    const field = `${topic}.v`;
    const send = (t: number) => agent.publish(topic, eventOf(blockOf([t], { v: [t] })));
    const t0 = clock();
    const newest = async () => (await reader.health()).newest;
    await send(t0 - 20);
    await until(async () => (await newest()) === t0 - 20);
    await router.restart();
    let next = t0 - 10;
    await until(async () => {
      await send(next++);
      return (await newest())! > t0 - 20;
    });
    const { batches } = await collect(reader, { timeline, fields: [field], range: allTime }, { maxRows: 1000 });
    const times = samplesOf(batches, field).map(([t]) => t);
    expect(times[0]).toBe(t0 - 20);
    expect(times.length).toBeGreaterThan(1);
    expect(new Set(times).size).toBe(times.length);
    await until(async () => ((await consumer.call(nodeUri('feeds', 'get_fields'), [1, 0])) as object[]).length === 2);
  });
});

describe('a node with a log', () => {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'sisock-data-feed-'));
  afterAll(() => rmSync(dataDirectory, { recursive: true, force: true }));

  it('serves what it had received before, and tells of its log in the metrics', async () => {
    const first = await start(many, { dataDirectory });
    await publishCaptured();
    await until(async () => (await first.reader.health()).counters['events'] === capturedEvents().length);
    const { fields } = await first.reader.catalog(allTime);
    const { rows } = (await first.reader.health()).counters;
    const text = await metrics.text();
    expect(text).toContain(`sisock_feed_log_rows_total{node="feeds",what="written"} ${rows}`);
    expect(text).toContain('sisock_feed_log_stalled{node="feeds"} 0');
    await expect(start(many, { dataDirectory })).rejects.toMatchObject({ code: 'bad_setting' });
    await first.close();
    metrics = createMetrics();
    const again = await start(many, { dataDirectory });
    expect((await again.reader.catalog(allTime)).fields).toEqual(fields);
    expect(await metrics.text()).toContain(`sisock_feed_log_replayed_rows{node="feeds"} ${rows}`);
  });

  it('has none where FEED_LOG is off, or elsewhere where it says so', async () => {
    const elsewhere = join(dataDirectory, 'elsewhere');
    const none = await start({ ...many, FEED_LOG: 'off' }, { dataDirectory: elsewhere });
    expect(existsSync(elsewhere)).toBe(false);
    await none.close();
    await start({ ...many, FEED_LOG: elsewhere, FEED_LOG_DURABILITY: 'each' }, { dataDirectory });
    expect(existsSync(join(elsewhere, 'lock'))).toBe(true);
  });
});

describe('settings', () => {
  it('that do not go together keep the node from starting', async () => {
    const settings = { ...readDataFeedSettings(one), NAME: undefined };
    const session = await router.session('server');
    await expect(startDataFeed({ session, settings, log, metrics, clock })).rejects.toMatchObject({
      code: 'bad_setting',
    });
  });
});
