import { type ArchiveStore } from '@sisock/archive';
import type { Batch, Reader } from '@sisock/core';
import { startHub } from '@sisock/hub';
import { createMetrics, readSettings, silentLogger } from '@sisock/runtime';
import { type Fixture, localRouter, readerContract, until } from '@sisock/testkit';
import { WampSite } from '@sisock/wamp';
import { g3ReaderSettings, startG3Reader } from '../src/index.js';
import { HkFiles, tickOf } from '../../g3-archive/test/support/hk-files.js';
import { MemoryArchive } from '../../g3-archive/test/support/memory-archive.js';

const parts = { log: silentLogger(), metrics: createMetrics(), clock: () => 1_600_000_000 };
const feedOf = (timeline: string) => `observatory.agent.feeds.${timeline}`;
const names = {
  timelineName: (timeline: string) => `${feedOf(timeline)}.block`,
  fieldName: (field: string, timeline: string) => `${feedOf(timeline)}.${field}`,
};

/** Files that hold the fixture, indexed: a frame for each batch. */
async function archiveOf(fixture: Fixture, store: ArchiveStore) {
  const hk = await HkFiles.make(store);
  const append = async (timeline: string, batch: Batch) => {
    const ticks = [...batch.t].map(tickOf);
    await hk.add('1.g3', feedOf(timeline), [{ name: 'block', ticks, columns: batch.columns }]);
  };
  for (const { name, batches } of fixture.timelines) for (const batch of batches) await append(name, batch);
  return { hk, append };
}

async function overWamp(fixture: Fixture) {
  const store = new MemoryArchive();
  const { hk, append } = await archiveOf(fixture, store);
  const router = await localRouter();
  const hub = await startHub({ session: await router.session('server'), ...parts });
  const settings = readSettings(g3ReaderSettings, {});
  const node = await startG3Reader({ session: await router.session('server'), settings, store, ...parts });
  await node.listed;
  const site = await WampSite.start({ session: await router.session('consumer'), ...parts });
  await until(() => site.nodes().length === 1);
  const reader: Reader = site.reader('g3_reader');
  return {
    reader,
    append,
    close: async () => {
      await site.close();
      await node.close();
      await hub.close();
      await router.close();
      await hk.remove();
    },
  };
}

const without = { ...names, without: ['descriptions'] as const };
readerContract('the node g3_reader over a router', overWamp, without);
