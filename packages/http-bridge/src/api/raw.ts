import {
  type Batch,
  lowerBound,
  readAll,
  type Reader,
  type ReadQuery,
  SisockError,
  sliceBatch,
  type TimeRange,
} from '@sisock/core';
import type { Group } from '../plan/groups.js';
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
 * All samples of a group's range, a chunk at a time and only as they are asked for, in rising time: what comes late, and
 * belongs before what was given already, is left to the next request.
 * @throws SisockError whatever the node fails with; `timeout` where it brings no row within the deadline.
 */
export async function* rawBatches(
  reader: Reader,
  { node, timeline, fields }: Group,
  { range, chunkRows, deadlineMs, signal }: RawOptions,
  budget: RowBudget,
): AsyncGenerator<Batch> {
  if (!(range.end > range.start)) return;
  let waitedMs = 0;
  const patient = {
    read: async (query: ReadQuery) => {
      const started = performance.now();
      if (waitedMs > deadlineMs) {
        throw new SisockError('timeout', `data node ${node} brought no row within ${deadlineMs / 1000} s`);
      }
      const chunk = await withDeadline(deadlineMs, signal, `data node ${node}`, (s) => reader.read(query, s));
      waitedMs += performance.now() - started;
      return chunk;
    },
  };
  let newest = -Infinity;
  for await (const chunk of readAll(patient, { timeline, fields, range, maxSamples: chunkRows }, signal)) {
    for (const batch of chunk.batches) {
      const from = lowerBound(batch.t, newest);
      const to = Math.min(batch.t.length, from + budget.rows);
      if (to < batch.t.length) budget.cut = true;
      budget.rows -= to - from;
      if (to === from) continue;
      newest = batch.t[to - 1]!;
      waitedMs = 0;
      yield sliceBatch(batch, from, to);
    }
    if (budget.rows === 0 && !chunk.done) budget.cut = true;
    if (budget.rows === 0) return;
  }
}
