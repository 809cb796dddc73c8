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
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return String(t);
  return `${date.toISOString().slice(0, -5)}.${String(micros).padStart(6, '0')}Z`;
}
