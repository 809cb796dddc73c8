import { setting, wholeNumber } from '@sisock/runtime';
import { defaultCacheBytes } from './block-cache.js';

/** Settings of a process that keeps blocks in memory. */
export const blockSettings = {
  BLOCK_CACHE_BYTES: setting(
    wholeNumber(0, 1e12),
    'most bytes of reduced blocks kept in memory, for panels over long times; 0: none, all is reduced anew each time',
    { fallback: String(defaultCacheBytes) },
  ),
};
