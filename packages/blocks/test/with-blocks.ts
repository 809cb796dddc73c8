import { BlockCache, BlockReader, type TileSource } from '@sisock/blocks';
import type { Clock, Reader } from '@sisock/core';
import type { ReaderUnderTest } from '@sisock/testkit';

/** A reader under test with blocks over it, in many tiles: the contract's data are small. */
export function withBlocks(
  made: ReaderUnderTest & { readonly reader: Reader },
  clock: Clock,
  source?: TileSource,
): ReaderUnderTest {
  const reader = new BlockReader({ reader: made.reader, cache: new BlockCache(), clock, leastSamples: 1, source });
  return {
    ...made,
    reader,
    close: async () => {
      await reader.close();
      await made.close();
    },
  };
}

/** What reductions over uneven buckets are: up to what lies across their edges. */
export const withoutUnevenEdges = 'uneven-edges' as const;
