import type { Metrics } from '@sisock/runtime';
import type { ArchiveIndex } from './archive-index.js';
import type { FrameBlocks } from './frame-blocks.js';
import type { Troubles } from './troubles.js';

interface Parts {
  readonly index: ArchiveIndex;
  readonly blocks: FrameBlocks;
  readonly troubles: Troubles;
}

/** Tells what a reader of the archive did. Hit rate of a cache: hits by hits and misses. */
export function tellMetrics(metrics: Metrics, { index, blocks, troubles }: Parts): void {
  const told = new Map<string, number>();
  const since = (key: string, now: number) => {
    const before = told.get(key) ?? 0;
    told.set(key, now);
    return now - before;
  };
  const lookups = metrics.counter(
    'sisock_g3_cache_total',
    'Lookups in the caches of the g3 reader',
    ['cache', 'result'],
    () => {
      for (const [cache, { counts }] of [
        ['rows', blocks],
        ['index', index],
      ] as const) {
        // prettier-ignore
        lookups.inc({ cache, result: 'hit' }, since(`${cache} hit`, counts.hits));
        lookups.inc({ cache, result: 'miss' }, since(`${cache} miss`, counts.misses));
      }
    },
  );
  const held = metrics.gauge('sisock_g3_cache_bytes', 'Bytes in the caches of the g3 reader', ['cache'], () => {
    held.set({ cache: 'rows' }, blocks.bytes);
    held.set({ cache: 'index' }, index.bytes);
  });
  const frames = metrics.counter('sisock_g3_read_frames_total', 'Frames of g3 files that were read', [], () => {
    frames.inc(since('frames', blocks.counts.frames));
  });
  const bytes = metrics.counter('sisock_g3_read_bytes_total', 'Bytes of g3 frames that were read', [], () => {
    bytes.inc(since('bytes', blocks.counts.bytes));
  });
  const bad = metrics.gauge('sisock_g3_unreadable_files', 'Indexed g3 files that can not be read', [], () => {
    bad.set(troubles.files);
  });
}
