import { SisockError } from '../errors.js';

/**
 * How far somebody has read a timeline whose rows may arrive late. Reading goes in passes: one pass gives, by time, the
 * rows that had arrived when it began and that no pass before it gave (arrival numbers above `after`, up to `until`).
 * What arrives meanwhile, late or not, waits for the next pass. So no row is left out or given twice, and within a pass
 * times rise.
 */
export interface Position {
  /** Which timeline of the reader. */
  readonly timeline: number;
  readonly after: number;
  /** Last arrival number of the pass under way, null between passes. */
  readonly until: number | null;
  /** The last row given in this pass, null at its beginning. */
  readonly at: { readonly t: number; readonly arrival: number } | null;
}

/** A position as an opaque cursor. */
export function formatCursor({ timeline, after, until, at }: Position): string {
  return [
    'm',
    timeline,
    after,
    until ?? '',
    at === null ? '' : Object.is(at.t, -0) ? '-0' : at.t,
    at?.arrival ?? '',
  ].join(':');
}

/**
 * The position of a cursor.
 * @throws SisockError `bad_request` for one that was not given out for this timeline.
 */
export function parseCursor(cursor: string, timeline: number, arrived: number): Position {
  const parts = cursor.split(':');
  const [, own, after, until] = parts.map(Number) as [number, number, number, number];
  const isOurs =
    parts.length === 6 &&
    parts[0] === 'm' &&
    own === timeline &&
    isArrival(after, arrived) &&
    isArrival(until, arrived);
  const t = Number(parts[4]);
  const arrival = Number(parts[5]);
  if (!isOurs || Number.isNaN(t) || !isArrival(arrival, arrived)) {
    throw new SisockError('bad_request', `cursor ${JSON.stringify(cursor.slice(0, 60))} is not of this timeline`);
  }
  return {
    timeline,
    after,
    until: parts[3] === '' ? null : until,
    at: parts[4] === '' ? null : { t, arrival },
  };
}

function isArrival(value: number, arrived: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= arrived;
}
