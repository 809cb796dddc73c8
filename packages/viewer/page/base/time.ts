import { formatSpan, parseDuration } from './duration.js';

/** The clock that times are written and read by. */
export type Zone = 'utc' | 'local';

const day = 86_400;
/** Numbers from here on are UNIX milliseconds: as seconds they would lie after the year 5138. */
const millisecondsFrom = 1e11;

/**
 * UNIX seconds of a time as a person writes it: `2017-07-14 12:30`, `2017-07-14T12:30:05Z`, `2017-07`, `12:30` (today),
 * `yesterday`, `now-3h`, `-3h`, UNIX seconds or milliseconds. Without an offset it is a time of `zone`. Null when it is
 * none of these.
 */
export function parseTime(text: string, now: number, zone: Zone): number | null {
  const trimmed = text.trim().toLowerCase();
  if (/^\d{5,}(\.\d+)?$/.test(trimmed)) {
    const n = Number(trimmed);
    return n >= millisecondsFrom ? n / 1000 : n;
  }
  const relative = /^(?:now)? ?(?:([+-])(.+))?$/.exec(trimmed);
  if (trimmed !== '' && relative) {
    if (relative[2] === undefined) return now;
    const seconds = parseDuration(relative[2]);
    return seconds === null ? null : now + (relative[1] === '-' ? -seconds : seconds);
  }
  if (trimmed === 'today') return startOfDay(now, zone, 0);
  if (trimmed === 'yesterday') return startOfDay(now, zone, -1);
  const clock = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(trimmed);
  if (clock) {
    const date = formatTime(now, zone).slice(0, 10).split('-').map(Number);
    const [h, m, s] = [clock[1], clock[2], clock[3] ?? 0].map(Number) as [number, number, number];
    return instant([...date, h, m, s], zone);
  }
  return parseDate(trimmed, zone);
}

const dateForm =
  /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[t ](\d{2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?)?)?)?(?: ?(z|utc|[+-]\d{2}:?\d{2}))?$/;

function parseDate(text: string, zone: Zone): number | null {
  const match = dateForm.exec(text);
  if (!match) return null;
  const [, year, month = '1', dayOfMonth = '1', h = '0', m = '0', s = '0', offset] = match;
  const parts = [year!, month, dayOfMonth, h, m, s].map(Number);
  const t = instant(parts, offset === undefined ? zone : 'utc');
  if (t === null || offset === undefined || offset === 'z' || offset === 'utc') return t;
  const [, sign, hours, minutes] = /^([+-])(\d{2}):?(\d{2})$/.exec(offset)!;
  return t - (sign === '-' ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60);
}

/** UNIX seconds of year, month, day, hour, minute and second; null where there is no such time. */
function instant([year = 0, month = 1, date = 1, h = 0, m = 0, s = 0]: readonly number[], zone: Zone): number | null {
  if (month < 1 || month > 12 || date < 1 || h > 24 || m > 59 || s >= 60) return null;
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
  if (date > days || (h === 24 && m + s > 0)) return null;
  const whole = Math.floor(s);
  const ms =
    zone === 'utc'
      ? Date.UTC(year, month - 1, date, h, m, whole)
      : new Date(year, month - 1, date, h, m, whole).getTime();
  return Number.isFinite(ms) ? ms / 1000 + (s - whole) : null;
}

function startOfDay(t: number, zone: Zone, days: number): number | null {
  const [year, month, date] = formatTime(t, zone).slice(0, 10).split('-').map(Number) as [number, number, number];
  const midnight = instant([year, month, date], zone);
  // Noon to noon: days of local time have 23 to 25 hours.
  return days === 0 || midnight === null ? midnight : startOfDay(midnight + day / 2 + days * day, zone, 0);
}

/** `2017-07-14 12:30:05`, with so many digits of the second's fraction. `-` where it is no time. */
export function formatTime(t: number, zone: Zone, digits = 0): string {
  const unit = 10 ** digits;
  const ticks = Math.round(t * unit);
  const date = new Date(Math.floor(ticks / unit) * 1000);
  if (Number.isNaN(date.getTime())) return '-';
  const shown = zone === 'utc' ? date : new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  const text = shown.toISOString().replace('T', ' ').replace(/\..*$/, '');
  const rest = ticks - Math.floor(ticks / unit) * unit;
  return digits === 0 ? text : `${text}.${String(rest).padStart(digits, '0')}`;
}

/** The time in the form that links carry: UTC, milliseconds where there are some. */
export function isoUtc(t: number): string {
  return new Date(Math.round(t * 1000)).toISOString().replace('.000Z', 'Z');
}

/** The name of a zone's clock at a time: `UTC`, or the offset of local time, as `UTC+2`. */
export function zoneName(zone: Zone, t: number): string {
  if (zone === 'utc') return 'UTC';
  const minutes = -new Date(t * 1000).getTimezoneOffset();
  const size = Math.abs(minutes);
  const rest = size % 60 === 0 ? '' : `:${String(size % 60).padStart(2, '0')}`;
  return `UTC${minutes < 0 ? '−' : '+'}${Math.floor(size / 60)}${rest}`;
}

/** A length of time at a glance, in one unit: `0.4 s`, `12 s`, `5 min`, `3 h`, `2 d`. */
export function formatDuration(seconds: number): string {
  const s = Math.max(0, seconds);
  if (s < 9.95) return `${s.toFixed(1)} s`;
  if (s < 100) return `${Math.round(s)} s`;
  if (s < 6000) return `${Math.round(s / 60)} min`;
  if (s < 2 * day) return `${Math.round(s / 3600)} h`;
  return `${Math.round(s / day)} d`;
}

/** How old something is, or, where that is more than a month, its day. */
export function formatAge(t: number, now: number, zone: Zone = 'utc'): string {
  const age = now - t;
  return age > 31 * day ? formatTime(t, zone).slice(0, 10) : `${formatDuration(age)} ago`;
}

/** How often samples come: `200 Hz`, `1 Hz`, `every 10 s`, `every 1 h`. */
export function formatRate(interval: number): string {
  if (interval < 1.5) return `${Number((1 / interval).toPrecision(3))} Hz`;
  return `every ${formatSpan(interval)}`;
}
