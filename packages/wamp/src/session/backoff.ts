/** Delays between attempts: exponential with full jitter, so that a router that comes back is not met by all at once. */
export interface Backoff {
  /** The next delay in ms: between 0 (a tenth of the ceiling at least) and a ceiling that doubles each time. */
  next(): number;
  reset(): void;
}

export function createBackoff(firstMs: number, maxMs: number, random: () => number = Math.random): Backoff {
  let ceiling = firstMs;
  return {
    next: () => {
      const delay = ceiling * (0.1 + 0.9 * random());
      ceiling = Math.min(maxMs, ceiling * 2);
      return delay;
    },
    reset: () => {
      ceiling = firstMs;
    },
  };
}

/** Waits; ends early (without an error) when the signal is aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
