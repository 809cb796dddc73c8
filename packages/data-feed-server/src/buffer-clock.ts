import type { Clock } from '@sisock/core';

/** Seconds the clock may gain on the monotonic one before it counts as a step: slewing stays far below. */
const toleranceSec = 2;
const mostLines = 16;

/** A stretch of time in which the clock was so much ahead of the monotonic one. */
interface Line {
  offset: number;
  /** Until when, on the monotonic clock, rows of that stretch are still to be kept. */
  until: number;
}

/**
 * The present as a buffer should see it. Where the clock steps forward, this goes on as before for as long as the buffer
 * is long: a row is given up only when its age by its stamp and the time that has really passed since both say so. A clock
 * that steps back is followed at once.
 */
export class BufferClock {
  readonly #clock: Clock;
  readonly #monotonic: Clock;
  readonly #keepSec: number;
  #lines: Line[] = [];

  /** `monotonic`: seconds since whenever. `before`: a present of a former run, taken as if the clock had stepped since. */
  constructor(clock: Clock, monotonic: Clock, keepSec: number, before?: number) {
    this.#clock = clock;
    this.#monotonic = monotonic;
    this.#keepSec = keepSec;
    if (before !== undefined && Number.isFinite(before))
      this.#lines.push({ offset: before - monotonic(), until: Infinity });
  }

  now(): number {
    const now = this.#clock();
    const monotonic = this.#monotonic();
    const offset = now - monotonic;
    let last = this.#lines.at(-1);
    while (last && last.offset > offset + toleranceSec) {
      this.#lines.pop();
      last = this.#lines.at(-1);
    }
    if (last && offset - last.offset <= toleranceSec) Object.assign(last, { offset, until: Infinity });
    else {
      if (last) last.until = Math.min(last.until, monotonic + this.#keepSec);
      this.#lines.push({ offset, until: Infinity });
      if (this.#lines.length > mostLines) this.#lines.splice(1, 1);
    }
    while (this.#lines[0]!.until <= monotonic) this.#lines.shift();
    return this.#lines.length === 1 ? now : monotonic + this.#lines[0]!.offset;
  }
}
