import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Chunk, type Gap, MemoryReader } from '@sisock/core';
import { startHub } from '@sisock/hub';
import { serveReader } from '@sisock/data-node-server';
import { createMetrics, silentLogger } from '@sisock/runtime';
import { batchOf, type LocalRouter, localRouter, until } from '@sisock/testkit';
import { type FollowLimits, WampReader, type WampSession } from '@sisock/wamp';

const start = 1_600_000_000;
const common = { log: silentLogger(), metrics: createMetrics(), clock: () => start + 100 };

let router: LocalRouter;
let memory: MemoryReader;
let session: WampSession;
let node: Awaited<ReturnType<typeof serveReader>>;
let hub: Awaited<ReturnType<typeof startHub>>;
let rows: number;
let stop: AbortController;
let following: Promise<unknown>[];
/** Procedures called and topics subscribed to by the consumer. */
let asked: string[];
let events: number;
/** Before the first row that is appended. */
let origin: string;

async function serve(): Promise<void> {
  session = await router.session('server');
  const parts = { session, name: 'n', description: '', reader: memory, ...common, limits: { liveBatchMs: 10 } };
  node = await serveReader({ ...parts, addEveryMs: 100 });
}

beforeEach(async () => {
  router = await localRouter();
  hub = await startHub({ session: await router.session('server'), ...common });
  memory = new MemoryReader({ timelines: [{ name: 'fast', batches: [batchOf([start], { a: [0], b: [0] })] }] });
  await serve();
  await node.listed;
  const all = { start: -Infinity, end: Infinity };
  origin = (await memory.read({ timeline: 'fast', fields: ['a', 'b'], range: all, maxSamples: 10 })).cursor;
  [rows, stop, following, asked, events] = [0, new AbortController(), [], [], 0];
});
afterEach(async () => {
  stop.abort();
  await Promise.all(following);
  await node.close();
  await hub.close();
  await router.close();
});

async function consumer(followLimits: Partial<FollowLimits> = {}, lose: (seq: number) => boolean = () => false) {
  const own = await router.session('consumer');
  const spied = {
    call: (...[uri, ...rest]: Parameters<WampSession['call']>) => {
      asked.push(uri.split('.').at(-1)!);
      return own.call(uri, ...rest);
    },
    subscribe: (topic: string, listener: Parameters<WampSession['subscribe']>[1]) => {
      asked.push(topic.includes('.live.') ? 'live' : 'hub');
      return own.subscribe(topic, (args, kwargs, details) => {
        if (topic.includes('.live.') && lose(events++)) return;
        listener(args, kwargs, details);
      });
    },
    onLeave: own.onLeave.bind(own),
    get details() {
      return own.details;
    },
  } as unknown as WampSession;
  const options = { session: spied, log: silentLogger(), clock: common.clock, callTimeoutMs: 60_000, followPollMs: 20 };
  const limits = { fieldsFreshMs: 0, followLimits, onProblem: (): void => undefined };
  return new WampReader('n', ['catalog', 'read', 'reduce', 'health', 'follow'], { ...options, ...limits });
}

const append = (n = 1) => {
  for (let i = 0; i < n; i++) memory.append('fast', batchOf([start + ++rows], { a: [rows], b: [-rows] }));
};

interface Follower {
  readonly values: number[];
  readonly gaps: Gap[];
  /** The consumer takes nothing more until it is resolved. */
  wait: Promise<unknown>;
}

/** Follows a field from the first row on. */
async function follower(reader: WampReader, field = 'a'): Promise<Follower> {
  const made: Follower = { values: [], gaps: [], wait: Promise.resolve() };
  const items = reader.follow({ timeline: 'fast', fields: [field], after: origin }, stop.signal);
  const take = (item: Chunk | Gap) => {
    if ('gap' in item) made.gaps.push(item);
    else for (const { columns } of item.batches) made.values.push(...(columns.get(field)!.v as Float64Array));
  };
  const run = async () => {
    for await (const item of items) {
      take(item);
      await made.wait;
    }
  };
  following.push(run());
  return made;
}

/** All rows, each once, in order. */
async function complete({ values }: Follower, sign = 1): Promise<void> {
  await until(() => values.length >= rows, { what: `${rows} rows` });
  expect(values).toEqual(Array.from({ length: rows }, (_, i) => sign * (i + 1)));
}

describe('WampReader.follow by a live topic', () => {
  it('lets what is there come in answers and what arrives in events', async () => {
    append(10);
    const one = await follower(await consumer());
    await complete(one);
    const before = asked.length;
    for (let i = 0; i < 20; i++) {
      append();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await complete(one);
    expect(events).toBeGreaterThan(0);
    expect(asked.slice(before)).toEqual([]);
    expect(asked).not.toContain('read');
  });

  it('takes one lease and one subscription for all who follow a timeline, and ends them with the last', async () => {
    const reader = await consumer();
    const all = [await follower(reader, 'a'), await follower(reader, 'b'), await follower(reader, 'a')];
    append(5);
    for (const [i, one] of all.entries()) await complete(one, i === 1 ? -1 : 1);
    expect((await reader.health!()).counters).toMatchObject({ leases: 1, liveTopics: 1 });
    expect(asked.filter((what) => what === 'live')).toHaveLength(1);
    stop.abort();
    await Promise.all(following);
    await until(async () => (await reader.health!()).counters['liveTopics'] === 0);
  });

  it('goes on after a restart of the router, without a hole or a double', async () => {
    const one = await follower(await consumer());
    append(3);
    await complete(one);
    for (let round = 0; round < 3; round++) {
      append(5);
      await router.restart();
      append(5);
      await until(() => session.details !== null);
      append(5);
      await complete(one);
    }
    const heard = events;
    append();
    await complete(one);
    await until(() => events > heard);
  });

  it('goes on after a restart of the node', async () => {
    const one = await follower(await consumer());
    append(3);
    await complete(one);
    await session.close();
    await node.close();
    append(5);
    await serve();
    append(5);
    await complete(one);
    const heard = events;
    append();
    await complete(one);
    await until(() => (append(), events > heard));
    await complete(one);
  });

  it('asks again where events are lost on the way', async () => {
    const one = await follower(await consumer({}, (event) => event % 3 === 1));
    for (let i = 0; i < 60; i++) {
      append();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    // An event that is lost shows with the next.
    await until(() => (one.values.length >= rows - 1 ? true : (append(), false)));
    await until(() => (one.values.at(-1) === rows ? true : (append(), false)));
    await complete(one);
  });

  it('lets a slow consumer have everything at its own pace, with few events waiting', async () => {
    const reader = await consumer({ events: 2 });
    const [slow, quick] = [await follower(reader), await follower(reader)];
    append(2);
    await complete(slow);
    let go!: () => void;
    slow.wait = new Promise<void>((resolve) => (go = resolve));
    for (let i = 0; i < 30; i++) {
      append();
      await complete(quick);
    }
    expect(slow.values.length).toBeLessThan(rows);
    slow.wait = Promise.resolve();
    go();
    await complete(slow);
    append();
    await complete(slow);
  });

  it('reads at an interval while the node gives no lease', async () => {
    await node.close();
    node = await serveReader({ session, name: 'n', description: '', reader: memory, ...common, limits: { leases: 0 } });
    const one = await follower(await consumer());
    append(5);
    await complete(one);
    append(5);
    await complete(one);
    expect(asked).toContain('read');
    expect(asked).not.toContain('live');
    expect(asked.filter((what) => what === 'follow')).toHaveLength(1);
  });

  it('ends with an error where there is no such timeline', async () => {
    const reader = await consumer();
    const items = reader.follow({ timeline: 'nowhere', fields: ['a'], after: '' }, stop.signal);
    await expect(items[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'unknown_timeline' });
  });
});
