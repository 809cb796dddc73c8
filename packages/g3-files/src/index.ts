export type { FileIndex, FileIndexStep, IndexedBlock } from './types.js';
export { type Compression, compressionOf } from './compressed.js';
export { fingerprint, isSameFile } from './fingerprint.js';
export { FrameFiles, type FrameFilesOptions, type FramePlace } from './frame-files.js';
export { type FollowedFrame, HkFollower } from './hk-follower.js';
export { indexFile, type IndexOptions } from './index-file.js';
export { walkFile, type WalkOptions } from './walk-file.js';
