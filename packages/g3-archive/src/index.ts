export { ArchiveTiles, type ArchiveTilesOptions, powerOf } from './archive-tiles.js';
export { G3Reader, type G3ReaderOptions, type SurveyedTimeline } from './g3-reader.js';
export { type ArchiveField, type ArchiveTimeline, secondsOf } from './timelines.js';
