import { MemoryReader, type Reader } from '@sisock/core';
import { startHub } from '@sisock/hub';
import { createMetrics, silentLogger } from '@sisock/runtime';
import { type Fixture, localRouter, readerContract, until } from '@sisock/testkit';
import { WampSite } from '@sisock/wamp';
import { type OriginalNames, serveReader } from '../src/index.js';

const parts = { log: silentLogger(), metrics: createMetrics(), clock: () => 1_600_000_000 };

/** A node over a real router and hub, read back as a gateway does. */
async function throughARouter(fixture: Fixture, names: OriginalNames = {}) {
  const router = await localRouter();
  const hub = await startHub({ session: await router.session('server'), ...parts });
  const memory = new MemoryReader({ timelines: fixture.timelines });
  const node = await serveReader({
    session: await router.session('server'),
    name: 'n',
    description: '',
    reader: memory,
    names,
    ...parts,
  });
  await node.listed;
  const site = await WampSite.start({ session: await router.session('consumer'), ...parts });
  await until(() => site.nodes().length === 1);
  const reader: Reader = site.reader('n');
  return {
    reader,
    append: async (timeline: string, batch: Parameters<MemoryReader['append']>[1]) => memory.append(timeline, batch),
    async close() {
      await site.close();
      await node.close();
      await hub.close();
      await router.close();
    },
  };
}

readerContract('a node served over a router', (fixture) => throughARouter(fixture));
