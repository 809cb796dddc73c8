import type { TreeLayout } from './file-tree.js';
import { parseSampleLines } from './sample-lines.js';
import type { NamedFile } from './tree-index.js';

const daySeconds = 86_400;
const yearFirst = /^PWV_UCSC_([1-9]\d{3})-(\d{3})\.txt$/;
const dayFirst = /^PWV_UCSC_(\d{3})-([1-9]\d{3})\.txt$/;
/** In this year, up to this day, names had the day before the year. */
const dayFirstUntil = { year: 2018, day: 201 };

/**
 * The archive of the UCSC radiometer: files `PWV_UCSC_<year>-<day of year>.txt`, in 2018 up to day 201
 * `PWV_UCSC_<day of year>-<year>.txt`, with one header line and then `<day of year, with its fraction> <mm>` a line. Days
 * are those of UTC and count from 1. Values that are not a number are left out.
 */
export const radiometerLayout: TreeLayout = {
  fields: new Map([['pwv', { units: 'mm', description: 'Precipitable water vapour, by the UCSC radiometer' }]]),
  // A sample of midnight may stand in either day's file.
  slack: 600,
  openEnd: false,
  parseName(name) {
    if (!name.startsWith('PWV_UCSC_') || !name.endsWith('.txt')) return null;
    const day = dayOf(name);
    if (day === null) return 'is not PWV_UCSC_<year>-<day of year>.txt';
    const start = dayStart(day.year, day.day);
    if (day.day < 1 || start >= dayStart(day.year + 1, 1)) return `has a day that the year ${day.year} has not`;
    return { name, field: 'pwv', start, end: start + daySeconds };
  },
  choose(files) {
    const byDay = new Map<number, NamedFile>();
    for (const file of files) if (!byDay.has(file.start) || hasUsualName(file)) byDay.set(file.start, file);
    return [...byDay.values()];
  },
  parse: (bytes, { start: day }, { start, end }, useTail) => {
    const newYear = dayStart(new Date(day * 1000).getUTCFullYear(), 1);
    return parseSampleLines(bytes, {
      timeWords: 'day of the year',
      toTime(word) {
        // To the microsecond, which is finer than any file: so that no noise of the sum is shown.
        const time = Math.round((newYear + (word - 1) * daySeconds) * 1e6) / 1e6;
        return time >= start && time <= end ? time : 'is not of the day in the name of the file';
      },
      headerLines: 1,
      skipNaN: true,
      useTail,
    });
  },
};

function dayOf(name: string): { readonly year: number; readonly day: number } | null {
  const [, year, day] = yearFirst.exec(name) ?? [];
  if (year !== undefined) return { year: Number(year), day: Number(day) };
  const [, early, of] = dayFirst.exec(name) ?? [];
  return early === undefined ? null : { year: Number(of), day: Number(early) };
}

/** The first second of a day of a year, UTC. */
function dayStart(year: number, day: number): number {
  return Date.UTC(year, 0, day) / 1000;
}

function hasUsualName({ name }: NamedFile): boolean {
  const { year, day } = dayOf(name)!;
  const isEarly = year === dayFirstUntil.year && day <= dayFirstUntil.day;
  return isEarly === dayFirst.test(name);
}
