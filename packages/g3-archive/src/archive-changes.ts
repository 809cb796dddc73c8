import type { ArchiveStore } from '@sisock/archive';
import { ChangeList, type DataChange } from '@sisock/core';
import { type Complaints, createComplaints, type Logger } from '@sisock/runtime';
import type { FeedsView } from './archive-index.js';
import type { ChangedSpan } from './data-changes.js';
import type { Timelines } from './timelines.js';

export interface ArchiveChangesOptions {
  readonly store: Pick<ArchiveStore, 'changes'>;
  readonly log: Logger;
  /** Milliseconds between two looks, while somebody listens. */
  readonly pollMs: number;
  /** The archive as it is now. */
  readonly view: () => Promise<FeedsView>;
  readonly timelines: (view: FeedsView) => Promise<Timelines>;
  /** What consumers are told of spans of a view, at most one change a timeline. */
  readonly translate: (spans: readonly ChangedSpan[], view: FeedsView, timelines: Timelines) => Iterable<DataChange>;
  /** Done with each look. */
  readonly alongside: () => Promise<void>;
}

/** Most changes that are read at a time. */
const atOnce = 1_000;

/**
 * Changes of the archive, as the database tells them, and of what can be read of its files, for those who listen; while
 * nobody does the database is not asked. A revision is told only together with all the changes that made it.
 */
export class ArchiveChanges {
  readonly #options: ArchiveChangesOptions;
  readonly #complaints: Complaints;
  readonly #listeners = new ChangeList();
  readonly #untold: ChangedSpan[] = [];
  /** The last change of the database that is known; null: those from now on count. */
  #after: number | null = null;
  #beginning: Promise<void> | null = null;
  #running: Promise<void> | null = null;
  #wake: () => void = () => undefined;
  #isWoken = false;
  #closed = false;

  constructor(options: ArchiveChangesOptions) {
    this.#options = options;
    this.#complaints = createComplaints(options.log);
  }

  subscribe(signal: AbortSignal): AsyncIterable<DataChange> {
    // What nobody was told of is nobody's news.
    if (this.#listeners.listeners === 0) {
      this.#after = null;
      this.#untold.length = 0;
    }
    const changes = this.#listeners.subscribe(signal);
    signal.addEventListener('abort', () => this.#wake(), { once: true });
    if (!this.#closed) this.#running ??= this.#run().finally(() => (this.#running = null));
    return changes;
  }

  /**
   * Resolves when all that changes from then on will be told to those who listen now: to be waited for before they are
   * shown anything. @throws SisockError `unavailable` while the database is away
   */
  async begun(): Promise<void> {
    if (this.#listeners.listeners === 0 || this.#after !== null) return;
    this.#beginning ??= this.#begin().finally(() => (this.#beginning = null));
    await this.#beginning;
  }

  /** Data that can't be read any more, or can be again: told with the next look, which is soon. */
  add(spans: readonly ChangedSpan[]): void {
    if (this.#listeners.listeners > 0) this.#untold.push(...spans);
    this.look();
  }

  /** Looks now: somebody saw that there is something. */
  look(): void {
    this.#isWoken = true;
    this.#wake();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#listeners.close();
    this.#wake();
    await this.#running;
  }

  async #begin(): Promise<void> {
    const { latest } = await this.#options.store.changes(Number.MAX_SAFE_INTEGER, 1);
    this.#after ??= latest;
  }

  async #run(): Promise<void> {
    while (!this.#closed && this.#listeners.listeners > 0) {
      this.#isWoken = false;
      try {
        await this.begun();
        await this.#look();
        await this.#options.alongside();
      } catch (err) {
        this.#complaints.complain('warn', 'changes', { err }, 'the archive can not be asked for changes');
      }
      await this.#pause();
    }
  }

  async #look(): Promise<void> {
    const { store, view: viewNow, timelines: timelinesOf, translate } = this.#options;
    for (;;) {
      const view = await viewNow();
      const timelines = await timelinesOf(view);
      const { changes } = await store.changes(this.#after!, atOnce);
      this.#untold.push(...changes);
      this.#after = changes.at(-1)?.id ?? this.#after;
      if (changes.length > 0) continue;
      // All that led to this view is known, and nothing waits between here and the telling.
      for (const change of translate(this.#untold.splice(0), view, timelines)) this.#listeners.publish(change);
      return;
    }
  }

  #pause(): Promise<void> {
    if (this.#closed || this.#listeners.listeners === 0 || this.#isWoken) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#options.pollMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
