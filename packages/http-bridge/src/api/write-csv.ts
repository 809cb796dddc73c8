import type { Column } from '@sisock/core';
import { csvText, csvTime, type CsvTime, csvValue } from '../encode/csv.js';
import type { AnswerStream } from '../http/stream.js';
import { columnsOf, pieceBytes, type RowSource } from './row-source.js';

interface Head {
  readonly source: RowSource;
  /** Which cell of a line the first column has. */
  readonly cell: number;
  columns: (Column | undefined)[];
  row: number;
}

/**
 * CSV of any sources: a header, then the rows of all of them in the order of time, one column a field. Rows of
 * different timelines with the very same time share a line; where a field has no sample, its cell is empty.
 * Sources must have been advanced once. An error after the first byte is thrown: a line can't tell of it.
 */
export async function writeCsv(stream: AnswerStream, sources: readonly RowSource[], form: CsvTime): Promise<number> {
  const names = sources.flatMap((source) => source.columns.map(({ name }) => name));
  let text = `${['time', ...names.map(csvText)].join(',')}\r\n`;
  let cell = 0;
  const heads: Head[] = [];
  for (const source of sources) {
    if (source.batch) heads.push({ source, cell, columns: columnsOf(source), row: 0 });
    cell += source.columns.length;
  }
  let lines = 0;
  while (heads.length > 0) {
    let t = Infinity;
    for (const head of heads) t = Math.min(t, timeOf(head));
    const cells = new Array<string>(names.length).fill('');
    let ended = false;
    for (const head of heads) {
      if (timeOf(head) !== t) continue;
      fill(cells, head);
      ended = ++head.row >= head.source.batch!.t.length || ended;
    }
    text += `${csvTime(t, form)},${cells.join(',')}\r\n`;
    lines++;
    if (ended) await refill(heads);
    if (text.length >= pieceBytes) {
      await stream.write(text);
      text = '';
    }
  }
  await stream.write(text);
  return lines;
}

function timeOf({ source, row }: Head): number {
  return source.batch!.t[row]!;
}

function fill(cells: string[], { columns, cell, row }: Head): void {
  for (let i = 0; i < columns.length; i++) {
    const column = columns[i];
    if (column) cells[cell + i] = csvValue(column, row);
  }
}

/** Takes the next batch where one is at its end; sources without any more are left out. */
async function refill(heads: Head[]): Promise<void> {
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
