import { type ArchiveStore } from '@sisock/archive';
import { FrameFiles } from '@sisock/g3-files';
import { createMetrics, silentLogger } from '@sisock/runtime';
import { type Fixture, readerContract } from '@sisock/testkit';
import { ArchiveTiles, G3Reader } from '@sisock/g3-archive';
import { withBlocks, withoutUnevenEdges } from '../../blocks/test/with-blocks.js';
import { libsqlStore } from './support/archive-bench.js';
import { archiveOf, names } from './support/archive-fixture.js';
import { MemoryArchive } from './support/memory-archive.js';

const parts = { log: silentLogger(), metrics: createMetrics(), clock: () => 1_600_000_000 };
async function inProcess(fixture: Fixture, store: ArchiveStore) {
  const { hk, append } = await archiveOf(fixture, store);
  const files = new FrameFiles({});
  const reader = new G3Reader({ store, files, ...parts, pollMs: 10 });
  return {
    reader,
    append,
    close: async () => {
      await reader.close();
      await files.close();
      await store.close();
      await hk.remove();
    },
  };
}

const without = { ...names, without: ['descriptions'] as const };
readerContract('G3Reader', (fixture) => inProcess(fixture, new MemoryArchive()), without);
readerContract('G3Reader over libsql', async (fixture) => inProcess(fixture, await libsqlStore()), without);
readerContract(
  'BlockReader over G3Reader',
  async (fixture) => {
    const store = await libsqlStore();
    const made = await inProcess(fixture, store);
    const timeline = (name: string) => made.reader.timeline(name);
    return withBlocks(made, parts.clock, new ArchiveTiles({ store, timeline, log: parts.log }));
  },
  { ...without, without: [...without.without, withoutUnevenEdges] },
);
