import type { Column } from '@sisock/core';
import type { JsonWriter } from './json-writer.js';

/** One value as JSON of its own kind. */
export function writeValue(out: JsonWriter, column: Column, i: number): void {
  switch (column.kind) {
    case 'f64':
      out.number(column.v[i]!);
      break;
    case 'i64':
      out.bigint(column.v[i]!);
      break;
    case 'bool':
      out.raw(column.v[i] === 1 ? 'true' : 'false');
      break;
    case 'str':
      out.json(column.v[i]!);
      break;
  }
}

/** Values `from` to `to` (exclusive), comma separated, without brackets. */
export function writeValues(out: JsonWriter, column: Column, from = 0, to = column.v.length): void {
  if (column.kind === 'f64') {
    out.numbers(column.v, from, to);
    return;
  }
  for (let i = from; i < to; i++) {
    if (i > from) out.raw(',');
    writeValue(out, column, i);
  }
}

/** UNIX seconds at the full precision of a double, comma separated, without brackets. */
export function writeTimes(out: JsonWriter, t: Float64Array, from = 0, to = t.length): void {
  out.seconds(t, from, to);
}
