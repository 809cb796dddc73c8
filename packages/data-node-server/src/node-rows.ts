import { type Batch, type Column, type FieldInfo, SisockError, takeColumn, type TimeRange } from '@sisock/core';
import { isRecord, type OnProblem, shown } from './node-shape.js';

/** What a node's `getData` gave for one timeline, checked and cut to the range. */
export interface NodeRows {
  /** One where every field always has a value; else a new one wherever the set of fields changes. */
  readonly batches: readonly Batch[];
  readonly finalizedUntil: number;
}

interface Cells {
  readonly column: Column;
  /** 1 where the field has no value; null when it has one everywhere. */
  readonly absent: Uint8Array | null;
}

/**
 * The rows of `fields`, which share one timeline, in the answer of a node's `getData`. Believes nothing: fields of a wrong
 * length or type are left out, times that are no times dropped, unsorted rows sorted, each of them told.
 * @throws SisockError `bad_data` when the answer has not the shape at all.
 */
export function rowsOfNode(
  answer: unknown,
  fields: readonly FieldInfo[],
  range: TimeRange,
  now: number,
  onProblem: OnProblem,
): NodeRows {
  if (!isRecord(answer) || !isRecord(answer['data']) || !isRecord(answer['timeline'])) {
    throw new SisockError('bad_data', 'getData gave neither {data, timeline} nor false');
  }
  const { data, timeline } = answer as Record<'data' | 'timeline', Record<string, unknown>>;
  const name = fields[0]?.timeline;
  const times = name === undefined || !Object.hasOwn(timeline, name) ? undefined : timeline[name];
  if (name === undefined || times === undefined) return { batches: [], finalizedUntil: -Infinity };
  if (!isRecord(times) || !isList(times['t'])) {
    throw new SisockError('bad_data', `timeline ${shown(name)} of getData has no list t`);
  }
  const raw = times['t'];
  const order = rowOrder(raw, range, (problem) => onProblem(`timeline ${shown(name)}: ${problem}`));
  const t = Float64Array.from(order, (i) => Number(raw[i]));
  const cells = new Map<string, Cells>();
  for (const field of fields) {
    const values = Object.hasOwn(data, field.name) ? data[field.name] : undefined;
    if (values === undefined || (isList(values) && values.length === 0)) continue;
    const problem = !isList(values)
      ? 'its values are no list'
      : values.length !== raw.length
        ? `it has ${values.length} values for ${raw.length} times`
        : null;
    const made = problem ?? cellsOf(field, values as ArrayLike<unknown>);
    if (typeof made === 'string') onProblem(`field ${shown(field.name)} left out: ${made}`);
    else cells.set(field.name, take(made, order));
  }
  return {
    batches: t.length > 0 && cells.size > 0 ? byPresence(t, cells) : [],
    finalizedUntil: finalizedUntil(times['finalized_until'], range, now),
  };
}

/** Indexes of the rows inside the range, by time; rows of equal times in the order they came. */
function rowOrder(raw: ArrayLike<unknown>, range: TimeRange, onProblem: OnProblem): Uint32Array {
  const rows: number[] = [];
  let wrong = 0;
  let sorted = true;
  let before = -Infinity;
  for (let i = 0; i < raw.length; i++) {
    const time = raw[i];
    if (typeof time !== 'number' || !Number.isFinite(time)) {
      wrong++;
      continue;
    }
    if (time < before) sorted = false;
    before = time;
    if (time >= range.start && time < range.end) rows.push(i);
  }
  if (wrong > 0) onProblem(`${wrong} times are no finite numbers: their rows are left out`);
  const order = Uint32Array.from(rows);
  if (sorted) return order;
  onProblem('times are not in rising order: sorted');
  return order.sort((a, b) => (raw[a] as number) - (raw[b] as number) || a - b);
}

function cellsOf(field: FieldInfo, values: ArrayLike<unknown>): Cells | string {
  const { type } = field;
  const n = values.length;
  let absent: Uint8Array | null = null;
  const numbers = type === 'string' ? null : type === 'bool' ? new Uint8Array(n) : new Float64Array(n);
  const texts: string[] = [];
  for (let i = 0; i < n; i++) {
    const value = values[i];
    const missing = value === null || value === undefined;
    if (missing && type !== 'number') (absent ??= new Uint8Array(n))[i] = 1;
    if (numbers === null) {
      if (!missing && typeof value !== 'string') return `${shown(value)} is not a string`;
      texts.push(missing ? '' : value);
    } else if (type === 'bool') {
      if (!missing && typeof value !== 'boolean' && value !== 0 && value !== 1) return `${shown(value)} is not a bool`;
      numbers[i] = Number(value ?? 0);
    } else {
      if (!missing && typeof value !== 'number' && typeof value !== 'bigint') return `${shown(value)} is not a number`;
      numbers[i] = missing ? NaN : Number(value);
    }
  }
  if (numbers === null) return { column: { kind: 'str', v: texts }, absent };
  return { column: { kind: type === 'bool' ? 'bool' : 'f64', v: numbers } as Column, absent };
}

function take({ column, absent }: Cells, order: Uint32Array): Cells {
  return { column: takeColumn(column, order), absent: absent && Uint8Array.from(order, (i) => absent[i]!) };
}

/** Batches such that in each a field has a value in every row or no column. */
function byPresence(t: Float64Array, cells: ReadonlyMap<string, Cells>): Batch[] {
  const patchy = [...cells.values()].flatMap(({ absent }) => (absent ? [absent] : []));
  const batches: Batch[] = [];
  for (let from = 0; from < t.length;) {
    let to = from + 1;
    while (to < t.length && patchy.every((absent) => absent[to] === absent[from])) to++;
    const rows = Uint32Array.from({ length: to - from }, (_, i) => from + i);
    const columns = new Map<string, Column>();
    for (const [name, { column, absent }] of cells) {
      if (absent?.[from] !== 1) columns.set(name, takeColumn(column, rows));
    }
    if (columns.size > 0) batches.push({ t: t.slice(from, to), columns });
    from = to;
  }
  return batches;
}

/** "All requested data are final" can be true of what is past only. */
function finalizedUntil(said: unknown, range: TimeRange, now: number): number {
  if (said === null) return Math.min(range.end, now);
  return typeof said === 'number' && !Number.isNaN(said) ? said : -Infinity;
}

function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && 'length' in value);
}
