import { cancelError, throwIfCancelled } from '@sisock/core';

/** Work that several wait for; it is stopped when the last of them has gone. */
export class SharedWork<T> {
  readonly #controller = new AbortController();
  readonly #result: Promise<T>;
  #waiting = 0;
  #settled = false;

  constructor(work: (signal: AbortSignal) => Promise<T>) {
    this.#result = work(this.#controller.signal).finally(() => (this.#settled = true));
    // Who waits is told; when nobody does, nobody minds.
    this.#result.catch(() => undefined);
  }

  /** True once it was stopped: nobody may begin to wait for it. */
  get stopped(): boolean {
    return this.#controller.signal.aborted;
  }

  /** @throws SisockError `cancelled` when the signal fires, and what the work throws. */
  async wait(signal?: AbortSignal): Promise<T> {
    throwIfCancelled(signal);
    this.#waiting++;
    let leave: () => void = () => undefined;
    const gone = new Promise<never>((_, reject) => {
      leave = () => reject(cancelError(signal!));
      signal?.addEventListener('abort', leave, { once: true });
    });
    try {
      return await (signal === undefined ? this.#result : Promise.race([this.#result, gone]));
    } finally {
      signal?.removeEventListener('abort', leave);
      this.#waiting--;
      if (this.#waiting === 0 && !this.#settled) this.#controller.abort();
    }
  }
}
