export { ArchiveTiles, type ArchiveTilesOptions, powerOf } from './archive-tiles.js';
export { G3Reader, type G3ReaderOptions } from './g3-reader.js';
export type { ArchiveField, ArchiveTimeline } from './timelines.js';
