import type { Reader } from '@sisock/core';
import { startHub } from '@sisock/hub';
import { createMetrics, readSettings, silentLogger } from '@sisock/runtime';
import { type Fixture, localRouter, readerContract, until } from '@sisock/testkit';
import { WampSite } from '@sisock/wamp';
import { g3ReaderSettings, startG3Reader } from '../src/index.js';
import { archiveOf, names } from '../../g3-archive/test/support/archive-fixture.js';
import { MemoryArchive } from '../../g3-archive/test/support/memory-archive.js';

const parts = { log: silentLogger(), metrics: createMetrics(), clock: () => 1_600_000_000 };
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
