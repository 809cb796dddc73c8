/** What readers were told to be final of one block, and how often that was taken back. */
export class Finality {
  /** Raised with each change of data that were said to be final. */
  revision = 0;
  /** The name the ring had then: one of a former run may have raised it too, and nobody remembers. */
  ring: string;
  readonly #latenessSec: number;
  #told = -Infinity;
  #lateFrom = Infinity;
  #lateUntil = -Infinity;

  constructor(ring: string, latenessSec: number) {
    this.ring = ring;
    this.#latenessSec = latenessSec;
  }

  /** Data before the answer won't change, as far as the feed can be believed. */
  until(newest: number, now: number): number {
    if (now >= this.#lateUntil) this.#lateFrom = Infinity;
    const until = Math.min(Math.min(newest, now) - this.#latenessSec, this.#lateFrom);
    this.#told = Math.max(this.#told, until);
    return until;
  }

  /** True for the time of a row that would change what was said to be final. */
  isTold(time: number): boolean {
    return time < this.#told;
  }

  /** Rows from `first` on changed it: what is final goes back to there for a while. */
  changed(ring: string, first: number, now: number): void {
    this.revision++;
    this.ring = ring;
    this.#lateFrom = Math.min(this.#lateFrom, first);
    this.#lateUntil = now + this.#latenessSec;
  }

  /** What a former run had said. */
  restore(ring: string, revision: number): void {
    if (revision <= this.revision) return;
    this.revision = revision;
    this.ring = ring;
  }
}
