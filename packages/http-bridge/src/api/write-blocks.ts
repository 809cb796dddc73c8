import { sliceBatch } from '@sisock/core';
import { writeTimes, writeValues } from '../encode/columns.js';
import { JsonWriter } from '../encode/json-writer.js';
import type { AnswerStream } from '../http/stream.js';
import { columnsOf, isFull, type RowSource } from './row-source.js';
import type { Written } from './write-rows.js';

/** Rows of a block: what is turned into text before the client has taken what was before it. */
const blockRows = 5000;

/**
 * `{"node","timeline","time":[s...],"values":{"node::field":[...]}}` blocks, comma separated: one timeline after the
 * other, each in rising time. A source that fails ends its own blocks only: its `error` tells.
 */
export async function writeBlocks(stream: AnswerStream, sources: readonly RowSource[]): Promise<Written> {
  const out = new JsonWriter();
  let points = 0;
  let first = true;
  for (const source of sources) {
    const head = `{"node":${JSON.stringify(source.node)},"timeline":${JSON.stringify(source.timeline)}`;
    while (source.batch) {
      const whole = source.batch;
      for (let from = 0; from < whole.t.length; from += blockRows) {
        source.batch = sliceBatch(whole, from, Math.min(from + blockRows, whole.t.length));
        if (!first) out.raw(',');
        first = false;
        out.text(head).raw(',"time":[');
        points += writeBlock(out, source);
        if (isFull(out)) await stream.write(out.take());
      }
      await source.advance();
    }
  }
  await stream.write(out.take());
  return { points, nonFinite: out.nonFinite };
}

function writeBlock(out: JsonWriter, source: RowSource): number {
  const { t } = source.batch!;
  writeTimes(out, t);
  out.raw('],"values":{');
  let written = 0;
  for (const [c, column] of columnsOf(source).entries()) {
    if (!column) continue;
    if (written > 0) out.raw(',');
    out.json(source.columns[c]!.name).raw(':[');
    writeValues(out, column);
    out.raw(']');
    written++;
  }
  out.raw('}}');
  return written * t.length;
}
