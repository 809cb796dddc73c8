import {
  type Catalog,
  type Chunk,
  type FieldInfo,
  isEmptyRange,
  readAll,
  type Reader,
  type ReadQuery,
  type TimelineInfo,
  type TimeRange,
  toSisockError,
} from '@sisock/core';
import { encodeData, encodeFields, type TimelineData } from '@sisock/wamp';
import type { NodeLimits } from './limits.js';
import type { StridedReader } from './node-reader.js';
import { appendRows, type OriginalNames, rowCount, type WireRows } from './original-rows.js';
import { limitRows } from './row-limit.js';

/** What `get_data` was asked, its times resolved. */
export interface DataRequest {
  readonly fields: readonly string[];
  readonly range: TimeRange;
  /** Seconds, above 0; null when all samples are wanted. */
  readonly minStride: number | null;
}

export interface AnswerOptions {
  readonly limits: NodeLimits;
  readonly names: OriginalNames;
  /** Most samples a field in one answer; more are thinned, extremes kept. */
  readonly maxPoints?: number | undefined;
  readonly signal: AbortSignal;
}

/** The original's answer to `get_fields`. */
export async function answerGetFields(
  reader: Reader,
  range: TimeRange,
  { names, signal }: Pick<AnswerOptions, 'names' | 'signal'>,
): Promise<unknown> {
  return encodeFields(renamed(await reader.catalog(range, signal), names));
}

/** The original's answer to `get_data`: `minStride` first, then `maxPoints`, then the allowance. */
export async function answerGetData(
  reader: Reader,
  request: DataRequest,
  options: AnswerOptions,
): Promise<{ readonly answer: unknown; readonly points: number }> {
  const nothing = isEmptyRange(request.range) || request.fields.length === 0;
  const all = nothing ? [] : await gather(reader, request, options).catch(falseAboveAllowance);
  if (all === false) return { answer: false, points: 0 };
  return { answer: encodeData(all, request.fields), points: valuesIn(all) };
}

/** A Reader with an allowance of its own says so by this error; the original's wire says `false`. */
function falseAboveAllowance(thrown: unknown): false {
  if (toSisockError(thrown).code === 'too_large') return false;
  throw thrown;
}

/** The catalog as it is named on the original's wire. */
function renamed(catalog: Catalog, names: OriginalNames): Catalog {
  if (!names.field && !names.timeline) return catalog;
  const fields = new Map<string, FieldInfo>();
  const timelines = new Map<string, TimelineInfo & { readonly fields: string[] }>();
  for (const info of catalog.fields.values()) {
    const name = wireField(info, names);
    if (fields.has(name)) continue;
    const timeline = wireTimeline(info, names);
    fields.set(name, { ...info, name, timeline });
    const { interval = null, extent = null } = catalog.timelines.get(info.timeline) ?? {};
    const entry = timelines.get(timeline) ?? { name: timeline, interval, extent, fields: [] };
    entry.fields.push(name);
    timelines.set(timeline, entry);
  }
  return { fields, timelines };
}

async function gather(
  reader: Reader,
  request: DataRequest,
  { limits, names, maxPoints, signal }: AnswerOptions,
): Promise<readonly TimelineData[] | false> {
  const { range, minStride } = request;
  const plans = planOf(await reader.catalog(range, signal), request.fields, names);
  const all = [...plans.values()].flat();
  const thin = (to: (rows: WireRows) => number) => {
    for (const rows of all) rows.batches = limitRows(rows.batches, to(rows));
  };
  for (const [timeline, group] of plans) {
    const fields = [...new Set(group.flatMap((rows) => [...rows.columnOf.values()]))];
    let finalizedUntil = Infinity;
    for await (const chunk of chunksOf(reader, { timeline, fields, range }, minStride, signal)) {
      finalizedUntil = Math.min(finalizedUntil, chunk.finalizedUntil);
      for (const batch of chunk.batches) for (const rows of group) appendRows(rows, batch, minStride);
      for (let values = valuesIn(all); values > limits.allowance;) {
        if (maxPoints === undefined) return false;
        thin((rows) => Math.max(maxPoints, rowCount(rows.batches) >> 1));
        const left = valuesIn(all);
        if (left === values) return false;
        values = left;
      }
    }
    // The wire's null says that all requested data are final.
    for (const rows of group) rows.finalizedUntil = finalizedUntil >= range.end ? Infinity : finalizedUntil;
  }
  if (maxPoints !== undefined) thin(() => maxPoints);
  return all;
}

async function* chunksOf(
  reader: Reader & Partial<Pick<StridedReader, 'readStrided'>>,
  query: Omit<ReadQuery, 'cursor' | 'maxSamples'>,
  stride: number | null,
  signal: AbortSignal,
): AsyncGenerator<Chunk> {
  if (stride !== null && reader.readStrided) yield await reader.readStrided(query, stride, signal);
  else yield* readAll(reader, query, signal);
}

/** For each timeline of the Reader, the timelines of the wire that are made of it. Unknown fields have none. */
function planOf(catalog: Catalog, asked: readonly string[], names: OriginalNames): Map<string, WireRows[]> {
  const byWireName = new Map<string, FieldInfo>();
  for (const info of catalog.fields.values()) {
    const name = wireField(info, names);
    if (!byWireName.has(name)) byWireName.set(name, info);
  }
  const plans = new Map<string, WireRows[]>();
  for (const name of asked) {
    const info = byWireName.get(name) ?? catalog.fields.get(name) ?? names.find?.(name, catalog);
    if (!info) continue;
    const timeline = wireTimeline(info, names);
    const group = plans.get(info.timeline) ?? [];
    plans.set(info.timeline, group);
    let rows = group.find((one) => one.timeline === timeline);
    if (!rows) group.push((rows = { timeline, columnOf: new Map(), batches: [], finalizedUntil: Infinity }));
    rows.columnOf.set(name, info.name);
  }
  return plans;
}

function valuesIn(all: readonly { readonly batches: TimelineData['batches'] }[]): number {
  let sum = 0;
  for (const { batches } of all) for (const { t, columns } of batches) sum += t.length * columns.size;
  return sum;
}

function wireField(info: FieldInfo, names: OriginalNames): string {
  return names.field?.(info) ?? info.name;
}

function wireTimeline(info: FieldInfo, names: OriginalNames): string {
  return names.timeline?.(info) ?? info.timeline;
}
