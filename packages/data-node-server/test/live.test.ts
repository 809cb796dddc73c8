import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Chunk, type FollowQuery, type Gap, MemoryReader, type Reader } from '@sisock/core';
import { createMetrics, type Service, silentLogger } from '@sisock/runtime';
import { batchOf, type LocalRouter, localRouter, until } from '@sisock/testkit';
import type { WampSession } from '@sisock/wamp';
import fc from 'fast-check';
import { serveReader } from '../src/index.js';
import type { NodeLimits } from '../src/limits.js';

const procedure = 'org.simonsobservatory.consumer.n.follow';
const start = 1_600_000_000;

let router: LocalRouter;
let memory: MemoryReader;
let eye: WampSession;
/** Topics of all that was published, in order. */
let published: string[];
let rows: number;
/** The node's monotonic clock. */
let ms: number;
const nodes: Service[] = [];

beforeEach(async () => {
  router = await localRouter();
  eye = await router.session('consumer');
  memory = new MemoryReader({ timelines: [{ name: 'fast', batches: [batchOf([start], { level: [0] })] }] });
  published = [];
  rows = 0;
  ms = 0;
});
afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.close()));
  await router.close();
});

async function serve(limits: Partial<NodeLimits> = {}, reader: Reader = memory, replica = false) {
  const session = await router.session('server');
  const watched = Object.create(session, {
    publish: {
      value: (topic: string, args: readonly unknown[]) => {
        published.push(topic);
        return session.publish(topic, args);
      },
    },
    details: { get: () => session.details },
  }) as WampSession;
  for (const method of ['register', 'subscribe', 'call', 'onJoin', 'onLeave'] as const) {
    Object.defineProperty(watched, method, { value: session[method].bind(session) });
  }
  const common = { log: silentLogger(), metrics: createMetrics(), clock: () => start + 100, monotonic: () => ms };
  const node = await serveReader({ session: watched, name: 'n', description: '', reader, ...common, replica, limits: { liveBatchMs: 10, ...limits } }); // prettier-ignore
  node.listed.catch(() => undefined);
  nodes.push(node);
  return node;
}

interface Answer {
  readonly topic: string;
  readonly lease: string;
  readonly lease_sec: number;
  readonly cursor: string;
  readonly next: number | null;
  readonly items: readonly { readonly batches: readonly { readonly t: readonly number[] }[]; cursor: string }[];
}

interface Event {
  readonly seq: number;
  readonly lost?: boolean;
  readonly before: string;
  readonly items: Answer['items'];
}

const follow = (request: Record<string, unknown> = {}, session = eye) =>
  session.call(procedure, [{ timeline: 'fast', ...request }]) as Promise<Answer>;
const append = (field = 'level') => memory.append('fast', batchOf([start + ++rows], { [field]: [rows] }));
const health = async () =>
  ((await eye.call('org.simonsobservatory.consumer.n.health')) as { counters: Record<string, number> }).counters;

async function listen(topic: string): Promise<Event[]> {
  const events: Event[] = [];
  await eye.subscribe(topic, ([event]) => events.push(event as Event));
  return events;
}

const times = (events: readonly Pick<Event, 'items'>[]) =>
  events.flatMap((event) => event.items.flatMap((item) => item.batches.flatMap((batch) => [...batch.t])));

describe('a lease', () => {
  it('has what arrives published, each event going on where the last one ended', async () => {
    await serve();
    const { topic, cursor, next, lease_sec: sec } = await follow();
    expect([next, sec]).toEqual([0, 30]);
    const events = await listen(topic);
    for (let i = 0; i < 30; i++) {
      append();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => times(events).length === 30);
    expect(times(events)).toEqual(Array.from({ length: 30 }, (_, i) => start + 1 + i));
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i));
    expect(events.map(({ before }) => before)).toEqual([
      cursor,
      ...events.slice(0, -1).map(({ items }) => items.at(-1)!.cursor),
    ]);
  });

  it('is needed: nothing is published before it, after its end, or on a timeline it is not of', async () => {
    memory.append('other', batchOf([start], { x: [1] }));
    await serve();
    append();
    const { topic, lease } = await follow({ timeline: 'other' });
    append();
    memory.append('other', batchOf([start + 1], { x: [2] }));
    await until(() => published.length === 1);
    expect(published).toEqual([topic]);
    expect(await eye.call(procedure, [{ lease, release: true }])).toEqual({ released: true });
    expect(await health()).toMatchObject({ leases: 0, liveTopics: 0 });
    memory.append('other', batchOf([start + 2], { x: [3] }));
    // Another topic that does publish tells that time enough has passed.
    const other = await follow();
    append();
    await until(() => published.includes(other.topic));
    expect(published.filter((one) => one === topic)).toHaveLength(1);
    expect(await eye.call(procedure, [{ lease, release: true }])).toEqual({ released: false });
  });

  it('ends by itself, and lasts as long as it is renewed', async () => {
    await serve({ leaseSec: 0.3 });
    const { topic, lease, lease_sec: sec } = await follow({ lease_sec: 1000 });
    expect(sec).toBe(0.3);
    for (let i = 0; i < 10; i++) {
      ms += 250;
      expect(await follow({ lease })).toMatchObject({ topic, lease });
    }
    ms += 300;
    await until(async () => (await health())['liveTopics'] === 0);
    append();
    expect(published).toEqual([]);
    const again = await follow({ lease });
    expect(again.lease).not.toBe(lease);
    expect(again.topic).not.toBe(topic);
  });

  it('ends when its holder leaves', async () => {
    await serve();
    const holder = await router.session('consumer');
    await follow({ session: holder.details!.sessionId }, holder);
    expect(await health()).toMatchObject({ leases: 1, liveTopics: 1 });
    await holder.close();
    await until(async () => (await health())['liveTopics'] === 0);
    append();
    expect(published).toEqual([]);
  });

  it('ends with the node', async () => {
    const node = await serve();
    const { topic } = await follow();
    const events = await listen(topic);
    await node.close();
    append();
    expect(events).toEqual([]);
    expect(published).toEqual([]);
  });

  it('is refused above a limit, and for a timeline that is not there', async () => {
    memory.append('other', batchOf([start], { x: [1] }));
    await serve({ leases: 2, topics: 1 });
    await expect(follow({ timeline: 'nowhere' })).rejects.toMatchObject({ code: 'unknown_timeline' });
    const { lease } = await follow();
    await expect(follow({ timeline: 'other' })).rejects.toMatchObject({ code: 'too_many' });
    await follow();
    await expect(follow()).rejects.toMatchObject({ code: 'too_many' });
    expect(await follow({ lease })).toMatchObject({ lease });
  });
});

describe('a live topic', () => {
  it('is there in the encoding that was asked for, and in no other', async () => {
    await serve();
    const plain = await follow();
    append();
    await until(() => published.length > 0);
    expect(new Set(published)).toEqual(new Set([plain.topic]));
    const binary = await follow({ encoding: 'binary' });
    const [a, b] = [await listen(plain.topic), await listen(binary.topic)];
    append();
    await until(() => a.length > 0 && b.length > 0);
    expect(a[0]!.items[0]!.batches[0]!.t).toEqual([start + 2]);
    expect(ArrayBuffer.isView(b[0]!.items[0]!.batches[0]!.t)).toBe(true);
    expect(b[0]!.seq).toBe(a[0]!.seq);
  });

  it('begins anew where a field comes that it does not know, so that none is left out', async () => {
    await serve();
    const first = await follow();
    const events = await listen(first.topic);
    append();
    await until(() => events.length === 1);
    append('late_comer');
    await until(() => events.length === 2);
    expect(events[1]).toEqual({ seq: 1, lost: true });
    const cursor = events[0]!.items.at(-1)!.cursor;
    const second = await follow({ lease: first.lease, after: cursor });
    expect(second.topic).not.toBe(first.topic);
    expect(times([second])).toEqual([start + 2]);
    expect(second.next).toBe(0);
  });

  it('tells to ask for what is too large to be published, and gives that in pieces', async () => {
    await serve({ chunkBytes: 1000 });
    const { topic, cursor } = await follow();
    const events = await listen(topic);
    const t = Array.from({ length: 1000 }, (_, i) => start + 10 + i);
    memory.append('fast', batchOf(t, { level: t }));
    await until(() => events.length === 1);
    expect(events[0]).toEqual({ seq: 0, lost: true });
    const got: number[] = [];
    let answer = await follow({ after: cursor });
    for (let i = 0; answer.next === null && i < 100; i++) {
      expect(answer.items.length).toBeGreaterThan(0);
      got.push(...times([answer]));
      answer = await follow({ after: answer.cursor });
    }
    expect([...got, ...times([answer])]).toEqual(t);
    expect(answer.next).toBe(1);
  });

  it('catches up with any cursor, wherever the topic is, without a hole or a double', async () => {
    await serve();
    const { topic, cursor } = await follow();
    const events = await listen(topic);
    const filling = setInterval(append, 1);
    try {
      for (let i = 0; i < 20; i++) {
        await until(() => rows > 5 * i);
        const answer = await follow({ after: cursor, fields: ['level'] });
        if (answer.next === null) continue;
        await until(() => events.length > answer.next!);
        const event = events[answer.next]!;
        const at = event.items.findLastIndex((item) => item.cursor === answer.cursor);
        expect(at >= 0 || event.before === answer.cursor).toBe(true);
        const rest = [{ items: event.items.slice(at + 1) }];
        const all = [...times([answer]), ...times(rest)];
        expect(all).toEqual(Array.from(all, (_, n) => start + 1 + n));
      }
    } finally {
      clearInterval(filling);
    }
  });

  it('passes gaps on, and ends where following does', async () => {
    let fail!: () => void;
    const failing = new Promise<void>((resolve) => (fail = resolve));
    const gap: Gap = { gap: { rows: 7, range: { start: -Infinity, end: start } } };
    const follow_ = async function* (query: FollowQuery, signal: AbortSignal): AsyncGenerator<Chunk | Gap> {
      yield gap;
      await Promise.race([failing, new Promise((resolve) => signal.addEventListener('abort', resolve))]);
      throw new Error(`broken after ${query.after}`);
    };
    const reader: Reader = {
      catalog: (range) => memory.catalog(range),
      read: (query) => memory.read(query),
      reduce: (query) => memory.reduce(query),
      follow: follow_,
    };
    await serve({ liveBatchMs: 100 }, reader);
    const { topic, cursor } = await follow();
    const events = await listen(topic);
    await until(() => events.length === 1);
    expect(events[0]!.items).toEqual([{ gap: { rows: 7, start: '-inf', end: start } }]);
    expect((await follow({ after: cursor })).items).toEqual(events[0]!.items);
    fail();
    await until(() => events.length === 2);
    expect(events[1]).toEqual({ seq: 1, lost: true });
    expect(await health()).toMatchObject({ leases: 0, liveTopics: 0 });
  });

  it('takes no more samples while too many bytes wait for the router', async () => {
    let given = 0;
    const endless = async function* (query: FollowQuery, signal: AbortSignal): AsyncGenerator<Chunk | Gap> {
      for (; !signal.aborted; given++) {
        const batches = [batchOf([start + given], { level: [given] })];
        yield { batches, cursor: query.after, done: true, finalizedUntil: 0, revision: '' };
      }
    };
    const reader: Reader = {
      catalog: (range) => memory.catalog(range),
      read: (query) => memory.read(query),
      reduce: (query) => memory.reduce(query),
      follow: endless,
    };
    await serve({ liveBatchMs: 60_000, liveBytes: 1600 }, reader);
    await follow();
    // The last one is given, and not gone on from.
    await until(() => given >= 99);
    await follow();
    expect(given).toBe(99);
  });
});

it('has no follow where the reader has none, nor with replicas', async () => {
  const node = await serve({}, memory, true);
  await expect(follow()).rejects.toMatchObject({ code: 'unavailable' });
  await node.close();
  await serve({}, { catalog: memory.catalog, read: memory.read, reduce: memory.reduce });
  await expect(follow()).rejects.toMatchObject({ code: 'unavailable' });
});

it('answers 10,000 mutated requests or refuses them clearly', async () => {
  await serve({ leases: 50 });
  const { lease, cursor } = await follow();
  const known = {
    timeline: 'fast',
    after: cursor,
    fields: ['level'],
    lease,
    lease_sec: 1,
    session: 1,
    encoding: 'json',
  };
  const junk = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<unknown>,
    fc.constantFrom<unknown>(
      NaN,
      -Infinity,
      '',
      '\0AAAA',
      2 ** 53,
      true,
      'binary',
      new Uint8Array(9),
      'm:0:1:::',
      '__proto__',
    ),
  );
  const request = fc.tuple(fc.constantFrom(...Object.keys(known), 'release', 'more'), junk, fc.nat(4));
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(request, async ([key, value, how]) => {
      const args = how === 0 ? [value] : how === 1 ? [known, value] : [{ ...known, [key]: value }];
      try {
        await eye.call(procedure, args);
      } catch (error) {
        refused++;
        const { code, message } = error as { code: string; message: string };
        expect(['bad_request', 'unknown_timeline', 'too_many', 'too_large']).toContain(code);
        expect(message.length).toBeLessThan(700);
      }
    }),
    { numRuns: 10_000 },
  );
  expect(refused).toBeGreaterThan(3000);
  expect((await health())['leases']).toBeLessThanOrEqual(50);
});
