import { type Column, SisockError } from '@sisock/core';
import { show } from './check.js';

/** One field with its own times, which rise. */
export interface Series {
  readonly t: Float64Array;
  readonly column: Column;
}

/**
 * Times and values of equal number as a series: rows without a time are dropped (and counted), rows out of order are sorted
 * with their values (equal times stay as they came), and so are rows that say nothing in a column of text or bools.
 * @throws SisockError `bad_data` for a value that is neither number, text, bool nor null
 */
export function sortedRows(
  field: string,
  times: readonly unknown[],
  values: readonly unknown[],
): { readonly rows: Series; readonly dropped: number } {
  const onlyNumbers = values.every((v) => v === null || typeof v === 'number');
  const kept: number[] = [];
  let dropped = 0;
  let sorted = true;
  let last = -Infinity;
  for (let i = 0; i < times.length; i++) {
    const t = times[i];
    if (typeof t !== 'number' || Number.isNaN(t)) dropped++;
    else if (onlyNumbers || values[i] !== null) {
      kept.push(i);
      sorted &&= t >= last;
      last = t;
    }
  }
  const time = (i: number) => times[i] as number;
  if (!sorted) kept.sort((a, b) => time(a) - time(b) || a - b);
  const column = columnOfValues(
    field,
    kept.map((i) => values[i]),
  );
  return { rows: { t: Float64Array.from(kept, time), column }, dropped };
}

/**
 * A column typed by what stands in it: bools, whole numbers beyond 2^53 among integers, numbers (null is NaN), else text.
 * @throws SisockError `bad_data` for a value that is neither number, text, bool nor null
 */
export function columnOfValues(field: string, values: readonly unknown[]): Column {
  const types = new Set<string>();
  for (const v of values) types.add(v === null ? 'number' : typeof v);
  for (const type of types) {
    if (type === 'number' || type === 'string' || type === 'boolean' || type === 'bigint') continue;
    const example = values.find((v) => typeof v === type);
    throw new SisockError('bad_data', `field ${show(field)} holds ${show(example)}: no number, text or bool`);
  }
  if (types.has('string')) return { kind: 'str', v: values.map((v) => String(v)) };
  if (types.size === 1 && types.has('boolean')) return { kind: 'bool', v: Uint8Array.from(values, (v) => (v ? 1 : 0)) };
  if (types.has('bigint') && values.every(isInt64)) return { kind: 'i64', v: BigInt64Array.from(values, BigInt) };
  return { kind: 'f64', v: Float64Array.from(values, (v) => (v === null ? NaN : Number(v))) };
}

function isInt64(v: unknown): v is number | bigint {
  return typeof v === 'bigint' ? BigInt.asIntN(64, v) === v : Number.isSafeInteger(v);
}
