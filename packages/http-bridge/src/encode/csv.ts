import type { Column } from '@sisock/core';
import { isoMicroseconds } from './iso-time.js';

/** How CSV tells times: ISO 8601 UTC with microseconds, or UNIX seconds. */
export type CsvTime = 'iso' | 'unix';

export function csvTime(t: number, form: CsvTime): string {
  return form === 'iso' ? isoMicroseconds(t) : String(t);
}

/** Text as one cell (RFC 4180, 2.5 to 2.7): quoted where it holds a comma, a quote or a line end. */
export function csvText(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** One value as a cell. An empty cell means "no sample", so the numbers CSV has no word for are NaN, inf and -inf. */
export function csvValue(column: Column, i: number): string {
  switch (column.kind) {
    case 'f64': {
      const value = column.v[i]!;
      if (value === Infinity) return 'inf';
      return value === -Infinity ? '-inf' : String(value);
    }
    case 'i64':
      return String(column.v[i]!);
    case 'bool':
      return column.v[i] === 1 ? 'true' : 'false';
    case 'str':
      return csvText(column.v[i]!);
  }
}
