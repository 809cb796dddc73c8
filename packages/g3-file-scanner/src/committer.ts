import type { ArchiveStore, CommitResult, FileUpdate } from '@sisock/archive';
import { SisockError } from '@sisock/core';
import type { Patience } from './patience.js';

export interface CommitterOptions {
  readonly store: Pick<ArchiveStore, 'commit'>;
  readonly patience: Patience;
  /** Milliseconds that an update waits for others to go with it. */
  readonly gatherMs?: number;
  /** Of one transaction; a single update may have more blocks. */
  readonly filesAtOnce?: number;
  readonly blocksAtOnce?: number;
  /** Blocks that may wait to be written; who brings more waits. */
  readonly blocksWaiting?: number;
}

interface Entry {
  readonly update: FileUpdate;
  readonly resolve: (result: CommitResult) => void;
  readonly reject: (error: unknown) => void;
}

/** Writes updates in transactions of bounded size, of many files together: a transaction costs as much as its rows. */
export class Committer {
  readonly #store: Pick<ArchiveStore, 'commit'>;
  readonly #patience: Patience;
  readonly #gatherMs: number;
  readonly #filesAtOnce: number;
  readonly #blocksAtOnce: number;
  readonly #blocksWaiting: number;
  readonly #queue: Entry[] = [];
  readonly #rooms: (() => void)[] = [];
  #blocks = 0;
  #running: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor({ store, patience, ...limits }: CommitterOptions) {
    this.#store = store;
    this.#patience = patience;
    this.#gatherMs = limits.gatherMs ?? 50;
    this.#filesAtOnce = limits.filesAtOnce ?? 64;
    this.#blocksAtOnce = limits.blocksAtOnce ?? 20_000;
    this.#blocksWaiting = limits.blocksWaiting ?? 40_000;
  }

  /** Updates that wait to be written. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Resolves, as soon as there is room for the update, with what comes of it. `now`: somebody waits for that. */
  async add(update: FileUpdate, now = false): Promise<{ readonly result: Promise<CommitResult> }> {
    while (this.#blocks > 0 && this.#blocks + update.blocks.length > this.#blocksWaiting) {
      this.#start();
      await new Promise<void>((resolve) => this.#rooms.push(resolve));
    }
    this.#blocks += update.blocks.length;
    const result = new Promise<CommitResult>((resolve, reject) => this.#queue.push({ update, resolve, reject }));
    // Who added it may have gone; then nobody is told.
    result.catch(() => undefined);
    if (now || this.#queue.length >= this.#filesAtOnce || this.#blocks >= this.#blocksAtOnce) this.#start();
    else this.#timer ??= setTimeout(() => this.#start(), this.#gatherMs);
    return { result };
  }

  /** Resolves when nothing is being written any more. */
  async settled(): Promise<void> {
    this.#start();
    while (this.#running !== null) await this.#running;
  }

  #start(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#queue.length > 0) this.#running ??= this.#work().finally(() => (this.#running = null));
  }

  async #work(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#takeBatch();
      await this.#write(batch);
      for (const { update } of batch) this.#blocks -= update.blocks.length;
      for (const room of this.#rooms.splice(0)) room();
    }
  }

  #takeBatch(): Entry[] {
    let blocks = 0;
    let n = 0;
    while (n < this.#queue.length && n < this.#filesAtOnce) {
      blocks += this.#queue[n]!.update.blocks.length;
      if (n > 0 && blocks > this.#blocksAtOnce) break;
      n++;
    }
    return this.#queue.splice(0, n);
  }

  async #write(batch: readonly Entry[]): Promise<void> {
    try {
      const results = await this.#patience.run(() => this.#store.commit(batch.map((entry) => entry.update)));
      for (const [i, entry] of batch.entries()) {
        const result = results[i];
        if (result) entry.resolve(result);
        else entry.reject(new SisockError('internal', `no answer for ${entry.update.file.path}`));
      }
    } catch (error) {
      const { code } = error as { code?: unknown };
      // One file whose rows can't be stored must not take the others with it.
      if (batch.length === 1 || code === 'cancelled') for (const entry of batch) entry.reject(error);
      else for (const entry of batch) await this.#write([entry]);
    }
  }
}
