import { writeValue } from '../encode/columns.js';
import { JsonWriter } from '../encode/json-writer.js';
import type { AnswerStream } from '../http/stream.js';
import { columnsOf, isFull, type RowSource } from './row-source.js';

/** What a writer counted. */
export interface Written {
  readonly points: number;
  readonly nonFinite: number;
}

/**
 * `[{"time": ms, "field": name, "value": v}, ...]`, field by field of each piece: what Infinity and the like read without
 * a selector. An error after the first byte is thrown: a row can't tell of it.
 */
export async function writeRows(stream: AnswerStream, sources: readonly RowSource[]): Promise<Written> {
  const out = new JsonWriter();
  let points = 0;
  out.raw('[');
  for (const source of sources) {
    while (source.batch) {
      const { t } = source.batch;
      for (const [c, column] of columnsOf(source).entries()) {
        if (!column) continue;
        const middle = `,"field":${JSON.stringify(source.columns[c]!.name)},"value":`;
        for (let i = 0; i < t.length; i++) {
          out.raw(points++ > 0 ? ',{"time":' : '{"time":').millis(t[i]!);
          out.text(middle);
          writeValue(out, column, i);
          out.raw('}');
          if (isFull(out)) await stream.write(out.take());
        }
      }
      await source.advance();
    }
    if (source.error) throw source.error;
  }
  out.raw(']');
  await stream.write(out.take());
  return { points, nonFinite: out.nonFinite };
}
