const minute = 60;
const hour = 3600;
const day = 86_400;

/**
 * UNIX seconds of a UTC time as a person writes it: `2017-07-14`, `2017-07-14 12:30`, `2017-07-14T12:30:05Z`, or UNIX
 * seconds themselves. Null when it is none of these.
 */
export function parseUtc(text: string): number | null {
  const trimmed = text.trim();
  if (/^\d{5,}(\.\d+)?$/.test(trimmed)) return Number(trimmed);
  const match = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2}(?:\.\d+)?)?)?(?: ?Z| ?UTC)?$/i.exec(trimmed);
  if (!match) return null;
  const t = Date.parse(`${match[1]}T${match[2] ?? '00:00'}${match[3] ?? ':00'}Z`) / 1000;
  return Number.isFinite(t) ? t : null;
}

/** `2017-07-14 12:30:05`, with thousandths where the time has some and `fine` is asked. UTC. */
export function formatUtc(t: number, fine = false): string {
  const date = new Date(Math.round(t * 1000));
  if (Number.isNaN(date.getTime())) return '-';
  const iso = date.toISOString();
  return iso.slice(0, fine ? 23 : 19).replace('T', ' ');
}

/** As {@link formatUtc}, in the form links carry. */
export function isoUtc(t: number): string {
  return new Date(Math.round(t * 1000)).toISOString().replace('.000Z', 'Z');
}

/** A length of time in its natural unit: `0.4 s`, `12 s`, `5 min`, `3 h`, `2 d`. */
export function formatDuration(seconds: number): string {
  const s = Math.max(0, seconds);
  if (s < 9.95) return `${s.toFixed(1)} s`;
  if (s < 100) return `${Math.round(s)} s`;
  if (s < 100 * minute) return `${Math.round(s / minute)} min`;
  if (s < 48 * hour) return `${Math.round(s / hour)} h`;
  return `${Math.round(s / day)} d`;
}

/** How old something is, or, where that is more than a month, its day. */
export function formatAge(t: number, now: number): string {
  const age = now - t;
  return age > 31 * day ? formatUtc(t).slice(0, 10) : `${formatDuration(age)} ago`;
}
