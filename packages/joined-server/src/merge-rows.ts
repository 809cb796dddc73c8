import { type Batch, type Column, type ColumnKind, sliceBatch, type Value } from '@sisock/core';
import { guardSec, sameInstant } from './instant.js';

/** One value of a row that is put together. */
interface Cell {
  readonly column: Column;
  readonly row: number;
}

interface Row {
  readonly t: number;
  readonly list: number;
  readonly cells: Map<string, Cell>;
}

/**
 * Rows of several sources as one, in rising time. A field's sample that an earlier list has too (see {@link sameInstant}) is
 * left out; what else a row has is put beside the earlier list's row of the same time, or stands alone. Samples of equal
 * times in one list all stay.
 */
export function mergeRows(lists: readonly (readonly Batch[])[]): Batch[] {
  const filled = lists.filter((list) => list.length > 0);
  if (filled.length <= 1) return [...(filled[0] ?? [])];
  const byList = filled.map(rowsOf);
  for (let p = 1; p < byList.length; p++) {
    for (let q = 0; q < p; q++) dropKnown(byList[p]!, byList[q]!);
    for (let q = 0; q < p; q++) attach(byList[p]!, byList[q]!);
  }
  const rows = byList.flat().filter(({ cells }) => cells.size > 0);
  rows.sort((a, b) => a.t - b.t || a.list - b.list);
  return batchesOf(rows);
}

/**
 * `batches` without what `known` has: the fields of rows at one of its instants, and, before `until`, the fields in `gone`.
 * Only rows before `limit` are looked at.
 */
export function withoutKnown(
  batches: readonly Batch[],
  known: readonly Batch[],
  { limit, until, gone }: { readonly limit: number; readonly until: number; readonly gone: ReadonlySet<string> },
): Batch[] {
  const untouched: Batch[] = [];
  const near: Batch[] = [];
  for (const batch of batches) {
    let cut = 0;
    while (cut < batch.t.length && batch.t[cut]! < limit) cut++;
    if (cut > 0) near.push(sliceBatch(batch, 0, cut));
    if (cut < batch.t.length) untouched.push(cut === 0 ? batch : sliceBatch(batch, cut, batch.t.length));
  }
  if (near.length === 0) return untouched;
  const rows = rowsOf(near, 0);
  for (const row of rows) if (row.t < until) for (const field of gone) row.cells.delete(field);
  dropKnown(rows, rowsOf(known, 0));
  return [...batchesOf(rows.filter(({ cells }) => cells.size > 0)), ...untouched];
}

function rowsOf(batches: readonly Batch[], list: number): Row[] {
  const rows: Row[] = [];
  for (const { t, columns } of batches) {
    for (let row = 0; row < t.length; row++) {
      const cells = new Map<string, Cell>();
      for (const [name, column] of columns) cells.set(name, { column, row });
      rows.push({ t: t[row]!, list, cells });
    }
  }
  return rows;
}

/** The rows of `others`, in rising time, at the instant of each of `rows`. */
function forTwins(rows: readonly Row[], others: readonly Row[], visit: (row: Row, twins: readonly Row[]) => void) {
  let from = 0;
  for (const row of rows) {
    while (from < others.length && others[from]!.t < row.t - guardSec) from++;
    const twins: Row[] = [];
    for (let i = from; i < others.length && others[i]!.t <= row.t + guardSec; i++) {
      if (sameInstant(others[i]!.t, row.t)) twins.push(others[i]!);
    }
    if (twins.length > 0) visit(row, twins);
  }
}

function dropKnown(rows: readonly Row[], known: readonly Row[]): void {
  const fieldsOf = known.map(({ cells }) => new Set(cells.keys()));
  const indexOf = new Map(known.map((row, i) => [row, i]));
  forTwins(rows, known, (row, twins) => {
    for (const twin of twins) for (const name of fieldsOf[indexOf.get(twin)!]!) row.cells.delete(name);
  });
}

function attach(rows: readonly Row[], others: readonly Row[]): void {
  forTwins(rows, others, (row, twins) => {
    // Beside a row of another time it would lose its own.
    const room = twins.find(
      ({ t, cells }) => t === row.t && cells.size > 0 && ![...row.cells.keys()].some((name) => cells.has(name)),
    );
    if (room === undefined) return;
    for (const [name, cell] of row.cells) room.cells.set(name, cell);
    row.cells.clear();
  });
}

/** Rows in rising time as batches, one a run of rows with the same columns. */
function batchesOf(rows: readonly Row[]): Batch[] {
  const batches: Batch[] = [];
  let from = 0;
  let shape = '';
  for (let i = 0; i <= rows.length; i++) {
    const row = rows[i];
    const own =
      row === undefined ? '' : [...row.cells].map(([name, { column }]) => `${column.kind} ${name}`).join('\n');
    if (i > from && own !== shape) {
      batches.push(batchOf(rows.slice(from, i)));
      from = i;
    }
    shape = own;
  }
  return batches;
}

function batchOf(rows: readonly Row[]): Batch {
  const columns = new Map<string, Column>();
  for (const [name, { column }] of rows[0]!.cells) {
    const values = rows.map(({ cells }) => {
      const cell = cells.get(name)!;
      return cell.column.v[cell.row]!;
    });
    columns.set(name, columnOf(column.kind, values));
  }
  return { t: Float64Array.from(rows, ({ t }) => t), columns };
}

function columnOf(kind: ColumnKind, values: readonly Value[]): Column {
  switch (kind) {
    case 'f64':
      return { kind, v: Float64Array.from(values as readonly number[]) };
    case 'i64':
      return { kind, v: BigInt64Array.from(values as readonly bigint[]) };
    case 'bool':
      return { kind, v: Uint8Array.from(values as unknown as readonly number[]) };
    case 'str':
      return { kind, v: values as readonly string[] };
  }
}
