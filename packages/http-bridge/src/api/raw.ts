import { type Batch, type Chunk, type Reader, SisockError, sliceBatch, type TimeRange } from '@sisock/core';
import { type Group } from '../plan/groups.js';
import { withDeadline } from '../site/deadline.js';

export interface RawOptions {
  readonly range: TimeRange;
  readonly chunkRows: number;
  /** Longest wait for one chunk. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

/** Rows left to a whole answer, counted down as its groups are read. */
export interface RowBudget {
  rows: number;
  /** True once rows had to be left out. */
  cut: boolean;
}

/**
 * All samples of a group's range, a chunk at a time and only as they are asked for.
 * @throws SisockError whatever the node fails with.
 */
export async function* rawBatches(
  reader: Reader,
  { node, timeline, fields }: Group,
  { range, chunkRows, deadlineMs, signal }: RawOptions,
  budget: RowBudget,
): AsyncGenerator<Batch> {
  if (!(range.end > range.start)) return;
  let cursor: string | undefined;
  for (;;) {
    const query = { timeline, fields, range, maxSamples: chunkRows, ...(cursor !== undefined && { cursor }) };
    const chunk: Chunk = await withDeadline(deadlineMs, signal, `data node ${node}`, (s) => reader.read(query, s));
    let rows = 0;
    for (const batch of chunk.batches) {
      const take = Math.min(batch.t.length, budget.rows);
      if (take < batch.t.length) budget.cut = true;
      budget.rows -= take;
      rows += take;
      if (take > 0) yield take < batch.t.length ? sliceBatch(batch, 0, take) : batch;
    }
    if (chunk.done) return;
    if (budget.rows === 0) {
      budget.cut = true;
      return;
    }
    if (rows === 0 && chunk.cursor === cursor) {
      throw new SisockError('bad_data', `data node ${node} does not get on: its cursor stands still`);
    }
    cursor = chunk.cursor;
  }
}
