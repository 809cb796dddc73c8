import { type Batch, type Chunk, type Gap, type SisockError, sliceBatch } from '@sisock/core';
import { writeTimes, writeValues } from '../encode/columns.js';
import { JsonWriter } from '../encode/json-writer.js';
import { errorBody } from '../http/errors.js';

export interface LiveMessage {
  readonly text: Buffer;
  readonly points: number;
  readonly nonFinite: number;
}

/** The messages of a chunk, none longer than `rows`. The last one carries the cursor: before it there is none to go on from. */
export function* samplesMessages(chunk: Chunk, node: string, timeline: string, rows: number): Generator<LiveMessage> {
  const pieces: Batch[] = [];
  for (const batch of chunk.batches) {
    for (let from = 0; from < batch.t.length; from += rows) {
      pieces.push(sliceBatch(batch, from, Math.min(from + rows, batch.t.length)));
    }
  }
  for (const [i, piece] of pieces.entries()) {
    yield encode(piece, node, timeline, i === pieces.length - 1 ? chunk.cursor : undefined);
  }
}

function encode({ t, columns }: Batch, node: string, timeline: string, cursor: string | undefined): LiveMessage {
  const out = new JsonWriter(1024);
  out.raw('{"type":"samples","timeline":').json(timeline).raw(',"time":[');
  writeTimes(out, t);
  out.raw('],"values":{');
  let first = true;
  for (const [field, column] of columns) {
    out
      .raw(first ? '' : ',')
      .json(`${node}::${field}`)
      .raw(':[');
    first = false;
    writeValues(out, column);
    out.raw(']');
  }
  out.raw('}');
  if (cursor !== undefined) out.raw(',"cursor":').json(cursor);
  out.raw('}');
  return { text: out.take(), points: t.length * columns.size, nonFinite: out.nonFinite };
}

export function gapMessage({ gap }: Gap, timeline: string): string {
  return JSON.stringify({ type: 'gap', timeline, rows: gap.rows, from: gap.range.start, to: gap.range.end });
}

/** `timeline` where the error is that of one. */
export function errorMessage(error: SisockError, timeline?: string): string {
  return JSON.stringify({ type: 'error', ...(timeline !== undefined && { timeline }), ...errorBody(error) });
}
