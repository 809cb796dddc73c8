import { asFloat64, SisockError, medianStep, type TimeRange, toSisockError } from '@sisock/core';
import { fetchSeries } from '../plan/fetch.js';
import { type Group, groupFields } from '../plan/groups.js';
import { bucketsOfColumn } from '../plan/points.js';
import { fullName, type KnownField } from '../plan/resolve.js';
import type { Series } from '../plan/series.js';
import { withDeadline } from '../site/deadline.js';
import type { SiteView } from '../site/view.js';
import { bucketsOfStep, coarser, type Grid, gridEnd } from './grid.js';
import { bucketMeans, bucketTimes, type Points } from './samples.js';

/** Points of a field and the usual seconds between them. */
export interface FieldPoints extends Points {
  readonly step: number | null;
}

export interface FieldFetch {
  /** What was asked, by {@link fullName}. */
  readonly fields: readonly KnownField[];
  /** Seconds that the past is moved forward by. */
  readonly shift: number;
  readonly range: TimeRange;
  readonly grid: Grid;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

export type FieldAnswers = ReadonlyMap<string, FieldPoints | SisockError>;

/** Fields to draw: all samples where they are few, else the extremes of each bucket; no value in a gap. */
export async function fetchDrawn(view: SiteView, asked: FieldFetch): Promise<FieldAnswers> {
  const { fields, shift, range, grid, deadlineMs, signal } = asked;
  const answers = await fetchSeries(view, fields, {
    range: { start: grid.start - shift, end: gridEnd(grid) - shift },
    points: bucketsOfColumn * grid.count,
    method: 'minmax',
    edges: false,
    deadlineMs,
    signal,
  });
  const points = new Map<string, FieldPoints | SisockError>();
  for (const field of fields) {
    const name = fullName(field);
    const series = answers.get(name);
    if (series) points.set(name, 'column' in series ? drawn(series, field, shift, range) : series);
  }
  return points;
}

function drawn({ t, column, gaps, method }: Series, { timeline }: KnownField, shift: number, range: TimeRange) {
  if (column.kind === 'str') return { t: new Float64Array(0), v: new Float64Array(0), step: null };
  const values = asFloat64(column);
  const times: number[] = [];
  const kept: number[] = [];
  let nextGap = 0;
  for (let i = 0; i < t.length; i++) {
    const time = t[i]! + shift;
    // Reduced samples stand for whole buckets; the samples themselves are cut to what was asked.
    const inside = method !== 'raw' || (time >= range.start && time < range.end);
    if (inside) {
      times.push(time);
      kept.push(values[i]!);
    }
    if (gaps[nextGap] !== i) continue;
    nextGap++;
    if (!inside) continue;
    times.push((t[i]! + t[i + 1]!) / 2 + shift);
    kept.push(NaN);
  }
  return { t: Float64Array.from(times), v: Float64Array.from(kept), step: stepOf(timeline?.interval, t) };
}

/** Steps that a value may be held for: what lasts longer is a gap. */
const stepsHeld = 3;

/**
 * Fields as one value a step: the mean of each bucket, the bucket before it where a series that goes on has no sample,
 * none in a gap. The step is the grid's, or as many of its buckets as samples are apart.
 */
export async function fetchMeans(view: SiteView, asked: FieldFetch, now: number): Promise<FieldAnswers> {
  const answers = new Map<string, FieldPoints | SisockError>();
  await Promise.all(
    groupFields(asked.fields).map(async (group) => {
      const name = (field: string) => `${group.node}::${field}`;
      try {
        const means = await meansOf(view, group, asked);
        for (const field of group.fields) answers.set(name(field), regular(means.get(field), group, asked, now));
      } catch (thrown) {
        const error = toSisockError(thrown);
        for (const field of group.fields) answers.set(name(field), error);
      }
    }),
  );
  return answers;
}

function meansOf(view: SiteView, group: Group, { shift, grid, deadlineMs, signal }: FieldFetch) {
  const { node, timeline, fields } = group;
  return withDeadline(deadlineMs, signal, `data node ${node}`, async (within) => {
    const query = { timeline, fields, ...grid, start: grid.start - shift, want: ['mean'] } as const;
    const reduced = await view.reader(node).reduce(query, within);
    const means = new Map<string, Float64Array>();
    for (const [field, answer] of reduced.fields) {
      if (answer.kind !== 'stats' || answer.mean?.length !== grid.count) {
        throw new SisockError('bad_data', `data node ${node} answered with something else than a mean a bucket`);
      }
      means.set(field, answer.mean);
    }
    return means;
  });
}

function regular(
  mean: Float64Array | undefined,
  { interval }: Group,
  { grid, range }: FieldFetch,
  now: number,
): FieldPoints {
  const v = mean ?? new Float64Array(grid.count).fill(NaN);
  const t = bucketTimes(grid);
  const step = stepOf(
    interval,
    t.filter((_, i) => Number.isFinite(v[i])),
  );
  const wide = coarser(grid, bucketsOfStep(step ?? 0, grid.width));
  const means = bucketMeans({ t, v }, wide);
  const end = Math.min(range.end, now);
  return { ...fillHoles({ t: bucketTimes(wide), v: means }, end), step: wide.width };
}

/** Fills runs of buckets without a value that are too short for a gap with the value before them, up to the end. */
function fillHoles({ t, v }: Points, end: number): Points {
  const filled = v.slice();
  let last = -1;
  for (let i = 0; i <= v.length; i++) {
    const ends = i === v.length || t[i]! >= end;
    if (!ends && !Number.isFinite(v[i])) continue;
    if (last >= 0 && i - last <= stepsHeld) filled.fill(v[last]!, last + 1, i);
    if (ends) break;
    last = i;
  }
  return { t, v: filled };
}

function stepOf(interval: number | null | undefined, t: Float64Array): number | null {
  const told = typeof interval === 'number' && interval > 0 && Number.isFinite(interval) ? interval : 0;
  return Math.max(told, medianStep(t) ?? 0) || null;
}
