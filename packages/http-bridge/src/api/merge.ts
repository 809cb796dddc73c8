import type { Column } from '@sisock/core';
import { columnsOf, type RowSource } from './row-source.js';

/** Where a source of a merged answer is. */
export interface Head {
  readonly source: RowSource;
  /** Which cell of a line the first column has. */
  readonly cell: number;
  columns: (Column | undefined)[];
  row: number;
}

/** The sources that have rows, each with the cell of a line where its columns begin. */
export function headsOf(sources: readonly RowSource[]): Head[] {
  let cell = 0;
  const heads: Head[] = [];
  for (const source of sources) {
    if (source.batch) heads.push({ source, cell, columns: columnsOf(source), row: 0 });
    cell += source.columns.length;
  }
  return heads;
}

export function timeOf({ source, row }: Head): number {
  return source.batch!.t[row]!;
}

/** Takes the next batch where one is at its end; sources without any more are left out. */
export async function refill(heads: Head[]): Promise<void> {
  for (const head of [...heads]) {
    if (head.row < head.source.batch!.t.length) continue;
    do await head.source.advance();
    while (head.source.batch?.t.length === 0);
    if (head.source.error) throw head.source.error;
    head.row = 0;
    head.columns = columnsOf(head.source);
    if (!head.source.batch) heads.splice(heads.indexOf(head), 1);
  }
}
