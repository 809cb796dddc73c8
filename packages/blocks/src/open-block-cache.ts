import type { Metrics } from '@sisock/runtime';
import { BlockCache, type BlockCounts } from './block-cache.js';

/** What came of looking for a tile: the rest of the hits and misses says where the missing ones were got. */
const lookups = ['hits', 'misses', 'stored', 'joined', 'made'] as const;

/** The tiles in memory of a process, told of in its metrics. @see BlockCache */
export function openBlockCache(limitBytes: number, metrics: Metrics): BlockCache {
  const cache = new BlockCache(limitBytes);
  const told = new Map<keyof BlockCounts, number>();
  const since = (what: keyof BlockCounts) => {
    const before = told.get(what) ?? 0;
    told.set(what, cache.counts[what]);
    return cache.counts[what] - before;
  };
  const tiles = metrics.counter(
    'sisock_block_tiles_total',
    'Tiles of stored buckets: hits in memory, misses, and of those found in the store, joined of finer ones, made of rows',
    ['what'],
    () => {
      for (const what of [...lookups, 'dropped'] as const) tiles.inc({ what }, since(what));
    },
  );
  const answers = metrics.counter(
    'sisock_block_reductions_total',
    'Reductions answered out of stored buckets, and passed on to the reader beneath',
    ['how'],
    () => {
      answers.inc({ how: 'blocks' }, since('answers'));
      answers.inc({ how: 'passed' }, since('passed'));
    },
  );
  const rows = metrics.counter('sisock_block_rows_total', 'Rows read to make tiles of', [], () => {
    rows.inc(since('rows'));
  });
  const bytes = metrics.gauge('sisock_block_bytes', 'Bytes of tiles in memory', [], () => {
    bytes.set(cache.bytes);
  });
  return cache;
}
