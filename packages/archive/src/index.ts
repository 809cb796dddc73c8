export type {
  ArchiveChange,
  ArchiveCounts,
  ArchivedField,
  ArchiveStore,
  BlockEntry,
  CommitResult,
  FeedInfo,
  FileOutcome,
  FileState,
  FileUpdate,
  FilledQuery,
  FrameRun,
  KnownFile,
  TickSpan,
  TilePlace,
  TilesQuery,
  TilesTrim,
  TilesUpdate,
} from './types.js';
export { type ArchiveParts, openArchive } from './open-archive.js';
export { type ArchiveOptions, defaultArchiveOptions } from './options.js';
export {
  archiveProblems,
  archiveSettings,
  type ArchiveSettings,
  environmentProblems,
  readArchiveSettings,
} from './settings.js';
