import uPlot from 'uplot';
import type { Zone } from '../base/time.js';

/** Times of an axis in 24 hours: from which step, how, and what is added where a larger unit begins. */
export const timeLabels: uPlot.Axis.Values = [
  [365 * 86_400, '{YYYY}', null, null, null, null, null, null, 1],
  [28 * 86_400, '{YYYY}-{MM}', null, null, null, null, null, null, 1],
  [86_400, '{MM}-{DD}', '\n{YYYY}', null, null, null, null, null, 1],
  [60, '{HH}:{mm}', '\n{YYYY}-{MM}-{DD}', null, '\n{YYYY}-{MM}-{DD}', null, null, null, 1],
  [1, '{HH}:{mm}:{ss}', '\n{YYYY}-{MM}-{DD}', null, '\n{YYYY}-{MM}-{DD}', null, null, null, 1],
  [
    0.001,
    '{ss}.{fff}',
    '\n{YYYY}-{MM}-{DD} {HH}:{mm}',
    null,
    '\n{YYYY}-{MM}-{DD} {HH}:{mm}',
    null,
    '\n{HH}:{mm}',
    null,
    1,
  ],
];

/** The date whose local parts are those of the zone: uPlot reads nothing else. */
export function zonedDate(zone: Zone): (t: number) => Date {
  if (zone === 'local') return (t) => new Date(t * 1000);
  return (t) => uPlot.tzDate(new Date(t * 1000), 'Etc/UTC');
}
