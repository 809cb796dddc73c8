import type { FileState } from '@sisock/archive';
import type { FileStamp } from './file-stamp.js';

/** What is to be done with a file. */
export type Decision =
  | 'same' // nothing: it is as it was
  | 'unfinished' // as it was, with a beginning of a frame at its end
  | 'grown' // goes on at `goodOffset`, if it is still the same file
  | 'again' // from its start
  | 'retry'; // could not be read before

export type KnownState = Pick<FileState, 'size' | 'mtimeUs' | 'goodOffset' | 'outcome'>;

/**
 * Compares a file with what is known of it. Times are compared for equality only: clocks step, and old files are copied in.
 * A file of the same size and another time was written anew or copied over, so nothing of it is relied on.
 */
export function decide(known: KnownState | null, { size, mtimeUs }: Pick<FileStamp, 'size' | 'mtimeUs'>): Decision {
  if (known === null || known.outcome === 'gone') return 'again';
  if (known.outcome === 'unreadable') return 'retry';
  if (known.size === size) {
    if (known.mtimeUs !== mtimeUs) return 'again';
    return known.outcome === 'ok' && known.goodOffset < size ? 'unfinished' : 'same';
  }
  return size < known.goodOffset ? 'again' : 'grown';
}
