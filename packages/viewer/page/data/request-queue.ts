/** Runs a few requests at a time, in the order they came. */
export interface RequestQueue {
  /** Resolves with what `run` gives once it had its turn; rejects at once when the signal fires before. */
  add<T>(run: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

interface Waiting {
  readonly start: () => void;
  readonly signal: AbortSignal;
}

export function createRequestQueue(most: number): RequestQueue {
  const waiting: Waiting[] = [];
  let running = 0;

  function next(): void {
    while (running < most) {
      const one = waiting.shift();
      if (!one) return;
      if (!one.signal.aborted) one.start();
    }
  }

  return {
    add: (run, signal) =>
      new Promise((resolve, reject) => {
        const cancelled = () => reject(new DOMException('cancelled', 'AbortError'));
        if (signal.aborted) return cancelled();
        signal.addEventListener('abort', cancelled, { once: true });
        const start = () => {
          running++;
          run()
            .then(resolve, reject)
            .finally(() => {
              signal.removeEventListener('abort', cancelled);
              running--;
              next();
            });
        };
        waiting.push({ start, signal });
        next();
      }),
  };
}
