import { csvText, csvTime, type CsvTime, csvValue } from '../encode/csv.js';
import type { AnswerStream } from '../http/stream.js';
import { type Head, headsOf, refill, timeOf } from './merge.js';
import { pieceBytes, type RowSource } from './row-source.js';

/**
 * CSV of any sources: a header, then the rows of all of them in the order of time, one column a field. Rows of
 * different timelines with the very same time share a line; where a field has no sample, its cell is empty.
 * Sources must have been advanced once. An error after the first byte is thrown: a line can't tell of it.
 */
export async function writeCsv(stream: AnswerStream, sources: readonly RowSource[], form: CsvTime): Promise<number> {
  const names = sources.flatMap((source) => source.columns.map(({ name }) => name));
  let text = `${['time', ...names.map(csvText)].join(',')}\r\n`;
  const heads = headsOf(sources);
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

function fill(cells: string[], { columns, cell, row }: Head): void {
  for (let i = 0; i < columns.length; i++) {
    const column = columns[i];
    if (column) cells[cell + i] = csvValue(column, row);
  }
}
