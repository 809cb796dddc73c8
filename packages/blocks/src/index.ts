export { BlockCache, type BlockCounts, defaultCacheBytes } from './block-cache.js';
export { BlockSite } from './block-site.js';
export { BlockReader, type BlockReaderOptions, type Truth } from './block-reader.js';
export { LearnedFinality } from './learned-finality.js';
export { blockSettings } from './settings.js';
export { openBlockCache } from './open-block-cache.js';
export { defaultLeastSamples, finestLevel, levelFor } from './levels.js';
export { SharedWork } from './shared-work.js';
export { joinTiles, type TileMaker, tileMaker } from './make-tile.js';
export {
  bucketWidth,
  emptyTile,
  finerTiles,
  levelStep,
  type Tile,
  tileBuckets,
  tileIndex,
  type TileKey,
  tileRange,
  tilesBelow,
} from './tile.js';
export type { TileSource, WantedTile } from './tile-source.js';
