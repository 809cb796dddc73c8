import { BlockCache, BlockReader, type BlockReaderOptions } from '@sisock/blocks';
import { MemoryReader } from '@sisock/core';
import { type Fixture, fixtureStart, readerContract } from '@sisock/testkit';

const clock = () => fixtureStart + 1e6;

async function overMemory(
  fixture: Fixture,
  options: Partial<BlockReaderOptions> & { readonly cacheBytes?: number } = {},
) {
  const memory = new MemoryReader({ timelines: fixture.timelines });
  const cache = new BlockCache(options.cacheBytes);
  const reader = new BlockReader({ reader: memory, cache, clock, ...options });
  return {
    reader,
    append: async (timeline: string, batch: Parameters<MemoryReader['append']>[1]) => memory.append(timeline, batch),
    close: () => reader.close(),
  };
}

/** With so few samples a bucket the small data of the contract fill many tiles. */
const many = { leastSamples: 1 };
const without = ['uneven-edges'] as const;

readerContract('BlockReader', (fixture) => overMemory(fixture));
readerContract('BlockReader with many tiles', (fixture) => overMemory(fixture, many), { without });
readerContract('BlockReader with finer tiles', (fixture) => overMemory(fixture, { leastSamples: 4, finerPowers: [2, 3] }), { without }); // prettier-ignore
readerContract('BlockReader with memory for a few tiles', (fixture) => overMemory(fixture, { ...many, cacheBytes: 30_000 }), { without }); // prettier-ignore
readerContract('BlockReader without memory', (fixture) => overMemory(fixture, { cacheBytes: 0 }));
