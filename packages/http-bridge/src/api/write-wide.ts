import { writeValue } from '../encode/columns.js';
import { JsonWriter } from '../encode/json-writer.js';
import type { AnswerStream } from '../http/stream.js';
import { headsOf, refill, timeOf } from './merge.js';
import { isFull, type RowSource } from './row-source.js';
import type { Written } from './write-rows.js';

/**
 * `[{"time": ms, "node::field": value, ...}, ...]` in the order of time: every row has every field, null where it has no
 * sample at that very time. An error after the first byte is thrown: a row can't tell of it.
 */
export async function writeWide(stream: AnswerStream, sources: readonly RowSource[]): Promise<Written> {
  const out = new JsonWriter();
  const keys = sources.flatMap((source) => source.columns.map(({ name }) => `,${JSON.stringify(name)}:`));
  const heads = headsOf(sources);
  let rows = 0;
  out.raw('[');
  while (heads.length > 0) {
    let t = Infinity;
    for (const head of heads) t = Math.min(t, timeOf(head));
    out.raw(rows++ > 0 ? ',{"time":' : '{"time":').millis(t);
    let next = 0;
    let ended = false;
    const nullsTo = (cell: number) => {
      while (next < cell) out.text(keys[next++]!).raw('null');
    };
    for (const head of heads) {
      if (timeOf(head) !== t) continue;
      nullsTo(head.cell);
      for (const column of head.columns) {
        out.text(keys[next++]!);
        if (column) writeValue(out, column, head.row);
        else out.raw('null');
      }
      ended = ++head.row >= head.source.batch!.t.length || ended;
    }
    nullsTo(keys.length);
    out.raw('}');
    if (ended) await refill(heads);
    if (isFull(out)) await stream.write(out.take());
  }
  out.raw(']');
  await stream.write(out.take());
  return { points: rows, nonFinite: out.nonFinite };
}
