/**
 * How far, in seconds, two readings of one sample may lie apart with room to spare: what is compared by identity is looked
 * for within it.
 */
export const guardSec = 2e-6;

/** Two steps of a double at present times: what ticks to seconds and back may move a time by. */
const slackSec = 5e-7;

/**
 * True when two times are those of one sample: equal when rounded to whole microseconds, or nearer than a double's
 * rounding may have moved them (which may carry one of them over the edge of a microsecond).
 */
export function sameInstant(a: number, b: number): boolean {
  return Math.abs(a - b) <= slackSec || Math.round(a * 1e6) === Math.round(b * 1e6);
}
