import { setImmediate as nextTurn } from 'node:timers/promises';

/** Long work in pieces: others have their turn whenever it has taken `sliceMs`. */
export class TurnTaker {
  readonly #sliceMs: number;
  #began = performance.now();

  constructor(sliceMs = 5) {
    this.#sliceMs = sliceMs;
  }

  /** Resolves at once, or after a turn of the event loop. Null where there is no need to wait. */
  take(): Promise<void> | null {
    if (performance.now() - this.#began < this.#sliceMs) return null;
    return nextTurn().then(() => {
      this.#began = performance.now();
    });
  }
}
