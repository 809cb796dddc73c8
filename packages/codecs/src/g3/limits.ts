import type { G3Limits } from './types.js';

/** What a reader grants a file where nothing else is said. */
export const defaultG3Limits: G3Limits = {
  frameBytes: 64 * 1024 * 1024,
  entries: 1_000_000,
  nameBytes: 65_536,
  depth: 32,
};
