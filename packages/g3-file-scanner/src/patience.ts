import { setTimeout as sleep } from 'node:timers/promises';
import { SisockError } from '@sisock/core';
import type { Logger } from '@sisock/runtime';

interface PatienceOptions {
  readonly log: Logger;
  /** What is waited for, for the log. */
  readonly what: string;
  readonly signal: AbortSignal;
  /** Milliseconds before the first and before every later attempt at most. */
  readonly firstMs?: number;
  readonly mostMs?: number;
}

/** Asks the database again until it is there: one line when it goes, one when it is back. */
export class Patience {
  readonly #options: PatienceOptions;
  #problem: string | null = null;
  #since = 0;

  constructor(options: PatienceOptions) {
    this.#options = options;
  }

  /** Why the database can't be asked just now; null while it can. */
  get problem(): string | null {
    return this.#problem;
  }

  /** @throws what `ask` throws, unless later may help; SisockError `cancelled` when the signal comes first. */
  async run<T>(ask: () => Promise<T>): Promise<T> {
    const { signal, firstMs = 250, mostMs = 5000 } = this.#options;
    for (let wait = firstMs; ; wait = Math.min(2 * wait, mostMs)) {
      if (signal.aborted) throw new SisockError('cancelled', 'the scanner stops');
      try {
        const result = await ask();
        this.#back();
        return result;
      } catch (error) {
        if (!mayHeal(error)) throw error;
        this.#away(error);
      }
      await sleep(wait, undefined, { signal }).catch(() => undefined);
    }
  }

  #away(error: unknown): void {
    const message = (error as Error).message;
    if (this.#problem === null) {
      this.#since = performance.now();
      this.#options.log.warn(`${this.#options.what} is away, the scanner waits for it: ${message}`);
    }
    this.#problem = message;
  }

  #back(): void {
    if (this.#problem === null) return;
    this.#problem = null;
    const seconds = Math.round((performance.now() - this.#since) / 1000);
    this.#options.log.info({ seconds }, `${this.#options.what} is back`);
  }
}

/** A login that is refused may be mended by somebody else as well. */
function mayHeal(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === 'unavailable' || code === 'timeout' || code === 'bad_setting';
}
