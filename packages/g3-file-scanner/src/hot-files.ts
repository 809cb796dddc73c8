import { dirname } from 'node:path';
import { type FileStamp, sameStamp } from './file-stamp.js';
import type { TreeFile } from './list-directory.js';

export interface HotLimits {
  /** Of each kind: changed last, newest by time, last by name in their directories. */
  readonly files: number;
}

/** The files that are most likely to grow: looked at between two walks. */
export class HotFiles {
  readonly #limit: number;
  readonly #changed = new Set<string>();
  #newest: ReadonlyMap<string, FileStamp> = new Map();

  constructor({ files }: HotLimits) {
    this.#limit = files;
  }

  /** The file was seen to change. */
  changed(path: string): void {
    this.#changed.delete(path);
    this.#changed.add(path);
    for (const oldest of this.#changed) {
      if (this.#changed.size <= this.#limit) break;
      this.#changed.delete(oldest);
    }
  }

  forget(path: string): void {
    this.#changed.delete(path);
  }

  /**
   * Takes what a walk found. Beside the newest by time there are the last by name: after a step of the clock the file that is
   * written now may look older than others.
   */
  walked(files: readonly TreeFile[]): void {
    const byTime = [...files].sort((a, b) => b.mtimeUs - a.mtimeUs).slice(0, this.#limit);
    const last = new Map<string, TreeFile>();
    for (const file of files) {
      const directory = dirname(file.path);
      if (file.path > (last.get(directory)?.path ?? '')) last.set(directory, file);
    }
    const byName = [...last.keys()].sort().slice(-this.#limit);
    this.#newest = new Map([...byTime, ...byName.map((name) => last.get(name)!)].map((file) => [file.path, file]));
  }

  /** True when the file changed since the last walk, or that did not tell. */
  changedSinceWalk(path: string, stamp: Pick<FileStamp, 'size' | 'mtimeUs'>): boolean {
    const walked = this.#newest.get(path);
    return walked === undefined || !sameStamp(walked, stamp);
  }

  paths(): string[] {
    return [...new Set([...this.#changed, ...this.#newest.keys()])];
  }
}
