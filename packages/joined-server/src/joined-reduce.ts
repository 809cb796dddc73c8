import {
  type Batch,
  bucketEdge,
  bucketOf,
  type Reader,
  type Reduced,
  reduceByReading,
  type ReducedField,
  type ReduceQuery,
  type Stat,
} from '@sisock/core';
import { combineChanges, combineSamples, combineStats } from './combine.js';
import type { Part } from './join-map.js';
import type { Scope } from './scope.js';

/**
 * What reducing the joined samples gives, by the reductions of the sources: buckets before the boundary are the archive's,
 * those behind it the feed's, and what is between is read. Fields that lie in several timelines of the archive are read.
 */
export async function joinedReduce(
  reader: Pick<Reader, 'read'>,
  scope: Scope,
  query: ReduceQuery,
  signal?: AbortSignal,
): Promise<Reduced> {
  const { archives, feed, feedOnly, boundary } = scope;
  const owners = new Map<string, Part[]>();
  for (const name of query.fields)
    owners.set(
      name,
      archives.filter((part) => part.names.has(name)),
    );
  const results = new Map<string, ReducedField>();
  const take = (fields: ReadonlyMap<string, ReducedField>) => {
    for (const [name, field] of fields) results.set(name, field);
  };
  const jobs: Promise<void>[] = [];
  const scattered = query.fields.filter((name) => owners.get(name)!.length > 1);
  if (scattered.length > 0) {
    const part = { ...query, fields: scattered };
    jobs.push(reduceByReading(reader, part, signal).then(({ fields }) => take(fields)));
  }
  if (feed !== null) {
    const only = archives.length === 0 ? query.fields : query.fields.filter((name) => feedOnly.has(name));
    const names = new Map([...feed.names].filter(([name]) => only.includes(name)));
    if (names.size > 0) jobs.push(reducePart({ ...feed, names }, query, signal).then(take));
  }
  for (const archive of archives) {
    const own = query.fields.filter((name) => owners.get(name)!.length === 1 && owners.get(name)![0] === archive);
    if (own.length > 0)
      jobs.push(reduceAcross(reader, archive, feed, boundary, { ...query, fields: own }, signal).then(take));
  }
  await Promise.all(jobs);
  const fields = new Map(query.fields.flatMap((name) => (results.has(name) ? [[name, results.get(name)!]] : [])));
  return { fields, finalizedUntil: scope.finalizedUntil ?? scope.feedFinal, revision: scope.revision };
}

type Fields = ReadonlyMap<string, ReducedField>;

/** A part's own reduction, under the joined names. */
async function reducePart(
  { source, timeline, names }: Part,
  query: ReduceQuery,
  signal?: AbortSignal,
): Promise<Fields> {
  if (names.size === 0 || query.count === 0) return new Map();
  const asked = { ...query, timeline, fields: [...names.values()] };
  const { fields } = await source.ask((reader, s) => reader.reduce(asked, s), signal);
  return new Map([...names].flatMap(([name, own]) => (fields.has(own) ? [[name, fields.get(own)!]] : [])));
}

async function reduceAcross(
  reader: Pick<Reader, 'read'>,
  archive: Part,
  feed: Part | null,
  boundary: number,
  query: ReduceQuery,
  signal?: AbortSignal,
): Promise<Fields> {
  const { start, count } = query;
  const only = (part: Part): Part => ({
    ...part,
    names: new Map([...part.names].filter(([name]) => query.fields.includes(name))),
  });
  const older = only(archive);
  const newer = feed === null ? null : only(feed);
  if (!(boundary < bucketEdge(query, count))) return reducePart(older, query, signal);
  if (newer === null || newer.names.size === 0) return (await reduceByReading(reader, query, signal)).fields;
  // A rounded time may lie on the other side of the boundary, so that the bucket before it may be touched too.
  const from = boundary - 1e-5 <= start ? 0 : bucketOf(query, boundary - 1e-5);
  const to = boundary + 1e-5 < start ? -1 : Math.max(0, bucketOf(query, boundary + 1e-5));
  const method = typeof query.want === 'string' ? query.want : null;
  const counts: readonly Stat[] = ['count'];
  const [before, after, afterCounts] = await Promise.all([
    from > 0 ? reducePart(older, { ...query, count: from }, signal) : new Map<string, ReducedField>(),
    reducePart(newer, query, signal),
    reducePart(newer, { ...query, want: counts }, signal),
  ]);
  const read = async (fields: readonly string[], first: number, last: number): Promise<Batch[]> => {
    const batches: Batch[] = [];
    const range = { start: bucketEdge(query, first), end: bucketEdge(query, last + 1) };
    if (!(range.end > range.start) || fields.length === 0) return batches;
    let cursor: string | undefined;
    for (;;) {
      const next = {
        timeline: query.timeline,
        fields,
        range,
        maxSamples: 65_536,
        ...(cursor !== undefined && { cursor }),
      };
      const chunk = await reader.read(next, signal);
      batches.push(...chunk.batches);
      if (chunk.done || chunk.cursor === cursor) return batches;
      ({ cursor } = chunk);
    }
  };
  const results = new Map<string, ReducedField>();
  const plain: string[] = [];
  const states: string[] = [];
  for (const name of query.fields) {
    const kinds = [before.get(name), after.get(name)].map((field) => (field?.kind === 'samples' ? field.method : null));
    const isState = method !== null && kinds.some((kind) => kind === 'changes');
    const isMixed = method !== null && kinds.some((kind) => kind !== null && kind !== kinds.find((k) => k !== null));
    if (isMixed) take(results, (await reduceByReading(reader, { ...query, fields: [name] }, signal)).fields);
    else if (isState) states.push(name);
    else plain.push(name);
  }
  const between = await read(plain, from, to);
  for (const name of plain) {
    const parts = { before: before.get(name), after: after.get(name), counts: afterCounts.get(name) };
    const field =
      method === null
        ? combineStats(query, name, parts, between, { from, to })
        : combineSamples(query, name, parts, between, { from, to });
    if (field !== null) results.set(name, field);
  }
  for (const name of states) {
    const parts = { before: before.get(name), after: after.get(name), counts: afterCounts.get(name) };
    const field = await combineChanges(query, name, parts, (first, last) => read([name], first, last), { from, to });
    if (field === null) take(results, (await reduceByReading(reader, { ...query, fields: [name] }, signal)).fields);
    else results.set(name, field);
  }
  return results;
}

function take(into: Map<string, ReducedField>, fields: Fields): void {
  for (const [name, field] of fields) into.set(name, field);
}
