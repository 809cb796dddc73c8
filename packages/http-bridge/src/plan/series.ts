import {
  type Batch,
  type Column,
  concatColumns,
  lowerBound,
  type Buckets,
  findGaps,
  type SampleMethod,
  sliceColumn,
} from '@sisock/core';
import { isUnusualHere, longestStep } from './cadence.js';

/** What is known of one field in a range: all of its samples, or some chosen for drawing. */
export interface Series {
  readonly t: Float64Array;
  readonly column: Column;
  /** How the samples were chosen; `raw`: all of them. */
  readonly method: 'raw' | SampleMethod;
  /** How many samples stand behind the points. */
  readonly samples: number;
  /** Indexes after which the line is broken. */
  readonly gaps: ArrayLike<number>;
  /** Data before it will not change; -Infinity where nothing is promised. */
  readonly finalizedUntil: number;
}

interface Samples {
  readonly t: Float64Array;
  readonly column: Column;
}

interface Origin {
  readonly method: 'raw' | SampleMethod;
  readonly samples: number;
  readonly interval: number | null;
  readonly buckets: Buckets | null;
  /** Of the stored buckets that the samples were taken from: see ReducedSamples. */
  readonly blockWidth?: number | undefined;
  readonly finalizedUntil: number;
  /** Samples outside are dropped, but for one on each side where `edges` asks for them. */
  readonly range: { readonly start: number; readonly end: number };
  readonly edges: boolean;
}

/** A field without a sample in the range. */
export function emptySeries(finalizedUntil: number): Series {
  const column: Column = { kind: 'f64', v: new Float64Array(0) };
  return { t: new Float64Array(0), column, method: 'raw', samples: 0, gaps: [], finalizedUntil };
}

/** The series of a field: its samples cut to the range, with its gaps found. */
export function makeSeries(given: Samples, origin: Origin): Series {
  const { method, finalizedUntil } = origin;
  const { t, column, outside } = cut(given, origin);
  const gaps = gapsOf(t, origin);
  const samples = method === 'raw' ? t.length : Math.max(t.length, origin.samples - outside);
  return { t, column, method, samples, gaps, finalizedUntil };
}

function gapsOf(t: Float64Array, { method, interval, buckets, blockWidth }: Origin): ArrayLike<number> {
  const chosen = method === 'raw' || buckets === null ? null : { buckets, blockWidth };
  const maxStep = longestStep(t, interval, method, chosen);
  if (maxStep === null) return [];
  const gaps = findGaps(t, { maxStep, ...chosen, ...(method === 'minmax' && { method }) });
  return gaps.filter((i) => isUnusualHere(t, i, chosen));
}

function cut({ t, column }: Samples, { range, edges }: Origin) {
  const n = t.length;
  const first = lowerBound(t, range.start);
  const end = lowerBound(t, range.end);
  const from = edges ? Math.max(0, first - 1) : first;
  const to = edges ? Math.min(n, end + 1) : end;
  return { t: t.subarray(from, to), column: sliceColumn(column, from, to), outside: n - (to - from) };
}

/** The samples of one field out of batches, in order, as one column (kinds are widened); null where there is none. */
export function samplesOf(batches: readonly Batch[], field: string): Samples | null {
  const times: Float64Array[] = [];
  const columns: Column[] = [];
  for (const { t, columns: all } of batches) {
    const column = all.get(field);
    if (!column || t.length === 0) continue;
    times.push(t);
    columns.push(column);
  }
  return times.length === 0 ? null : { t: joined(times), column: concatColumns(columns) };
}

function joined(parts: readonly Float64Array[]): Float64Array {
  if (parts.length === 1) return parts[0]!;
  const all = new Float64Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
