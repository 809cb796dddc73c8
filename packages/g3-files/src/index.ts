export type { FileIndex, FileIndexStep, IndexedBlock } from './types.js';
