import { type Batch, lowerBound, MemoryReader, sliceBatch } from '@sisock/core';
import { startHub } from '@sisock/hub';
import { serveReader } from '@sisock/data-node-server';
import { createMetrics, silentLogger } from '@sisock/runtime';
import {
  type Fixture,
  type FixtureTimeline,
  localRouter,
  readerContract,
  type ReaderUnderTest,
  until,
} from '@sisock/testkit';
import { WampSite } from '@sisock/wamp';
import { JoinedReader, startJoinedNode } from '../src/index.js';
import { asFeed, sourcesOf } from './sources.js';

const clock = () => 1_600_000_000;

/** Rows of a timeline before and from a share of its time on. */
function cutAt({ batches }: FixtureTimeline, share: number): { before: Batch[]; from: Batch[] } {
  const first = batches[0]!.t[0]!;
  const last = batches.at(-1)!.t.at(-1)!;
  const time = first + (last - first) * share;
  const before = batches.map((b) => sliceBatch(b, 0, lowerBound(b.t, time))).filter((b) => b.t.length > 0);
  const from = batches.map((b) => sliceBatch(b, lowerBound(b.t, time), b.t.length)).filter((b) => b.t.length > 0);
  return { before, from };
}

/** The fixture in two readers: the archive up to one share of the time, the feed from another on. */
function split(fixture: Fixture, archiveUntil: number, feedFrom: number) {
  const part = (pick: (timeline: FixtureTimeline) => Batch[]) =>
    new MemoryReader({ timelines: fixture.timelines.map((one) => ({ ...one, batches: pick(one) })) });
  const archive = part((one) => cutAt(one, archiveUntil).before);
  const feed = part((one) => cutAt(one, feedFrom).from);
  return { archive, feed };
}

const joined =
  (archiveUntil: number, feedFrom: number) =>
  async (fixture: Fixture): Promise<ReaderUnderTest> => {
    const { archive, feed } = split(fixture, archiveUntil, feedFrom);
    const sources = sourcesOf({ g3_reader: archive }, { feeds: feed });
    return {
      reader: new JoinedReader({ sources, clock, retryMs: 10 }),
      append: async (timeline, batch) => feed.append(timeline, batch),
      close: async () => undefined,
    };
  };

readerContract('archive and feed that overlap', joined(0.7, 0.4));
readerContract('archive and feed that meet', joined(0.5, 0.5));
readerContract('a feed that begins where the archive is not final yet', joined(0.55, 0.5));
readerContract('a feed with everything, and a short archive', joined(0.2, 0));
// What comes late for a time that the archive has finalized is the archive's to tell.
readerContract('an archive with everything, and a short feed', joined(2, 0.9), { without: ['late'] });

readerContract('a feed alone', async (fixture) => {
  const feed = new MemoryReader({ timelines: fixture.timelines });
  const sources = sourcesOf({}, { feeds: feed });
  return {
    reader: Object.assign(new JoinedReader({ sources, clock, retryMs: 10 }), { health: undefined }),
    append: async (timeline, batch) => feed.append(timeline, batch),
    close: async () => undefined,
  };
});

readerContract('an archive alone', async (fixture) => {
  const archive = new MemoryReader({ timelines: fixture.timelines });
  const sources = sourcesOf({ g3_reader: archive }, {});
  return {
    reader: Object.assign(new JoinedReader({ sources, clock, retryMs: 10 }), { health: undefined }),
    append: async (timeline, batch) => archive.append(timeline, batch),
    close: async () => undefined,
  };
});

/** Everything over a router: archive and feed are nodes, the joined one is a node beside them. */
readerContract('a joined node over a router', async (fixture) => {
  const parts = { log: silentLogger(), metrics: createMetrics(), clock };
  const router = await localRouter();
  const hub = await startHub({ session: await router.session('server'), ...parts });
  const { archive, feed } = split(fixture, 0.7, 0.4);
  const serve = async (name: string, reader: MemoryReader) =>
    serveReader({
      session: await router.session('server'),
      name,
      description: '',
      reader,
      ...parts,
      limits: { liveBatchMs: 5 },
    });
  const nodes = [await serve('g3_reader', archive), await serve('feeds', asFeed(feed))];
  await Promise.all(nodes.map(({ listed }) => listed));
  const session = await router.session('server');
  const inner = await WampSite.start({ session, ...parts, followPollMs: 10 });
  await until(() => inner.nodes().length === 2);
  const node = await startJoinedNode({
    ...{ session, site: inner, ...parts },
    settings: {
      ...{ ARCHIVE_NODES: ['g3_reader'], FEED_NODES: ['*'], JOIN_NAME: 'ocs' },
      ...{ DESCRIPTION: undefined, MAX_POINTS: undefined },
    },
    limits: { liveBatchMs: 5 },
  });
  await node.listed;
  const outer = await WampSite.start({ session: await router.session('consumer'), ...parts, followPollMs: 10 });
  await until(() => outer.nodes().some(({ name }) => name === 'ocs'));
  return {
    reader: outer.reader('ocs'),
    append: async (timeline, batch) => feed.append(timeline, batch),
    async close() {
      await outer.close();
      await node.close();
      await inner.close();
      for (const one of nodes) await one.close();
      await hub.close();
      await router.close();
    },
  };
});
