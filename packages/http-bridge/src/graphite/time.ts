import { SisockError, type TimeRange } from '@sisock/core';
import { show } from '../http/body.js';

const day = 86_400;
/** Seconds of the calendar's ends, as Date knows it. */
const calendar = 8.64e12;

const allowed =
  'a time is UNIX seconds, now, -1h, now-6min, HH:MM_YYYYMMDD, YYYYMMDD, MM/DD/YYYY, midnight, noon, today or yesterday, with an offset like +6h where wanted; in UTC';
const allowedOffset = 'units are s, min, h, d, w, mon (30 days), y (365 days)';

/**
 * A time as Graphite's `from` and `until` tell it, in UNIX seconds. The calendar is UTC.
 * @throws SisockError `bad_request` naming the parameter and what is allowed.
 */
export function parseGraphiteTime(text: string, now: number, name: string): number {
  const trimmed = text.trim();
  const t = parse(trimmed, now);
  if (t !== null && Math.abs(t) <= calendar) return t;
  throw new SisockError('bad_request', `${name} ${show(text)} is no time: ${allowed}`);
}

/** The range of a request; the last day where it does not say, as in Graphite. @throws SisockError `bad_request` */
export function graphiteRange(from: string | undefined, until: string | undefined, now: number): TimeRange {
  const start = parseGraphiteTime(from ?? '-1d', now, 'from');
  const end = parseGraphiteTime(until ?? 'now', now, 'until');
  if (end > start) return { start, end };
  throw new SisockError('bad_request', `until ${show(until ?? 'now')} is not after from ${show(from ?? '-1d')}`);
}

/**
 * A length of time such as `1h`, `-7d` or `1d12h` in seconds; without a sign it is positive.
 * @throws SisockError `bad_request` naming what it is for and what is allowed.
 */
export function parseOffset(text: string, what: string): number {
  const seconds = offset(text.trim());
  if (seconds !== null && Math.abs(seconds) <= calendar) return seconds;
  throw new SisockError(
    'bad_request',
    `${what} ${show(text)} is no length of time such as 1h or -7d: ${allowedOffset}`,
  );
}

function parse(text: string, now: number): number | null {
  if (/^\d+(\.\d+)?$/.test(text) && !isDate(text)) return Number(text);
  const sign = text.search(/[+-]/);
  const reference = sign < 0 ? text : text.slice(0, sign);
  const base = parseReference(reference.toLowerCase().replace(/[\s_,]/g, ''), now);
  const shift = sign < 0 ? 0 : offset(text.slice(sign).replace(/\s/g, ''));
  return base === null || shift === null ? null : base + shift;
}

/** Eight digits that can be a date are one. */
function isDate(text: string): boolean {
  const [, year, month, date] = /^(\d{4})(\d\d)(\d\d)$/.exec(text) ?? [];
  return Number(year) > 1900 && Number(month) < 13 && Number(date) < 32;
}

function offset(text: string): number | null {
  const match = /^([+-]?)((?:\d+[a-z]+)+)$/i.exec(text);
  if (!match) return null;
  let seconds = 0;
  for (const [, amount, unit] of match[2]!.matchAll(/(\d+)([a-z]+)/gi)) {
    const length = unitSeconds(unit!);
    if (length === null) return null;
    seconds += Number(amount) * length;
  }
  return match[1] === '-' ? -seconds : seconds;
}

const units: readonly (readonly [RegExp, number])[] = [
  [/^s(ec(ond)?s?)?$/, 1],
  [/^m(in(ute)?s?)?$/, 60],
  [/^h((ou)?rs?)?$/, 3600],
  [/^d(ays?)?$/, day],
  [/^w(eeks?)?$/, 7 * day],
  [/^mon(ths?)?$/, 30 * day],
  [/^y(ears?)?$/, 365 * day],
];

function unitSeconds(unit: string): number | null {
  if (unit === 'M') return 30 * day;
  return units.find(([pattern]) => pattern.test(unit.toLowerCase()))?.[1] ?? null;
}

const timesOfDay: Readonly<Record<string, number>> = { noon: 12 * 3600, midnight: 0, teatime: 16 * 3600 };

/** `[time of day][day]`, blanks and underscores taken out already. */
function parseReference(text: string, now: number): number | null {
  if (text === '' || text === 'now') return now;
  const match = /^(?:(\d{1,2}):(\d\d)(am|pm)?|(noon|midnight|teatime))?(.*)$/.exec(text);
  if (!match) return null;
  const [, hours, minutes, half, word, rest] = match;
  let seconds = word === undefined ? 0 : timesOfDay[word]!;
  if (hours !== undefined) {
    if (Number(hours) > 23 || Number(minutes) > 59) return null;
    seconds =
      (half === undefined ? Number(hours) : (Number(hours) % 12) + (half === 'pm' ? 12 : 0)) * 3600 +
      Number(minutes) * 60;
  }
  const start = parseDay(rest!, now, hours !== undefined);
  return start === null ? null : start + seconds;
}

function parseDay(text: string, now: number, short: boolean): number | null {
  const today = Math.floor(now / day) * day;
  if (text === '' || text === 'today') return today;
  if (text === 'yesterday') return today - day;
  if (text === 'tomorrow') return today + day;
  const written = /^(\d{4})(\d\d)(\d\d)$/.exec(text);
  if (written) return dayOf(written[1]!, written[2]!, written[3]!);
  const two = short ? /^(\d\d)(\d\d)(\d\d)$/.exec(text) : null;
  if (two) return dayOf(fullYear(two[1]!), two[2]!, two[3]!);
  const american = /^(\d{1,2})\/(\d{1,2})\/(\d{4}|\d\d)$/.exec(text);
  if (american) return dayOf(fullYear(american[3]!), american[1]!, american[2]!);
  return null;
}

function fullYear(text: string): string {
  if (text.length === 4) return text;
  return Number(text) < 70 ? `20${text}` : `19${text}`;
}

function dayOf(year: string, month: string, date: string): number | null {
  const at = new Date(Date.UTC(Number(year), Number(month) - 1, Number(date)));
  // A day that is not in the calendar would be taken for one of the next month.
  return at.getUTCMonth() === Number(month) - 1 && at.getUTCDate() === Number(date) ? at.getTime() / 1000 : null;
}
