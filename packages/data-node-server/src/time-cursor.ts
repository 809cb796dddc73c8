import { lowerBound, SisockError } from '@sisock/core';

/**
 * A cursor behind row `row - 1` (`row` > 0) of rising `t`: the time of that row and how many rows of that time were given. So
 * it stays true when rows are appended, and knows equal times apart.
 */
export function cursorBehind(t: Float64Array, row: number): string {
  const time = t[row - 1]!;
  return `${time}+${row - lowerBound(t, time)}`;
}

/** What a cursor says; null for the empty one, which stands before all rows. */
export interface TimePlace {
  readonly time: number;
  readonly seen: number;
}

/** @throws SisockError `bad_request` for what {@link cursorBehind} does not give. */
export function parseCursor(cursor: string | undefined): TimePlace | null {
  if (cursor === undefined || cursor === '') return null;
  const [, time, seen] = /^(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)\+(\d{1,9})$/.exec(cursor) ?? [];
  if (time === undefined || seen === undefined || !Number.isFinite(Number(time))) {
    throw new SisockError('bad_request', `cursor ${JSON.stringify(cursor.slice(0, 60))} is none that this node gave`);
  }
  return { time: Number(time), seen: Number(seen) };
}

/** The first row behind a place. Where there are fewer rows of its time than were given, the first of a later time. */
export function rowBehind(t: Float64Array, place: TimePlace | null): number {
  if (place === null) return 0;
  const row = lowerBound(t, place.time);
  let same = 0;
  while (same < place.seen && t[row + same] === place.time) same++;
  return row + same;
}
