import { type Batch, type Column, type ColumnKind, sliceColumn, takeColumn } from '../batch.js';
import { SisockError } from '../errors.js';

/** A column some rows of the store have. Rows without it hold zeros there, never shown. */
interface StoredColumn {
  readonly name: string;
  column: Column;
}

/** Some rows, rising: a range as long as no row is skipped, a list after. */
export class RowRun {
  readonly first: number;
  #last: number;
  #list: number[] | null = null;

  constructor(row: number) {
    this.first = this.#last = row;
  }

  get length(): number {
    return this.#list?.length ?? this.#last - this.first + 1;
  }

  /** The rows one by one, null where they are a range. */
  get list(): readonly number[] | null {
    return this.#list;
  }

  /** `row` is behind those before. */
  add(row: number): void {
    if (this.#list === null && row !== this.#last + 1) {
      this.#list = Array.from({ length: this.length }, (_, i) => this.first + i);
    }
    this.#list?.push(row);
    this.#last = row;
  }
}

/** Columns (by their place in the store) that some rows have. */
type Shape = readonly number[];

/**
 * Rows of one timeline, by time and then by arrival. Each row has a number of arrival, from 1 up. Rows with different
 * sets of columns stand side by side; a field whose kind changes is another column. Columns handed out are never
 * written to again: rows are appended behind them, anything else makes new arrays.
 */
export class RowStore {
  #t = new Float64Array(0);
  #arrival = new Float64Array(0);
  #shape = new Float64Array(0);
  #columns: StoredColumn[] = [];
  #columnIds = new Map<string, number>();
  #shapes: Shape[] = [];
  #shapeIds = new Map<string, number>();
  #from = 0;
  #to = 0;
  #arrived = 0;

  /** How many rows ever came: the arrival number of the latest. */
  get arrived(): number {
    return this.#arrived;
  }

  get rows(): number {
    return this.#to - this.#from;
  }

  /** Times of the rows held (a view: not for keeping). */
  get times(): Float64Array {
    return this.#t.subarray(this.#from, this.#to);
  }

  /** Arrival numbers beside the times (a view: not for keeping). */
  get arrivals(): Float64Array {
    return this.#arrival.subarray(this.#from, this.#to);
  }

  /** Takes rows in any order of time; equal times stay in the order they came. */
  insert(batch: Batch): void {
    const rows = batch.t.length;
    if (rows === 0) return;
    const { t, columns } = sortedByTime(batch);
    const ids = [...columns].map(([name, column]) => this.#columnId(name, column.kind));
    const shape = this.#shapeId(ids);
    this.#reserve(rows);
    const at = this.#to;
    const isLate = this.rows > 0 && t[0]! < this.#t[at - 1]!;
    this.#t.set(t, at);
    for (let i = 0; i < rows; i++) this.#arrival[at + i] = this.#arrived + 1 + i;
    this.#shape.fill(shape, at, at + rows);
    [...columns.values()].forEach((column, i) => write(this.#columns[ids[i]!]!.column, column, at));
    this.#to += rows;
    this.#arrived += rows;
    if (isLate) this.#mergeTail(at);
  }

  /** Forgets the `rows` oldest rows. */
  dropOldest(rows: number): void {
    this.#from = Math.min(this.#to, this.#from + rows);
  }

  /**
   * For each row, a number that says which columns it shows of the wanted fields: equal numbers, equal columns; -1 for
   * none.
   */
  projection(fields: readonly string[]): (row: number) => number {
    const wanted = new Set(fields);
    const seen = new Map<string, number>();
    const ofShape = this.#shapes.map((shape) => {
      const shown = shape.filter((id) => wanted.has(this.#columns[id]!.name));
      if (shown.length === 0) return -1;
      const key = shown.join(' ');
      if (!seen.has(key)) seen.set(key, seen.size);
      return seen.get(key)!;
    });
    return (row) => ofShape[this.#shape[this.#from + row]!]!;
  }

  /** The given rows, all of one projection, as a batch of the wanted fields, in the asked order. */
  batch(rows: RowRun, fields: readonly string[]): Batch {
    const first = this.#from + rows.first;
    const end = first + rows.length;
    const indexes = rows.list?.map((row) => this.#from + row);
    const shape = this.#shapes[this.#shape[first]!]!;
    const byName = new Map(shape.map((id) => [this.#columns[id]!.name, this.#columns[id]!.column]));
    const columns = new Map<string, Column>();
    for (const name of fields) {
      const column = byName.get(name);
      if (column === undefined) continue;
      columns.set(name, indexes ? takeColumn(column, indexes) : sliceColumn(column, first, end));
    }
    return { t: indexes ? Float64Array.from(indexes, (i) => this.#t[i]!) : this.#t.subarray(first, end), columns };
  }

  #columnId(name: string, kind: ColumnKind): number {
    const key = `${kind} ${name}`;
    let id = this.#columnIds.get(key);
    if (id === undefined) {
      id = this.#columns.length;
      this.#columnIds.set(key, id);
      this.#columns.push({ name, column: emptyColumn(kind, this.#t.length) });
    }
    return id;
  }

  #shapeId(ids: readonly number[]): number {
    const shape = [...ids].sort((a, b) => a - b);
    const key = shape.join(' ');
    let id = this.#shapeIds.get(key);
    if (id === undefined) {
      id = this.#shapes.length;
      this.#shapeIds.set(key, id);
      this.#shapes.push(shape);
    }
    return id;
  }

  /** Makes room behind the last row; forgotten rows are given up on the way. */
  #reserve(rows: number): void {
    if (this.#to + rows <= this.#t.length) return;
    this.#rebuild(Math.max(64, (this.rows + rows) * 2), (target, source) =>
      write(target, sliceColumn(source, this.#from, this.#to), 0),
    );
    this.#to -= this.#from;
    this.#from = 0;
  }

  /** Puts the rows from `at` on, sorted in themselves, between the sorted ones before them. */
  #mergeTail(at: number): void {
    const order = new Uint32Array(this.rows);
    let a = this.#from;
    let b = at;
    for (let i = 0; i < order.length; i++) {
      const takeOld = b >= this.#to || (a < at && this.#t[a]! <= this.#t[b]!);
      order[i] = takeOld ? a++ : b++;
    }
    this.#rebuild(this.#t.length, (target, source) => write(target, takeColumn(source, order), 0));
    this.#to -= this.#from;
    this.#from = 0;
  }

  #rebuild(capacity: number, fill: (target: Column, source: Column) => void): void {
    const times = new Float64Array(capacity);
    fill({ kind: 'f64', v: times }, { kind: 'f64', v: this.#t });
    const arrivals = new Float64Array(capacity);
    fill({ kind: 'f64', v: arrivals }, { kind: 'f64', v: this.#arrival });
    const shapes = new Float64Array(capacity);
    fill({ kind: 'f64', v: shapes }, { kind: 'f64', v: this.#shape });
    for (const stored of this.#columns) {
      const column = emptyColumn(stored.column.kind, capacity);
      fill(column, stored.column);
      stored.column = column;
    }
    this.#t = times;
    this.#arrival = arrivals;
    this.#shape = shapes;
  }
}

function emptyColumn(kind: ColumnKind, capacity: number): Column {
  switch (kind) {
    case 'f64':
      return { kind, v: new Float64Array(capacity) };
    case 'i64':
      return { kind, v: new BigInt64Array(capacity) };
    case 'bool':
      return { kind, v: new Uint8Array(capacity) };
    case 'str':
      return { kind, v: new Array<string>(capacity).fill('') };
  }
}

/** Writes the values of `source` into `target` from `at` on. Both are of one kind. */
function write(target: Column, source: Column, at: number): void {
  if (target.kind === 'f64' && source.kind === 'f64') target.v.set(source.v, at);
  else if (target.kind === 'i64' && source.kind === 'i64') target.v.set(source.v, at);
  else if (target.kind === 'bool' && source.kind === 'bool') target.v.set(source.v, at);
  else if (target.kind === 'str' && source.kind === 'str') {
    const texts = target.v as string[];
    for (let i = 0; i < source.v.length; i++) texts[at + i] = source.v[i]!;
  } else throw new SisockError('internal', `a ${source.kind} column does not fit a ${target.kind} one`);
}

function sortedByTime(batch: Batch): Batch {
  const { t } = batch;
  let sorted = true;
  for (let i = 1; i < t.length && sorted; i++) sorted = t[i - 1]! <= t[i]!;
  if (sorted) return batch;
  const order = Uint32Array.from(t.keys()).sort((a, b) => t[a]! - t[b]! || a - b);
  const columns = new Map([...batch.columns].map(([name, column]) => [name, takeColumn(column, order)]));
  return { t: Float64Array.from(order, (i) => t[i]!), columns };
}
