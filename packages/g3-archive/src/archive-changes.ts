import type { ArchiveChange, ArchiveStore } from '@sisock/archive';
import { ChangeList, type DataChange } from '@sisock/core';
import { type Complaints, createComplaints, type Logger } from '@sisock/runtime';

export interface ArchiveChangesOptions {
  readonly store: Pick<ArchiveStore, 'changes'>;
  readonly log: Logger;
  /** Milliseconds between two looks, while somebody listens. */
  readonly pollMs: number;
  /** What consumers are told of changes, at most one for a timeline. */
  readonly translate: (changes: readonly ArchiveChange[]) => Promise<readonly DataChange[]>;
  /** Done with each look. */
  readonly alongside: () => Promise<void>;
}

/** Most changes that are read at a time. */
const atOnce = 1_000;

/** Changes of the archive, as the database tells them, for those who listen; while nobody does it is not asked. */
export class ArchiveChanges {
  readonly #options: ArchiveChangesOptions;
  readonly #complaints: Complaints;
  readonly #listeners = new ChangeList();
  #running: Promise<void> | null = null;
  #wake: () => void = () => undefined;
  #closed = false;

  constructor(options: ArchiveChangesOptions) {
    this.#options = options;
    this.#complaints = createComplaints(options.log);
  }

  subscribe(signal: AbortSignal): AsyncIterable<DataChange> {
    const queue = this.#listeners.subscribe(signal);
    signal.addEventListener('abort', () => this.#wake(), { once: true });
    if (!this.#closed) this.#running ??= this.#run().finally(() => (this.#running = null));
    return queue;
  }

  publish(changes: Iterable<DataChange>): void {
    for (const change of changes) this.#listeners.publish(change);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#listeners.close();
    this.#wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    let after: number | null = null;
    while (!this.#closed && this.#listeners.listeners > 0) {
      try {
        after = await this.#look(after);
        await this.#options.alongside();
      } catch (err) {
        this.#complaints.complain('warn', 'changes', { err }, 'the archive can not be asked for changes');
      }
      await this.#pause();
    }
  }

  /** Null: from now on. */
  async #look(after: number | null): Promise<number> {
    const { store, translate } = this.#options;
    if (after === null) return (await store.changes(Number.MAX_SAFE_INTEGER, 1)).latest;
    let seen = after;
    for (;;) {
      const { changes } = await store.changes(seen, atOnce);
      if (changes.length === 0) return seen;
      this.publish(await translate(changes));
      seen = changes.at(-1)!.id;
      if (changes.length < atOnce) return seen;
    }
  }

  #pause(): Promise<void> {
    if (this.#closed || this.#listeners.listeners === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#options.pollMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
