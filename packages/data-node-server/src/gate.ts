import { SisockError } from '@sisock/core';
import type { Service } from '@sisock/runtime';

/** Lets a bounded number of requests work at once, a bounded number wait, and none take longer than its time. */
export interface Gate extends Service {
  /**
   * @throws SisockError `unavailable` when too many wait or the gate is closed, `timeout` when the time is over; the
   * signal given to `work` is aborted then.
   */
  run<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T>;
  readonly working: number;
  readonly waiting: number;
}

interface GateOptions {
  readonly concurrent: number;
  readonly waiting: number;
  readonly requestMs: number;
}

interface Waiter {
  enter(): void;
  refuse(error: SisockError): void;
}

/** A gate with its places free. */
export function createGate({ concurrent, waiting, requestMs }: GateOptions): Gate {
  const queue = new Set<Waiter>();
  const running = new Set<Waiter>();
  let closed = false;

  const leave = (one: Waiter) => {
    running.delete(one);
    for (const next of queue) {
      if (running.size >= concurrent) break;
      queue.delete(next);
      next.enter();
    }
  };
  const stopped = () => new SisockError('unavailable', 'this data node is stopping');

  return {
    get working() {
      return running.size;
    },
    get waiting() {
      return queue.size;
    },
    run(work) {
      if (closed) return Promise.reject(stopped());
      if (running.size >= concurrent && queue.size >= waiting) {
        const text = `${running.size} requests are being worked on and ${queue.size} wait: try again later`;
        return Promise.reject(new SisockError('unavailable', text));
      }
      return new Promise((resolve, reject) => {
        const controller = new AbortController();
        const waiter: Waiter = {
          enter() {
            running.add(waiter);
            void start(work, controller.signal)
              .then(resolve, reject)
              .finally(() => {
                clearTimeout(timer);
                leave(waiter);
              });
          },
          // Who doesn't heed the signal must not keep the place.
          refuse(error) {
            clearTimeout(timer);
            controller.abort(error);
            reject(error);
            queue.delete(waiter);
            leave(waiter);
          },
        };
        const timer = setTimeout(() => {
          waiter.refuse(new SisockError('timeout', `took longer than ${requestMs} ms`));
        }, requestMs);
        if (running.size < concurrent) waiter.enter();
        else queue.add(waiter);
      });
    },
    async close() {
      closed = true;
      for (const waiter of [...queue, ...running]) waiter.refuse(stopped());
    },
  };
}

/** Turns what `work` throws at once into a rejection. */
async function start<T>(work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
  return work(signal);
}
