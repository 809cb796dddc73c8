import { SisockError } from '@sisock/core';

const iso = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2})(\.\d+)?)?)?\s*(Z|[+-]\d{2}:?\d{2})?$/i;

/**
 * UNIX seconds of an ISO time (UTC where it names no zone) or of a number of UNIX seconds.
 * @throws SisockError `bad_request`
 */
export function parseTime(text: string, option: string): number {
  const trimmed = text.trim();
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed) && Number.isFinite(Number(trimmed))) return Number(trimmed);
  const found = iso.exec(trimmed);
  if (found !== null) {
    const [, day, minutes = '00:00', seconds = '00', fraction = '', zone = 'Z'] = found;
    const whole = Date.parse(`${day}T${minutes}:${seconds}${zone.toUpperCase()}`);
    if (Number.isFinite(whole)) return whole / 1000 + Number(`0${fraction}`);
  }
  throw new SisockError(
    'bad_request',
    `${option} ${JSON.stringify(text)} is no time: 2026-11-20, 2026-11-20T19:30:00Z and UNIX seconds are`,
  );
}

/** A tick of 10 ns as so3g shows it: UNIX seconds as a double. */
export function tickSeconds(tick: bigint): number {
  return Number(tick) / 1e8;
}

/** A tick for people, to the millisecond. */
export function tickText(tick: bigint): string {
  const date = new Date(Number(tick / 100_000n));
  return Number.isNaN(date.getTime()) ? `${tick} ticks` : date.toISOString();
}
