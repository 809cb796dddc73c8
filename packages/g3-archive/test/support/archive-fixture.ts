import type { ArchiveStore } from '@sisock/archive';
import type { Batch } from '@sisock/core';
import type { Fixture } from '@sisock/testkit';
import { HkFiles, tickOf } from './hk-files.js';

const feedOf = (timeline: string) => `observatory.agent.feeds.${timeline}`;
/** How the contract's names read in an archive. */
export const names = {
  timelineName: (timeline: string) => `${feedOf(timeline)}.block`,
  fieldName: (field: string, timeline: string) => `${feedOf(timeline)}.${field}`,
};

/** Files that hold the fixture, indexed: a frame for each batch. */
export async function archiveOf(fixture: Fixture, store: ArchiveStore) {
  const hk = await HkFiles.make(store);
  const append = async (timeline: string, batch: Batch) => {
    const ticks = [...batch.t].map(tickOf);
    await hk.add('1.g3', feedOf(timeline), [{ name: 'block', ticks, columns: batch.columns }]);
  };
  for (const { name, batches } of fixture.timelines) for (const batch of batches) await append(name, batch);
  return { hk, append };
}
