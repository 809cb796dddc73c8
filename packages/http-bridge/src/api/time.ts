import { SisockError, sisockToUnixTime, type TimeRange } from '@sisock/core';
import { show } from '../http/body.js';
import { oneText, type Query } from './parameters.js';

/** Numbers from here on are milliseconds: as seconds they lie after the year 5138, as milliseconds in March 1973. */
const leastMilliseconds = 1e11;
/** Seconds of the calendar's ends, as Date knows it. */
const calendar = 8.64e12;

const unitSeconds: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

const allowed =
  'a time is UNIX seconds, UNIX milliseconds, ISO 8601 in UTC (2017-07-14T12:00:00Z), now, now-1h, or 0 and below for seconds before now';

/**
 * A time of the GET API as UNIX seconds. ISO text without an offset is UTC; microseconds in it are kept.
 * @throws SisockError `bad_request` naming the parameter and what is allowed.
 */
export function parseTime(text: string, now: number, name: string): number {
  const t = numeric(text, now) ?? relative(text, now) ?? iso(text);
  if (t !== null && Math.abs(t) <= calendar) return t;
  throw new SisockError('bad_request', `parameter ${name} ${show(text)} is no time: ${allowed}`);
}

/** The range `from` to `to` of a request; the last hour where it does not say. One reading of the clock serves both. */
export function rangeOf(query: Query, now: number): TimeRange {
  const from = oneText(query, 'from') ?? 'now-1h';
  const to = oneText(query, 'to') ?? 'now';
  return { start: parseTime(from, now, 'from'), end: parseTime(to, now, 'to') };
}

function numeric(text: string, now: number): number | null {
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return null;
  const value = Number(text);
  if (!Number.isFinite(value)) return null;
  return value >= leastMilliseconds ? value / 1000 : sisockToUnixTime(value, now);
}

function relative(text: string, now: number): number | null {
  const match = /^now(?: ?([+-]) ?(\d+(?:\.\d+)?)(ms|[smhdw]))?$/.exec(text);
  if (!match) return null;
  const [, sign, amount, unit] = match;
  // A plus sign in a URL that was not escaped arrives as a blank; "now 1h" is refused rather than guessed.
  if (amount === undefined || unit === undefined) return now;
  const seconds = Number(amount) * unitSeconds[unit]!;
  return sign === '-' ? now - seconds : now + seconds;
}

function iso(text: string): number | null {
  const match = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?)?\s*(Z|[+-]\d\d:?\d\d)?$/i.exec(text);
  if (!match) return null;
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', zone = 'Z'] = match;
  const offset = zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone.toUpperCase();
  const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${offset}`);
  if (Number.isNaN(ms)) return null;
  // As one decimal number, so that the double is the nearest one to what was written; before 1970 a sum has to do.
  return ms < 0 ? ms / 1000 + Number(`0${fraction}`) : Number(`${ms / 1000}${fraction}`);
}
