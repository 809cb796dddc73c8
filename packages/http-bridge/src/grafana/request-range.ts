import { z } from 'zod';

/** Grafana writes ISO 8601 UTC with milliseconds; epoch milliseconds are understood as well. */
const time = z
  .union([z.string(), z.number()], { error: 'a time is ISO 8601 text or a number of milliseconds' })
  .transform((value) => (typeof value === 'number' ? value : Date.parse(value)) / 1000)
  .refine((seconds) => Math.abs(seconds) <= 8.64e12, 'a time is ISO 8601 text or a number of milliseconds');

/** `range` of a request as UNIX seconds. `raw` is never read: it may be relative, or text of the local time zone. */
export const requestRange = z
  .object({ from: time, to: time }, 'a range has a from and a to')
  .transform(({ from, to }) => ({ start: from, end: to }));
