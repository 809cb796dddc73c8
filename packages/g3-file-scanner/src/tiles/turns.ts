/** Lets somebody work only while others don't need the machine. */
export class Turns {
  #paused = false;
  #resume: () => void = () => undefined;
  #waiting: Promise<void> | null = null;

  pause(paused: boolean): void {
    this.#paused = paused;
    if (!paused) this.#resume();
  }

  /** Resolves when it is one's turn; gives others theirs in any case. */
  async take(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (this.#paused) {
      this.#waiting ??= new Promise<void>((resolve) => (this.#resume = resolve)).finally(() => (this.#waiting = null));
      await this.#waiting;
    }
  }
}
