import { type FileHandle, stat } from 'node:fs/promises';
import { SisockError } from '@sisock/core';
import { openFile, told } from './open-file.js';

interface Opened {
  readonly handle: FileHandle;
  readonly device: bigint;
  readonly inode: bigint;
  users: number;
  /** Not to be used again: closed by its last user. */
  stale: boolean;
}

/** Open files by path: at most `maxOpen`, those used last stay open. Who finds all of them busy waits. */
export class HandlePool {
  readonly #maxOpen: number;
  /** Least recently used first. */
  readonly #files = new Map<string, Opened>();
  readonly #waiting: (() => void)[] = [];
  #open = 0;
  #closed = false;

  constructor(maxOpen: number) {
    if (!Number.isSafeInteger(maxOpen) || maxOpen < 1) {
      throw new SisockError('bad_request', `maxOpen ${maxOpen} is no whole number from 1`);
    }
    this.#maxOpen = maxOpen;
  }

  /** Lends the file that stands at `path` now: one that was opened before and has been replaced is opened anew. */
  async use<T>(path: string, work: (handle: FileHandle) => Promise<T>): Promise<T> {
    const opened = await this.#take(path);
    try {
      return await work(opened.handle);
    } finally {
      opened.users--;
      if (opened.stale && opened.users === 0) await this.#close(opened);
      this.#waiting.shift()?.();
    }
  }

  /** Open files, for people and tests. */
  get size(): number {
    return this.#open;
  }

  /** Files in use are closed by their last user. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const wake of this.#waiting.splice(0)) wake();
    const idle = [...this.#files.values()].filter((opened) => opened.users === 0);
    for (const opened of this.#files.values()) opened.stale = true;
    this.#files.clear();
    await Promise.all(idle.map((opened) => this.#close(opened)));
  }

  async #take(path: string): Promise<Opened> {
    for (;;) {
      if (this.#closed) throw new SisockError('unavailable', 'files are closed');
      const there = await told(path, () => stat(path, { bigint: true }));
      const known = this.#files.get(path);
      if (known !== undefined) {
        this.#files.delete(path);
        if (known.device === there.dev && known.inode === there.ino) {
          this.#files.set(path, known);
          known.users++;
          return known;
        }
        known.stale = true;
        if (known.users === 0) await this.#close(known);
        continue;
      }
      if (this.#closed) continue;
      if (this.#open >= this.#maxOpen && !(await this.#closeIdle())) {
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
        continue;
      }
      const opened = await this.#openFile(path);
      if (opened !== null) return opened;
    }
  }

  /** Null where somebody else opened it meanwhile. */
  async #openFile(path: string): Promise<Opened | null> {
    this.#open++;
    let handle: FileHandle | null = null;
    try {
      handle = await openFile(path);
      const { dev: device, ino: inode } = await handle.stat({ bigint: true });
      if (!this.#files.has(path) && !this.#closed) {
        const opened = { handle, device, inode, users: 1, stale: false };
        this.#files.set(path, opened);
        return opened;
      }
    } catch (error) {
      await this.#release(handle);
      throw error;
    }
    await this.#release(handle);
    return null;
  }

  async #closeIdle(): Promise<boolean> {
    for (const [path, opened] of this.#files) {
      if (opened.users > 0) continue;
      this.#files.delete(path);
      await this.#close(opened);
      return true;
    }
    return false;
  }

  async #close(opened: Opened): Promise<void> {
    await this.#release(opened.handle);
  }

  async #release(handle: FileHandle | null): Promise<void> {
    try {
      await handle?.close();
    } finally {
      this.#open--;
      this.#waiting.shift()?.();
    }
  }
}
