import { type Column, sliceColumn, takeColumn } from '@sisock/core';
import { isRecord, kindOf } from './feed-info.js';
import { columnOf, type FieldValues, readValues, type ValueCounts, type ValueList } from './field-values.js';
import type { EventLimits } from './parse-event.js';

/** Rows of one OCS block that hold the same fields with the same types. Times are UNIX seconds in the message's order. */
export interface FeedBlock {
  readonly blockName: string;
  readonly t: Float64Array;
  readonly columns: ReadonlyMap<string, Column>;
}

export interface BlockCounts extends ValueCounts {
  badBlocks: number;
  badFields: number;
  /** Rows without a usable time. */
  badRows: number;
}

/** One block of a message, split where its fields come, go or change type. Empty when it can't be used. */
export function readBlock(
  blockName: string,
  raw: unknown,
  limits: EventLimits,
  counts: BlockCounts,
  report: (problem: string) => void,
): readonly FeedBlock[] {
  const bad = (why: string) => {
    counts.badBlocks++;
    report(`block ${quote(blockName)} ${why}`);
    return [];
  };
  if (blockName === '' || blockName.length > limits.maxNameLength) {
    return bad(`has a name of ${blockName.length} characters; 1 to ${limits.maxNameLength} are allowed`);
  }
  if (!isRecord(raw)) return bad(`is ${kindOf(raw)}, not a dictionary`);
  const timestamps = raw['timestamps'];
  if (!isList(timestamps)) return bad(`has timestamps that are ${kindOf(timestamps)}, not a list`);
  const data = raw['data'];
  if (!isRecord(data)) return bad(`has data that are ${kindOf(data)}, not a dictionary`);
  const n = timestamps.length;
  if (n === 0) return [];
  const names = Object.keys(data);
  if (names.length > limits.maxFields) return bad(`has ${names.length} fields; at most ${limits.maxFields}`);
  if (names.length * n > limits.maxValues) {
    return bad(`has ${n} samples of ${names.length} fields; at most ${limits.maxValues} values`);
  }

  const { t, rows } = readTimes(timestamps);
  if (rows) {
    counts.badRows += n - rows.length;
    report(`block ${quote(blockName)} has ${n - rows.length} timestamps that are no finite numbers`);
    if (rows.length === 0) return [];
  }
  const fields = new Map<string, FieldValues>();
  for (const name of names) {
    const list = data[name];
    const why = fieldProblem(name, list, n, limits);
    if (why) {
      counts.badFields++;
      report(`field ${quote(name)} of block ${quote(blockName)} ${why}`);
    } else fields.set(name, keepRows(readValues(list as ValueList, limits.maxTextLength, counts), rows));
  }
  if (!areUniform(fields)) return splitRuns(blockName, t, fields, limits, counts, report);
  return fields.size > 0 ? [{ blockName, t, columns: fields }] : [];
}

/** True where the block needs no splitting: the way nearly all come. */
function areUniform(fields: ReadonlyMap<string, FieldValues>): fields is ReadonlyMap<string, Column> {
  for (const { kind } of fields.values()) if (kind === 'mixed') return false;
  return true;
}

function quote(name: string): string {
  return JSON.stringify(name.slice(0, 60));
}

function fieldProblem(name: string, list: unknown, n: number, limits: EventLimits): string | null {
  if (name === '' || name.length > limits.maxNameLength) {
    return `has a name of ${name.length} characters; 1 to ${limits.maxNameLength} are allowed`;
  }
  if (!isList(list)) return `is ${kindOf(list)}, not a list`;
  return list.length === n ? null : `has ${list.length} values for ${n} timestamps`;
}

function isList(value: unknown): value is ValueList {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && 'length' in value);
}

/** Times as numbers; `rows` lists the usable ones where some are not. */
function readTimes(list: ValueList): { t: Float64Array; rows: number[] | null } {
  const n = list.length;
  const t = new Float64Array(n);
  let good = 0;
  for (let i = 0; i < n; i++) {
    const x = list[i];
    t[i] = typeof x === 'number' ? x : typeof x === 'bigint' ? Number(x) : NaN;
    if (Number.isFinite(t[i])) good++;
  }
  if (good === n) return { t, rows: null };
  const rows: number[] = [];
  for (let i = 0; i < n; i++) if (Number.isFinite(t[i])) rows.push(i);
  return { t: Float64Array.from(rows, (i) => t[i]!), rows };
}

function keepRows(values: FieldValues, rows: readonly number[] | null): FieldValues {
  if (!rows) return values;
  if (values.kind !== 'mixed') return takeColumn(values, rows);
  return { kind: 'mixed', kinds: rows.map((i) => values.kinds[i]!), values: rows.map((i) => values.values[i]) };
}

function splitRuns(
  blockName: string,
  t: Float64Array,
  fields: ReadonlyMap<string, FieldValues>,
  limits: EventLimits,
  counts: BlockCounts,
  report: (problem: string) => void,
): readonly FeedBlock[] {
  const starts = runStarts(t.length, fields);
  const tooMany = starts.length > limits.maxRuns;
  if (tooMany) {
    report(`block ${quote(blockName)} changes its fields or types over ${limits.maxRuns} times in a message`);
    starts.length = 1;
  }
  const blocks: FeedBlock[] = starts.map((from, k) => {
    const to = starts[k + 1] ?? t.length;
    const columns = new Map<string, Column>();
    for (const [name, values] of fields) {
      if (values.kind !== 'mixed') columns.set(name, sliceColumn(values, from, to));
      else if (tooMany) counts.badFields++;
      else {
        const kind = values.kinds[from];
        if (kind) columns.set(name, columnOf(kind, values.values, from, to));
      }
    }
    return { blockName, t: t.subarray(from, to), columns };
  });
  return blocks.filter((block) => block.columns.size > 0);
}

function runStarts(n: number, fields: ReadonlyMap<string, FieldValues>): number[] {
  const changes = new Set<number>([0]);
  for (const values of fields.values()) {
    if (values.kind !== 'mixed') continue;
    for (let i = 1; i < n; i++) if (values.kinds[i] !== values.kinds[i - 1]) changes.add(i);
  }
  return [...changes].sort((a, b) => a - b);
}
