import { afterEach, describe, expect, it } from '@jest/globals';
import { allTime, type Batch, type Chunk, type Gap, MemoryReader, MemorySite, SisockError } from '@sisock/core';
import { createMetrics, silentLogger } from '@sisock/runtime';
import { batchOf, samplesOf, until } from '@sisock/testkit';
import { JoinedReader, SiteSources } from '../src/index.js';
import { rowsOf, simulation } from './simulation.js';
import { asFeed, sourcesOf } from './sources.js';

const times = Array.from({ length: 40 }, (_, i) => 1_600_000_000 + i);
const a = { a: (i: number) => i };
const away = new SisockError('unavailable', 'away');
const query = { timeline: 'b', fields: ['a'], range: allTime, maxSamples: 1000 };

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

function both(options?: Parameters<typeof simulation>[0]) {
  const made = simulation(options);
  made.archive.memory.append('b', rowsOf(times, 0, 20, a));
  made.feed.memory.append('b', rowsOf(times, 10, 30, a));
  return made;
}
const ids = (batches: readonly Batch[]) => samplesOf(batches, 'a').map(([, id]) => id);
const count = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

describe('one source that is away', () => {
  it('leaves the other: the feed, with nothing final', async () => {
    const { archive, reader, sources } = both();
    expect((await reader.read(query)).finalizedUntil).toBe(times[19]);
    archive.fails = away;
    const chunk = await reader.read(query);
    expect(ids(chunk.batches)).toEqual(count(10, 30));
    expect(chunk.finalizedUntil).toBe(-Infinity);
    expect(await reader.health()).toMatchObject({ ok: false, message: expect.stringContaining('g3_reader') });
    const reduced = await reader.reduce({ ...query, start: times[0]!, width: 40, count: 1, want: ['count'] });
    expect(reduced).toMatchObject({ finalizedUntil: -Infinity });
    expect((await reader.catalog(allTime)).fields.has('a')).toBe(true);
    archive.fails = null;
    const again = await reader.read(query);
    expect(ids(again.batches)).toEqual(count(0, 30));
    expect(sources.states).toEqual(['g3_reader down', 'g3_reader up']);
  });

  it('leaves the other: the archive, with all it has', async () => {
    const { feed, reader } = both();
    await reader.catalog(allTime);
    feed.fails = away;
    const chunk = await reader.read(query);
    expect(ids(chunk.batches)).toEqual(count(0, 20));
    expect(chunk.finalizedUntil).toBe(times[19]);
    feed.fails = null;
    const more = await reader.read({ ...query, cursor: chunk.cursor });
    expect(ids(more.batches)).toEqual(count(20, 30));
  });

  it('does not keep those waiting who ask after the first', async () => {
    const { archive, reader } = both({ answerMs: 50, retryMs: 5 });
    await reader.catalog(allTime);
    archive.hangs = true;
    expect(ids((await reader.read(query)).batches)).toEqual(count(10, 30));
    expect(ids((await reader.read(query)).batches)).toEqual(count(10, 30));
    archive.hangs = false;
    await until(async () => ids((await reader.read(query)).batches).length === 30);
  });

  it('is an error where there is no other', async () => {
    const { archive, feed, reader } = both();
    await reader.catalog(allTime);
    archive.fails = feed.fails = away;
    await expect(reader.read(query)).rejects.toMatchObject({ code: 'unavailable' });
  });
});

describe('following', () => {
  function follow(reader: JoinedReader, after: string) {
    const controller = new AbortController();
    const got: (Chunk | Gap)[] = [];
    const ended = (async () => {
      for await (const item of reader.follow({ timeline: 'b', fields: ['a'], after }, controller.signal))
        got.push(item);
    })();
    closing.push(async () => {
      controller.abort();
      await ended;
    });
    return { got, ids: () => ids(got.flatMap((item) => ('gap' in item ? [] : item.batches))) };
  }

  it('continues a cursor in the midst while both grow, without a hole or a double', async () => {
    const { archive, feed, reader } = both({ freshMs: 0 });
    const first = await reader.read({ ...query, maxSamples: 5 });
    const { ids: seen } = follow(reader, first.cursor);
    await until(() => seen().length === 25);
    feed.memory.append('b', rowsOf(times, 30, 32, a));
    await until(() => seen().length === 27);
    archive.memory.append('b', rowsOf(times, 20, 30, a));
    feed.memory.append('b', rowsOf(times, 32, 40, a));
    await until(() => seen().length === 35);
    expect(seen()).toEqual(count(5, 40));
  });

  it('reads the archive on while there is no feed', async () => {
    const { archive, feed, reader } = both();
    const first = await reader.read(query);
    feed.fails = away;
    const { ids: seen } = follow(reader, first.cursor);
    archive.memory.append('b', rowsOf(times, 20, 33, a));
    await until(() => seen().length === 3);
    feed.restart(new MemoryReader({ timelines: [{ name: 'b', batches: [rowsOf(times, 25, 36, a)] }] }));
    feed.fails = null;
    await until(() => seen().length === 6);
    feed.memory.append('b', rowsOf(times, 36, 38, a));
    await until(() => seen().length === 8);
    expect(seen()).toEqual(count(30, 38));
  });

  it('gives a sample at once, whatever was learned a moment ago', async () => {
    const { feed, reader } = both({ freshMs: 60_000 });
    const { cursor } = await reader.read(query);
    feed.memory.append('b', rowsOf(times, 30, 31, a));
    expect(ids((await reader.read({ ...query, cursor })).batches)).toEqual([30]);
    expect(ids((await reader.read(query)).batches)).toEqual(count(0, 31));
  });
});

describe('names', () => {
  it('of an original data-feed are joined in the spelling of the aggregator', async () => {
    const feed = 'observatory.a.feeds.f';
    const labels = { agent: 'observatory.a', feed: 'f', block: 'b', field: 'Channel 01 [K]' };
    const live = new MemoryReader({
      timelines: [
        {
          name: `${feed}.b`,
          fields: [{ name: 'channel_01_[k]', labels }],
          batches: [batchOf([3, 4], { 'channel_01_[k]': [3, 4] })],
        },
      ],
    });
    const full = `${feed}.Channel_01_K`;
    const archive = new MemoryReader({
      timelines: [{ name: `${feed}.b`, batches: [batchOf([1, 2, 3], { [full]: [1n, 2n, 3n] })] }],
    });
    const reader = new JoinedReader({ sources: sourcesOf({ archive }, { live }), clock: () => 100 });
    expect([...(await reader.catalog(allTime)).fields.keys()]).toEqual([full]);
    const { batches } = await reader.read({ timeline: `${feed}.b`, fields: [full], range: allTime, maxSamples: 10 });
    // Each source's own kind of values stays.
    expect(samplesOf(batches, full)).toEqual([[1, 1n], [2, 2n], [3, 3], [4, 4]]); // prettier-ignore
  });

  it('a field that has moved to another block has one timeline', async () => {
    const archive = new MemoryReader({ timelines: [{ name: 'x', batches: [batchOf([1, 2, 3], { a: [1, 2, 3] })] }] });
    const live = new MemoryReader({ timelines: [{ name: 'y', batches: [batchOf([3, 4], { a: [3, 4] })] }] });
    const reader = new JoinedReader({ sources: sourcesOf({ archive }, { live }), clock: () => 100 });
    const { batches } = await reader.read({ ...query, timeline: 'y' });
    expect(ids(batches)).toEqual([1, 2, 3, 4]);
  });
});

describe('the sources of a site', () => {
  function site() {
    const made = new MemorySite(() => 0);
    const parts = { log: silentLogger(), metrics: createMetrics(), own: 'ocs' };
    const sources = new SiteSources({
      site: made,
      archives: ['g3_*'],
      feeds: ['*', '!quiet'],
      ...parts,
      limits: { freshMs: 0 },
    });
    closing.push(() => sources.close());
    return { made, sources };
  }
  const live = () => asFeed(new MemoryReader({ timelines: [{ name: 'b', batches: [batchOf([1], { a: [1] })] }] }));
  const names = (list: readonly { name: string }[]) => list.map(({ name }) => name);

  it('come and go, are told by what they serve, and are not the joined node itself', async () => {
    const { made, sources } = site();
    made.add('feeds', live(), '', ['follow']);
    made.add('g3_reader', live());
    made.add('ocs', live(), '', ['follow']);
    made.add('quiet', live(), '', ['follow']);
    made.add('unfollowed', live());
    made.add('weather', new MemoryReader({ timelines: [{ name: 'w', batches: [batchOf([1], { w: [1] })] }] }), '', [
      'follow',
    ]);
    const reader = new JoinedReader({ sources, clock: () => 100 });
    made.add('other_joined', reader, '', ['follow']);
    await until(() => sources.feeds().length === 1);
    await sources.learn();
    expect(names(sources.feeds())).toEqual(['feeds']);
    expect(names(sources.archives())).toEqual(['g3_reader']);
    made.remove('feeds');
    await until(async () => !(await reader.health()).ok);
    made.add('feeds', live(), '', ['follow']);
    await until(async () => (await reader.health()).ok);
  });
});

describe('a site that is not whole', () => {
  it('is well without a feed node, and says so; without any source it is not', async () => {
    const archive = new MemoryReader({ timelines: [] });
    const alone = new JoinedReader({ sources: sourcesOf({ g3_reader: archive }, {}), clock: () => 100 });
    expect(await alone.health()).toMatchObject({ ok: true, message: 'there is no feed node' });
    const empty = new JoinedReader({ sources: sourcesOf({}, {}), clock: () => 100 });
    expect(await empty.health()).toMatchObject({
      ok: false,
      message: 'there is no archive node; there is no feed node',
    });
  });
});
