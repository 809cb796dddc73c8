import type { DataChange } from './reader.js';
import { isEmptyRange } from './time.js';

interface Listener {
  readonly pending: Map<string, DataChange>;
  wake: () => void;
}

/**
 * Changes told to any number of listeners at their own pace. One that lags gets the changes of a timeline joined into
 * one, so that its list is never longer than there are timelines, and no change is lost.
 */
export class ChangeList {
  readonly #listeners = new Set<Listener>();
  #closed = false;

  /** How many listen. */
  get listeners(): number {
    return this.#listeners.size;
  }

  publish(change: DataChange): void {
    for (const listener of this.#listeners) {
      const before = listener.pending.get(change.timeline);
      listener.pending.set(change.timeline, before ? join(before, change) : change);
      listener.wake();
    }
  }

  /** Changes from this call on, until the signal or the end of the list. */
  subscribe(signal: AbortSignal): AsyncIterableIterator<DataChange> {
    const listener: Listener = { pending: new Map(), wake: () => {} };
    const stop = () => {
      this.#listeners.delete(listener);
      listener.wake();
    };
    if (!signal.aborted && !this.#closed) {
      this.#listeners.add(listener);
      signal.addEventListener('abort', stop, { once: true });
    }
    const listeners = this.#listeners;
    async function* changes(): AsyncGenerator<DataChange, void, undefined> {
      try {
        while (listeners.has(listener)) {
          for (const [timeline, change] of listener.pending) {
            listener.pending.delete(timeline);
            yield change;
            if (!listeners.has(listener)) return;
          }
          if (listener.pending.size === 0 && listeners.has(listener)) {
            await new Promise<void>((resolve) => (listener.wake = resolve));
          }
        }
      } finally {
        signal.removeEventListener('abort', stop);
        stop();
      }
    }
    return changes();
  }

  /** Ends all iterations, now and to come. */
  close(): void {
    this.#closed = true;
    for (const listener of [...this.#listeners]) {
      this.#listeners.delete(listener);
      listener.wake();
    }
  }
}

function join(a: DataChange, b: DataChange): DataChange {
  if (isEmptyRange(a.range)) return b;
  if (isEmptyRange(b.range)) return { ...a, revision: b.revision };
  const range = { start: Math.min(a.range.start, b.range.start), end: Math.max(a.range.end, b.range.end) };
  return { timeline: a.timeline, range, revision: b.revision };
}
