import type { TreeLayout } from './file-tree.js';
import { parseSampleLines } from './sample-lines.js';

const fields = {
  humidity: ['%', 'Humidity at the APEX weather station'],
  pressure: ['mBar', 'Air pressure at the APEX weather station'],
  radiometer: ['mm', 'Water vapour above APEX, by its radiometer'],
  dewpoint: ['C', 'Dew point at the APEX weather station'],
  temperature: ['C', 'Temperature at the APEX weather station'],
  windspeed: ['km/h', 'Wind speed at the APEX weather station'],
  winddirection: ['deg', 'Wind direction at the APEX weather station'],
} as const;

const extension = '.dat';
const pattern = /^.+_([^_]+)_(\d{1,11})_(\d{1,11})\.dat$/;

/**
 * The archive of APEX weather: files `<prefix>_<field>_<first UNIX second>_<last UNIX second>.dat` without a header, with
 * `<UNIX seconds> <value>` a line. The newest file of a field may be written on behind the end in its name.
 */
export const apexLayout: TreeLayout = {
  fields: new Map(Object.entries(fields).map(([name, [units, description]]) => [name, { units, description }])),
  slack: 1,
  openEnd: true,
  parseName(name) {
    if (!name.endsWith(extension)) return null;
    const [, field, from, to] = pattern.exec(name) ?? [];
    if (field === undefined) return `is not <prefix>_<field>_<start>_<end>${extension}`;
    if (!Object.hasOwn(fields, field)) return `has no field that is known: ${Object.keys(fields).join(', ')}`;
    const [start, end] = [Number(from), Number(to)];
    return start <= end ? { name, field, start, end } : 'has an end before its start';
  },
  parse: (bytes, _file, { start, end }, useTail) =>
    parseSampleLines(bytes, {
      timeWords: 'UNIX seconds',
      toTime: (time) => (time >= start && time <= end ? time : 'is not of the times in the name of the file'),
      useTail,
    }),
};
