import { type Batch, type Catalog, type Column, type FieldInfo, minStride, takeColumn } from '@sisock/core';

/** How the fields of a Reader are named on the original's wire, where that differs from the Reader's own names. */
export interface OriginalNames {
  readonly field?: (info: FieldInfo) => string;
  /** Fields given different names here have separate times there. */
  readonly timeline?: (info: FieldInfo) => string;
  /** The field that `get_data` is asked for under a name that none has, such as a shortened one. */
  readonly find?: (asked: string, catalog: Catalog) => FieldInfo | undefined;
}

/** Rows of the fields that share one timeline on the original's wire. */
export interface WireRows {
  readonly timeline: string;
  /** Name asked for -> the Reader's own. */
  readonly columnOf: Map<string, string>;
  batches: Batch[];
  finalizedUntil: number;
}

/**
 * Appends the rows of a batch in which one of the fields has a value, under the names that were asked for; `stride` leaves
 * out what is nearer than so many seconds to the row before.
 */
export function appendRows(rows: WireRows, { t, columns }: Batch, stride: number | null): void {
  const own = new Map<string, Column>();
  for (const [name, source] of rows.columnOf) {
    const column = columns.get(source);
    if (column) own.set(name, column);
  }
  if (own.size === 0 || t.length === 0) return;
  const batch = { t, columns: own };
  const added = stride === null ? batch : takeRows(batch, minStride(t, stride, rows.batches.at(-1)?.t.at(-1)));
  if (added.t.length > 0) rows.batches.push(added);
}

/** The rows at the given indexes. */
export function takeRows({ t, columns }: Batch, indexes: Uint32Array): Batch {
  const taken = new Map<string, Column>();
  for (const [name, column] of columns) taken.set(name, takeColumn(column, indexes));
  return { t: Float64Array.from(indexes, (i) => t[i]!), columns: taken };
}

/** How many rows there are. */
export function rowCount(batches: readonly Batch[]): number {
  return batches.reduce((sum, { t }) => sum + t.length, 0);
}
