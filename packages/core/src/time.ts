import { SisockError } from './errors.js';

/** The present as UNIX seconds. Injected, so that tests own the clock. */
export type Clock = () => number;

/** Absolute UNIX seconds, half open: `start <= t < end`. Either bound may be infinite. */
export interface TimeRange {
  readonly start: number;
  readonly end: number;
}

/** All of time. */
export const allTime: TimeRange = { start: -Infinity, end: Infinity };

/**
 * A sisock time as UNIX seconds: `t > 0` is absolute already, `t <= 0` is relative to now (0 is now, -60 a minute ago).
 * @throws SisockError `bad_request` when `t` is not a finite number.
 */
export function sisockToUnixTime(t: number, now: number): number {
  if (typeof t !== 'number' || !Number.isFinite(t)) {
    throw new SisockError('bad_request', `time ${describe(t)} is not a finite number of seconds`);
  }
  return t > 0 ? t : now + t;
}

/**
 * A sisock range as an absolute one, resolved once with one reading of the clock. `(1, 0)` is everything from 1970 to now.
 * A range whose end is not after its start is empty, not an error: consumers of the original ask such ranges.
 * @throws SisockError `bad_request` when a bound is not a finite number.
 */
export function resolveRange(start: number, end: number, now: number): TimeRange {
  return { start: sisockToUnixTime(start, now), end: sisockToUnixTime(end, now) };
}

/** True when no time lies in the range. */
export function isEmptyRange(range: TimeRange): boolean {
  return !(range.end > range.start);
}

/** The least time after `t` that a double knows: `{ start: t, end: justAfter(t) }` holds `t` and nothing else. */
export function justAfter(t: number): number {
  if (!Number.isFinite(t)) return t;
  let step = Math.max(Math.abs(t) * 2 ** -53, Number.MIN_VALUE);
  while (t + step === t) step *= 2;
  return t + step;
}

/** What both ranges share (possibly empty). */
export function intersect(a: TimeRange, b: TimeRange): TimeRange {
  return { start: Math.max(a.start, b.start), end: Math.min(a.end, b.end) };
}

function describe(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 60)) : String(value);
}
