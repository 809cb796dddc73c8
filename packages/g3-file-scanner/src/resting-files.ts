import type { FileState } from '@sisock/archive';
import type { Clock } from '@sisock/core';
import { type FileStamp, sameStamp } from './file-stamp.js';

type Stamp = Pick<FileStamp, 'size' | 'mtimeUs'>;

/**
 * Files that end inside a frame: the rest of it may come yet, or never. A file rests when its own time says so, or when it
 * was seen unchanged for as long: clocks of other machines may be anywhere.
 */
export class RestingFiles {
  readonly #files = new Map<string, { readonly stamp: Stamp; readonly since: number }>();
  readonly #settleSec: number;
  readonly #clock: Clock;
  readonly #now: () => number;

  /** `now`: milliseconds of a clock that never steps. */
  constructor(settleSec: number, clock: Clock, now: () => number = () => performance.now()) {
    this.#settleSec = settleSec;
    this.#clock = clock;
    this.#now = now;
  }

  paths(): Iterable<string> {
    return this.#files.keys();
  }

  /** False while the file is to be left alone: it was looked into as it is, and may still be written. */
  isDue(path: string, stamp: Stamp): boolean {
    const file = this.#files.get(path);
    return file === undefined || !sameStamp(file.stamp, stamp) || this.#rests(file.since);
  }

  isSettled(path: string, stamp: Stamp): boolean {
    const age = this.#clock() - stamp.mtimeUs / 1e6;
    const file = this.#files.get(path);
    return age >= this.#settleSec || (file !== undefined && sameStamp(file.stamp, stamp) && this.#rests(file.since));
  }

  /** Notes how a file was left. */
  note(path: string, { outcome, goodOffset, size }: FileState, stamp: Stamp): void {
    const file = this.#files.get(path);
    if (outcome !== 'ok' || goodOffset >= size) this.#files.delete(path);
    else if (file === undefined || !sameStamp(file.stamp, stamp)) {
      this.#files.set(path, { stamp, since: this.#now() });
    }
  }

  forget(path: string): void {
    this.#files.delete(path);
  }

  #rests(since: number): boolean {
    return this.#now() - since >= this.#settleSec * 1000;
  }
}
