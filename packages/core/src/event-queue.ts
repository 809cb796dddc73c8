/** Told to somebody who consumes at their own pace. Bounded: what does not fit pushes the oldest out, and is counted. */
export class EventQueue<T> implements AsyncIterableIterator<T> {
  #items: T[] = [];
  #dropped = 0;
  #closed = false;
  #waiting: ((result: IteratorResult<T>) => void)[] = [];
  readonly #limit: number;
  readonly #onClose: (() => void) | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #abort = () => this.close();

  /** `limit`: most items that wait (at least 1). The queue closes itself, quietly, when the signal fires. */
  constructor(limit: number, signal?: AbortSignal, onClose?: () => void) {
    this.#limit = Math.max(1, limit);
    this.#onClose = onClose;
    this.#signal = signal;
    if (signal?.aborted) this.#closed = true;
    else signal?.addEventListener('abort', this.#abort, { once: true });
  }

  /** How many items were lost to the limit. */
  get dropped(): number {
    return this.#dropped;
  }

  /** How many items wait. */
  get size(): number {
    return this.#items.length;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Hands an item on. False when the queue is closed, or had to drop its oldest item for it. */
  push(item: T): boolean {
    if (this.#closed) return false;
    const taker = this.#waiting.shift();
    if (taker) {
      taker({ value: item, done: false });
      return true;
    }
    this.#items.push(item);
    if (this.#items.length <= this.#limit) return true;
    this.#items.shift();
    this.#dropped++;
    return false;
  }

  /** Ends the iteration once what waits is consumed (at once where the signal fired). May be called again. */
  close(): void {
    if (this.#signal?.aborted) this.#items = [];
    if (this.#closed) return;
    this.#closed = true;
    this.#signal?.removeEventListener('abort', this.#abort);
    for (const taker of this.#waiting.splice(0)) taker({ value: undefined, done: true });
    this.#onClose?.();
  }

  next(): Promise<IteratorResult<T>> {
    if (this.#items.length > 0) return Promise.resolve({ value: this.#items.shift()!, done: false });
    if (this.#closed) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  return(): Promise<IteratorResult<T>> {
    this.#items = [];
    this.close();
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

/** One source of events for any number of listeners, each with a bounded queue of its own. */
export class Broadcast<T> {
  readonly #queues = new Set<EventQueue<T>>();
  readonly #limit: number;
  #droppedBefore = 0;
  #closed = false;

  /** `limit`: most events that wait for one listener; one that lags loses the oldest. */
  constructor(limit = 1000) {
    this.#limit = limit;
  }

  /** How many listen. */
  get listeners(): number {
    return this.#queues.size;
  }

  /** Events lost by all listeners together. */
  get dropped(): number {
    let sum = this.#droppedBefore;
    for (const queue of this.#queues) sum += queue.dropped;
    return sum;
  }

  publish(event: T): void {
    for (const queue of this.#queues) queue.push(event);
  }

  /** Events from this call on (not from the first `next`), until the signal or the end of the source. */
  subscribe(signal?: AbortSignal): EventQueue<T> {
    const queue: EventQueue<T> = new EventQueue<T>(this.#limit, signal, () => {
      if (this.#queues.delete(queue)) this.#droppedBefore += queue.dropped;
    });
    if (this.#closed) queue.close();
    if (!queue.closed) this.#queues.add(queue);
    return queue;
  }

  /** Ends all iterations, now and to come. */
  close(): void {
    this.#closed = true;
    for (const queue of [...this.#queues]) queue.close();
  }
}
