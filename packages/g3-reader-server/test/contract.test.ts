import { FrameFiles } from '@sisock/g3-files';
import { createMetrics, silentLogger } from '@sisock/runtime';
import { type Fixture, readerContract } from '@sisock/testkit';
import { G3Reader } from '../src/index.js';
import { HkFiles, tickOf } from './support/hk-files.js';
import { MemoryArchive } from './support/memory-archive.js';

const feedOf = (timeline: string) => `observatory.agent.feeds.${timeline}`;
export const contractNames = {
  timelineName: (timeline: string) => `${feedOf(timeline)}.block`,
  fieldName: (field: string, timeline: string) => `${feedOf(timeline)}.${field}`,
};

async function overFiles(fixture: Fixture) {
  const store = new MemoryArchive();
  const hk = await HkFiles.make(store);
  const append = async (timeline: string, batch: Fixture['timelines'][number]['batches'][number]) => {
    const ticks = [...batch.t].map(tickOf);
    await hk.add('1.g3', feedOf(timeline), [{ name: 'block', ticks, columns: batch.columns }]);
  };
  for (const { name, batches } of fixture.timelines) for (const batch of batches) await append(name, batch);
  const files = new FrameFiles({});
  const clock = () => 1_600_000_000;
  const reader = new G3Reader({ store, files, clock, log: silentLogger(), metrics: createMetrics(), pollMs: 10 });
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

readerContract('G3Reader', overFiles, { ...contractNames, without: ['descriptions'] });
