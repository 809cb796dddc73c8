import { expect } from '@jest/globals';
import { type Batch, type Chunk, collect, type Reader, sliceBatch, type TimeRange } from '@sisock/core';
import { type Sample, samplesOf } from '../batch-of.js';
import type { FixtureTimeline } from './fixture.js';
import type { ContractContext } from './reader-contract.js';

/** Rows of batches with `start <= t < end`. */
export function rowsWithin(batches: readonly Batch[], { start, end }: TimeRange): Batch[] {
  return batches.flatMap((batch) => {
    const inside = batch.t.map((t) => (t >= start && t < end ? 1 : 0));
    const from = inside.indexOf(1);
    return from < 0 ? [] : [sliceBatch(batch, from, inside.lastIndexOf(1) + 1)];
  });
}

/** What the fixture says a field of a timeline holds in a range. */
export function expectedSamples(batches: readonly Batch[], field: string, range: TimeRange): Sample[] {
  return samplesOf(rowsWithin(batches, range), field);
}

/** Checks what is true of every chunk. */
export function checkChunk(chunk: Chunk, range: TimeRange, maxSamples: number): void {
  let rows = 0;
  let before = -Infinity;
  for (const batch of chunk.batches) {
    rows += batch.t.length;
    expect(batch.columns.size).toBeGreaterThan(0);
    for (const column of batch.columns.values()) expect(column.v.length).toBe(batch.t.length);
    for (const t of batch.t) {
      expect(t).toBeGreaterThanOrEqual(before);
      before = t;
    }
  }
  if (rows > 0) {
    expect(chunk.batches[0]!.t[0]).toBeGreaterThanOrEqual(range.start);
    expect(before).toBeLessThan(range.end);
  }
  expect(rows).toBeLessThanOrEqual(maxSamples);
  expect(typeof chunk.cursor).toBe('string');
  expect(chunk.finalizedUntil).not.toBeNaN();
  expect(typeof chunk.finalizedUntil).toBe('number');
  expect(typeof chunk.revision).toBe('string');
}

/** Reads a range of a fixture's timeline in chunks; checks each. */
export async function readChecked(
  context: ContractContext,
  timeline: FixtureTimeline,
  fields: readonly string[],
  range: TimeRange,
  maxSamples: number,
  cursor?: string,
  reader: Reader = context.reader(),
): Promise<{ batches: Batch[]; cursor: string }> {
  const batches: Batch[] = [];
  let at = cursor;
  for (;;) {
    const query = {
      timeline: context.timelineName(timeline.name),
      fields: fields.map((field) => context.fieldName(field, timeline.name)),
      range,
      maxSamples,
      ...(at !== undefined && { cursor: at }),
    };
    const chunk = await reader.read(query);
    checkChunk(chunk, range, maxSamples);
    batches.push(...chunk.batches);
    if (chunk.done) return { batches, cursor: chunk.cursor };
    expect(chunk.cursor).not.toBe(at);
    at = chunk.cursor;
  }
}

/** All of a timeline at once, straight from the reader. */
export async function readWhole(
  context: ContractContext,
  timeline: FixtureTimeline,
  range: TimeRange,
  reader: Reader = context.reader(),
) {
  const { name, fields } = timeline;
  const query = {
    timeline: context.timelineName(name),
    fields: fields.map((field) => context.fieldName(field.name, name)),
    range,
  };
  return collect(reader, query, { maxRows: 1_000_000 });
}
