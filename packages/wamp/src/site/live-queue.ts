/** How much a follower may lag behind the topic before it goes back to asking. */
export interface FollowLimits {
  readonly events: number;
  readonly bytes: number;
}

export const defaultFollowLimits: FollowLimits = { events: 256, bytes: 8_000_000 };

/** Events of a live topic that one follower has yet to take. One that lags too far loses them all, and knows it. */
export class LiveQueue {
  readonly #limits: FollowLimits;
  #events: { readonly event: unknown; readonly weight: number }[] = [];
  #weight = 0;
  #broken = false;
  #wake: (() => void) | null = null;
  readonly #onAbort = () => this.#wake?.();

  constructor(limits: FollowLimits) {
    this.#limits = limits;
  }

  push(event: unknown, weight: number): void {
    if (this.#broken) return;
    this.#events.push({ event, weight });
    this.#weight += weight;
    if (this.#events.length > this.#limits.events || this.#weight > this.#limits.bytes) this.break();
    else this.#wake?.();
  }

  /** What follows is not to be counted on: `next` says so until `clear`. */
  break(): void {
    this.clear();
    this.#broken = true;
    this.#wake?.();
  }

  /** Begins anew, with nothing waiting. */
  clear(): void {
    this.#events = [];
    this.#weight = 0;
    this.#broken = false;
  }

  /** The next event; null when the queue is broken or the signal fired. */
  async next(signal: AbortSignal): Promise<{ readonly event: unknown } | null> {
    while (!signal.aborted && !this.#broken) {
      const first = this.#events.shift();
      if (first !== undefined) {
        this.#weight -= first.weight;
        return first;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        signal.addEventListener('abort', this.#onAbort, { once: true });
      });
      signal.removeEventListener('abort', this.#onAbort);
      this.#wake = null;
    }
    return null;
  }
}
