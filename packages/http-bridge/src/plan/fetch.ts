import {
  type Buckets,
  collect,
  type Reader,
  type Reduced,
  SisockError,
  type TimeRange,
  toSisockError,
} from '@sisock/core';
import { withDeadline } from '../site/deadline.js';
import type { SiteView } from '../site/view.js';
import { type Group, groupFields } from './groups.js';
import { fullName, type KnownField } from './resolve.js';
import { emptySeries, makeSeries, samplesOf, type Series } from './series.js';
import { capSeries } from './strict.js';

/** What every field came to: its series, or what went wrong with its node. Keys are `node::field`. */
export type Answers = ReadonlyMap<string, Series | SisockError>;

export interface FetchOptions {
  readonly range: TimeRange;
  /** Buckets over the range. A field with no more samples keeps all. */
  readonly points: number;
  /** What each bucket keeps: its first, least, greatest and last sample, or its least and greatest. */
  readonly method: 'm4' | 'minmax';
  /** Never more points than this, with `points` the half of it and `minmax`. */
  readonly most?: number | undefined;
  /** Adds the last sample before the range and the first after it, where near, so that lines reach the edges. */
  readonly edges: boolean;
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
}

/** Fetches fields of any nodes, all nodes and timelines at once, each with the deadline; one call a node and timeline. */
export async function fetchSeries(
  view: SiteView,
  fields: readonly KnownField[],
  options: FetchOptions,
): Promise<Answers> {
  const answers = new Map<string, Series | SisockError>();
  await Promise.all(
    groupFields(fields).map(async (group) => {
      const name = (field: string) => `${group.node}::${field}`;
      try {
        const series = await fetchGroup(view, group, options);
        for (const field of group.fields) answers.set(name(field), capped(series.get(field)!, options));
      } catch (thrown) {
        const error = toSisockError(thrown);
        for (const field of group.fields) answers.set(name(field), error);
      }
    }),
  );
  return answers;
}

function capped(series: Series, { most, range }: FetchOptions): Series {
  return most === undefined ? series : capSeries(series, most, range);
}

/** Up to so many samples are all kept. */
function allKept({ points, most }: FetchOptions): number {
  return most ?? points;
}

/** The answer for one field. */
export function answerFor(answers: Answers, field: KnownField): Series | SisockError {
  return answers.get(fullName(field)) ?? new SisockError('internal', `${fullName(field)} was not asked for`);
}

async function fetchGroup(view: SiteView, group: Group, options: FetchOptions): Promise<ReadonlyMap<string, Series>> {
  const { range, deadlineMs, signal } = options;
  if (!(range.end > range.start)) return new Map(group.fields.map((f) => [f, emptySeries(-Infinity)]));
  return withDeadline(deadlineMs, signal, `data node ${group.node}`, async (within) => {
    const reader = view.reader(group.node);
    if (expectedSamples(group, range) <= 2 * allKept(options)) {
      const all = await readIfFew(reader, group, options, within);
      if (all) return all;
    }
    const reduced = await reduceGroup(reader, group, options, within);
    const few = [...reduced.values()].every((series) => series.samples <= allKept(options));
    return (few && (await readIfFew(reader, group, options, within))) || reduced;
  });
}

/** As many samples as the node's interval lets expect; 0 where nothing is known, so that reading is tried first. */
function expectedSamples({ interval, extent }: Group, range: TimeRange): number {
  if (interval === null) return 0;
  const start = Math.max(range.start, extent?.start ?? -Infinity);
  const end = Math.min(range.end, extent?.end ?? Infinity);
  return Math.max(0, end - start) / interval;
}

/** All samples of the group, or null where there are more than points. */
async function readIfFew(
  reader: Reader,
  group: Group,
  options: FetchOptions,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Series> | null> {
  const { range, edges } = options;
  const margin = edges ? marginOf(group) : 0;
  const wide = { start: range.start - margin, end: range.end + margin };
  const maxRows = allKept(options) + (margin > 0 ? 4 : 0);
  const query = { timeline: group.timeline, fields: group.fields, range: wide };
  try {
    const { batches, finalizedUntil } = await collect(reader, query, { maxRows, signal });
    return new Map(
      group.fields.map((field) => {
        const samples = samplesOf(batches, field);
        const origin = { method: 'raw', samples: 0, interval: group.interval, buckets: null } as const;
        return [
          field,
          samples ? makeSeries(samples, { ...origin, range, edges, finalizedUntil }) : emptySeries(finalizedUntil),
        ];
      }),
    );
  } catch (thrown) {
    if (toSisockError(thrown).code === 'too_large') return null;
    throw thrown;
  }
}

async function reduceGroup(
  reader: Reader,
  group: Group,
  { range, points, method, edges }: FetchOptions,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Series>> {
  const count = tellApart(points, range);
  const width = (range.end - range.start) / count;
  const extra = edges ? Math.min(count, Math.ceil(marginOf(group) / width)) : 0;
  const buckets: Buckets = { start: range.start - extra * width, width, count: count + 2 * extra };
  const query = {
    timeline: group.timeline,
    fields: group.fields,
    ...buckets,
    want: method,
  };
  const reduced = await reader.reduce(query, signal);
  return new Map(group.fields.map((field) => [field, seriesOf(reduced, field, group, { range, edges, buckets })]));
}

function seriesOf(
  { fields, finalizedUntil }: Reduced,
  field: string,
  { node, interval }: Group,
  cut: { readonly range: TimeRange; readonly edges: boolean; readonly buckets: Buckets },
): Series {
  const found = fields.get(field);
  if (!found) return emptySeries(finalizedUntil);
  if (found.kind !== 'samples') {
    throw new SisockError('bad_data', `data node ${node} answered with statistics where samples were asked for`);
  }
  const { t, column, method, from, blockWidth } = found;
  return makeSeries({ t, column }, { method, samples: from, interval, finalizedUntil, blockWidth, ...cut });
}

/** How far beyond the range a neighbour may be and still be joined by a line. */
export function marginOf({ interval }: Group): number {
  return interval === null ? 0 : 1.5 * interval;
}

/** Buckets narrower than doubles are apart at these times would be no buckets. */
function tellApart(points: number, { start, end }: TimeRange): number {
  const finest = Math.max(Math.abs(start), Math.abs(end)) * 2 ** -50;
  return Math.max(1, Math.min(points, Math.floor((end - start) / finest)));
}
