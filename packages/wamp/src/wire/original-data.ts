import { type Batch, type Column, SisockError, valueAt } from '@sisock/core';
import { dict, type Dict, isDict, list, show } from './check.js';
import { longestColumn } from './column.js';
import { columnOfValues, sortedRows, type Series } from './series.js';

/** All that is answered of one timeline. */
export interface TimelineData {
  readonly timeline: string;
  /** In rising time. A field without a column in one of several batches gets nulls there. */
  readonly batches: readonly Batch[];
  /** Data before it will not change; +Infinity: all that was asked for is final, -Infinity: nothing is. */
  readonly finalizedUntil: number;
}

/** Written for "nothing is final": the earliest time that is not relative to now. */
const earliest = 1;

/** Timelines in the original's form; those without a sample are left out, and `fields` without one are empty lists. */
export function encodeData(timelines: readonly TimelineData[], fields: readonly string[]): Dict {
  const data = new Map<string, unknown[]>(fields.map((name) => [name, []]));
  const timeline = new Map<string, Dict>();
  for (const { timeline: name, batches, finalizedUntil } of timelines) {
    const t: number[] = [];
    const names = new Set(batches.flatMap((b) => (b.t.length === 0 ? [] : [...b.columns.keys()])));
    for (const field of names) data.set(field, []);
    for (const batch of batches) {
      for (let i = 0; i < batch.t.length; i++) t.push(batch.t[i]!);
      for (const field of names) pushColumn(data.get(field)!, batch.columns.get(field), batch.t.length);
    }
    if (t.length > 0) timeline.set(name, { t, finalized_until: wireFinalized(finalizedUntil) });
  }
  return { data: Object.fromEntries(data), timeline: Object.fromEntries(timeline) };
}

/** The manual: null says that all requested data are final. */
function wireFinalized(t: number): number | null {
  if (t === Infinity) return null;
  return Number.isFinite(t) ? t : earliest;
}

function pushColumn(target: unknown[], column: Column | undefined, length: number): void {
  if (column === undefined) for (let i = 0; i < length; i++) target.push(null);
  else if (column.kind === 'f64') for (let i = 0; i < length; i++) target.push(column.v[i]);
  else if (column.kind === 'i64') for (let i = 0; i < length; i++) target.push(Number(column.v[i]));
  else for (let i = 0; i < length; i++) target.push(valueAt(column, i));
}

export interface DecodedData {
  /** One for each asked field that has no error; empty where the node has nothing. */
  readonly series: ReadonlyMap<string, Series>;
  readonly errors: ReadonlyMap<string, SisockError>;
  /** Least over the timelines of the series. */
  readonly finalizedUntil: number;
  /** Rows left out since their time is no number. */
  readonly droppedRows: number;
}

/**
 * The answer of an original get_data. A field's times are looked for in the answer's timeline that lists it (`fields`, as
 * so3g's nodes do), then in the one `timelineOf` names. What is wrong with one field is an error of that field alone.
 * @throws SisockError `too_large` for the answer `false`, `bad_data` when it is no answer at all
 */
export function decodeData(
  answer: unknown,
  fields: readonly string[],
  timelineOf: (field: string) => string | undefined,
): DecodedData {
  if (answer === false) throw new SisockError('too_large', 'the node refuses that many samples');
  const wire = dict('bad_data', 'the answer of get_data', answer);
  const data = dict('bad_data', 'data of get_data', wire['data'] ?? {});
  const timelines = dict('bad_data', 'timeline of get_data', wire['timeline'] ?? {});
  const lister = listedIn(timelines);
  const series = new Map<string, Series>();
  const errors = new Map<string, SisockError>();
  let finalizedUntil = Infinity;
  let droppedRows = 0;
  for (const field of fields) {
    try {
      const values = Object.hasOwn(data, field) ? (data[field] ?? []) : [];
      const checked = list('bad_data', `data of ${show(field)}`, values, longestColumn);
      const timeline = timelineWith(timelines, lister.get(field), timelineOf(field));
      if (timeline !== undefined) finalizedUntil = Math.min(finalizedUntil, finalizedOf(timeline));
      const { rows, dropped } = oneSeries(field, checked, timeline);
      series.set(field, rows);
      droppedRows += dropped;
    } catch (error) {
      errors.set(field, error as SisockError);
    }
  }
  return { series, errors, finalizedUntil, droppedRows };
}

function listedIn(timelines: Dict): Map<string, string> {
  const found = new Map<string, string>();
  for (const [name, wire] of Object.entries(timelines)) {
    const fields = isDict(wire) ? wire['fields'] : undefined;
    if (!Array.isArray(fields)) continue;
    for (const field of fields as readonly unknown[]) if (typeof field === 'string') found.set(field, name);
  }
  return found;
}

function timelineWith(timelines: Dict, ...names: (string | undefined)[]): Dict | undefined {
  for (const name of names) {
    const found = name !== undefined && Object.hasOwn(timelines, name) ? timelines[name] : undefined;
    if (isDict(found)) return found;
  }
  return undefined;
}

function finalizedOf(timeline: Dict): number {
  const value = timeline['finalized_until'];
  if (value === null) return Infinity;
  return typeof value === 'number' && !Number.isNaN(value) ? value : -Infinity;
}

function oneSeries(field: string, values: readonly unknown[], timeline: Dict | undefined) {
  if (values.length === 0) return { rows: { t: new Float64Array(0), column: columnOfValues(field, []) }, dropped: 0 };
  if (timeline === undefined) throw new SisockError('bad_data', `field ${show(field)} has values and no timeline`);
  const times = list('bad_data', `times of ${show(field)}`, timeline['t'], longestColumn);
  if (times.length !== values.length) {
    throw new SisockError('bad_data', `field ${show(field)} has ${values.length} values for ${times.length} times`);
  }
  return sortedRows(field, times, values);
}
