/**
 * UNIX seconds as ISO 8601 UTC with microseconds (`2017-07-14T00:00:00.000000Z`): one more decimal would be noise, as
 * doubles near today are a quarter of a microsecond apart. Times outside the calendar are given as seconds.
 */
export function isoMicroseconds(t: number): string {
  let seconds = Math.floor(t);
  let micros = Math.round((t - seconds) * 1e6);
  if (micros === 1_000_000) {
    seconds++;
    micros = 0;
  }
  if (!(Math.abs(seconds) <= calendarSeconds)) return String(t);
  const minute = Math.floor(seconds / 60);
  if (minute !== last.minute) last = { minute, text: new Date(minute * 60_000).toISOString().slice(0, -7) };
  return `${last.text}${String(seconds - minute * 60).padStart(2, '0')}.${String(micros).padStart(6, '0')}Z`;
}

const calendarSeconds = 8.64e12;
/** Neighbours in a column mostly share their minute, and the calendar is the slow part. */
let last = { minute: 0, text: '1970-01-01T00:00:' };
