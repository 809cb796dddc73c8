import type { ArchiveStore } from '@sisock/archive';
import type { Clock } from '@sisock/core';
import { G3Reader } from '@sisock/g3-archive';
import { FrameFiles } from '@sisock/g3-files';
import { closeAll, createMetrics, type Logger, type Service } from '@sisock/runtime';
import { TileFiller, type TileFillerOptions } from './tile-filler.js';

/** Decoded samples and index that are kept while tiles are made: frames at the edge of two pieces of work are read once. */
const cacheBytes = 2_000_000;
const indexCacheBytes = 1_000_000;
/** Bytes of rows that are read at a time. */
const maxChunkBytes = 8_000_000;

export interface OpenFillerOptions extends Pick<
  TileFillerOptions,
  'leastSamples' | 'recentSec' | 'turn' | 'signal' | 'progress'
> {
  /** Not closed. */
  readonly store: ArchiveStore;
  readonly log: Logger;
  readonly clock: Clock;
}

/** A filler with a reader of its own. */
export function openFiller({ store, log, clock, ...options }: OpenFillerOptions): TileFiller & Service {
  const files = new FrameFiles({});
  // Its reading is told in the scanner's own terms.
  const metrics = createMetrics();
  const reader = new G3Reader({ store, files, clock, log, metrics, cacheBytes, indexCacheBytes, maxChunkBytes });
  const filler = new TileFiller({ ...options, store, reader });
  return Object.assign(filler, { close: () => closeAll([files, reader], log) });
}
