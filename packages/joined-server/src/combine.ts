import {
  type Batch,
  bucketOf,
  type BucketSamples,
  type BucketStats,
  concatColumns,
  reduceBatches,
  type ReducedField,
  type ReducedSamples,
  type ReduceQuery,
  sliceColumn,
} from '@sisock/core';

/** One field's reductions: of the buckets before those that are read, of all buckets by the feed, and the feed's counts. */
export interface Reductions {
  readonly before: ReducedField | undefined;
  readonly after: ReducedField | undefined;
  readonly counts: ReducedField | undefined;
}

/** The buckets that are read, both inclusive. */
export interface Between {
  readonly from: number;
  readonly to: number;
}

/** Statistics bucket by bucket from where they were made. Null where no row is in any. */
export function combineStats(
  query: ReduceQuery,
  name: string,
  { before, after, counts }: Reductions,
  rows: readonly Batch[],
  { from, to }: Between,
): BucketStats | null {
  const middle = reduceBatches({ ...query, fields: [name] }, rows).get(name);
  const hasAfter = countAfter(counts, to) > 0;
  if (before === undefined && middle === undefined && !hasAfter) return null;
  const parts = [before, middle, hasAfter ? after : undefined].map((part) =>
    part?.kind === 'stats' ? part : undefined,
  );
  const partOf = (k: number) => parts[k < from ? 0 : k <= to ? 1 : 2];
  const numbers = (pick: (stats: BucketStats) => Float64Array | undefined, empty: number) => {
    const sources = parts.map((part) => part && pick(part));
    return Float64Array.from({ length: query.count }, (_, k) => sources[parts.indexOf(partOf(k))]?.[k] ?? empty);
  };
  const samples = (pick: (stats: BucketStats) => BucketSamples | undefined): BucketSamples => ({
    t: numbers((stats) => pick(stats)?.t, NaN),
    v: numbers((stats) => pick(stats)?.v, NaN),
  });
  const want = query.want as readonly string[];
  return {
    kind: 'stats',
    ...(want.includes('count') && { count: numbers((stats) => stats.count, 0) }),
    ...(want.includes('min') && { min: samples((stats) => stats.min) }),
    ...(want.includes('max') && { max: samples((stats) => stats.max) }),
    ...(want.includes('first') && { first: samples((stats) => stats.first) }),
    ...(want.includes('last') && { last: samples((stats) => stats.last) }),
    ...(want.includes('mean') && { mean: numbers((stats) => stats.mean, NaN) }),
  };
}

/** Samples of M4 or min-max, which each bucket has for itself. Null where no row is in any. */
export function combineSamples(
  query: ReduceQuery,
  name: string,
  { before, after, counts }: Reductions,
  rows: readonly Batch[],
  { to }: Between,
): ReducedSamples | null {
  const middle = samplesOf(reduceBatches({ ...query, fields: [name] }, rows).get(name));
  const older = samplesOf(before);
  const newer = behind(query, samplesOf(after), to);
  const from = (older?.from ?? 0) + (middle?.from ?? 0) + countAfter(counts, to);
  return joined([older, middle, newer], from, middle?.method);
}

/**
 * State changes, which go on from bucket to bucket: what the sources kept as their last or first sample may be no change in
 * the whole, so the buckets of those are read too. Null where that can't be done by parts.
 */
export async function combineChanges(
  query: ReduceQuery,
  name: string,
  { before, after, counts }: Reductions,
  read: (first: number, last: number) => Promise<readonly Batch[]>,
  { from, to }: Between,
): Promise<ReducedSamples | null> {
  const older = samplesOf(before);
  const all = samplesOf(after);
  const firstRead = older === null ? from : bucketOf(query, older.t.at(-1)!);
  const lastRead = all === null ? to : Math.max(to, bucketOf(query, all.t[0]!));
  const rows = await read(firstRead, lastRead);
  const kept =
    older === null
      ? null
      : cut(
          older,
          0,
          older.t.findIndex((t) => bucketOf(query, t) >= firstRead),
        );
  const tail = behind(query, all, lastRead);
  const seed = kept && kept.t.length > 0 ? cut(kept, kept.t.length - 1, kept.t.length) : null;
  const next = tail === null ? null : cut(tail, 0, 1);
  const around = [...(seed ? [batchOf(name, seed)] : []), ...rows, ...(next ? [batchOf(name, next)] : [])];
  const middle = samplesOf(reduceBatches({ ...query, want: 'changes', fields: [name] }, around).get(name));
  if (middle === null) return null;
  const own = cut(middle, seed ? 1 : 0, middle.t.length - (next ? 1 : 0));
  let counted = older?.from ?? 0;
  for (const { t } of rows) for (const time of t) if (bucketOf(query, time) >= from) counted++;
  return joined([kept, own, tail], counted + countAfter(counts, lastRead), 'changes');
}

function samplesOf(field: ReducedField | undefined): ReducedSamples | null {
  return field?.kind === 'samples' ? field : null;
}

function countAfter(counts: ReducedField | undefined, to: number): number {
  let sum = 0;
  const list = counts?.kind === 'stats' ? counts.count : undefined;
  for (let k = to + 1; list !== undefined && k < list.length; k++) sum += list[k]!;
  return sum;
}

function cut(samples: ReducedSamples, from: number, to: number): ReducedSamples {
  return { ...samples, t: samples.t.slice(from, to), column: sliceColumn(samples.column, from, to) };
}

/** The samples in buckets behind `to`; null for none. */
function behind(query: ReduceQuery, samples: ReducedSamples | null, to: number): ReducedSamples | null {
  const first = samples?.t.findIndex((t) => bucketOf(query, t) > to) ?? -1;
  return samples === null || first < 0 ? null : cut(samples, first, samples.t.length);
}

function batchOf(name: string, { t, column }: ReducedSamples): Batch {
  return { t, columns: new Map([[name, column]]) };
}

function joined(
  parts: readonly (ReducedSamples | null)[],
  from: number,
  method: ReducedSamples['method'] | undefined,
): ReducedSamples | null {
  const filled = parts.filter((part) => part !== null && part.t.length > 0) as ReducedSamples[];
  if (filled.length === 0) return null;
  const t = Float64Array.from(filled.flatMap((part) => [...part.t]));
  return {
    kind: 'samples',
    method: method ?? filled[0]!.method,
    t,
    column: concatColumns(filled.map((p) => p.column)),
    from,
    ...blockWidthOf(filled),
  };
}

/** Of the widest: the stored buckets of one part may be narrower than those of another. */
function blockWidthOf(parts: readonly ReducedSamples[]): Pick<ReducedSamples, 'blockWidth'> {
  const widths = parts.flatMap(({ blockWidth }) => blockWidth ?? []);
  return widths.length === 0 ? {} : { blockWidth: Math.max(...widths) };
}
