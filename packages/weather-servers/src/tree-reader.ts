import {
  bucketEdge,
  type Catalog,
  checkReadQuery,
  checkReduceQuery,
  type FieldInfo,
  isEmptyRange,
  medianStep,
  type NodeHealth,
  queryReducer,
  type Reader,
  type ReduceQuery,
  throwIfCancelled,
  type TimelineInfo,
  type TimeRange,
  unknownTimeline,
} from '@sisock/core';
import type { FileTree } from './file-tree.js';
import { readTree } from './tree-read.js';
import { samplesWithin } from './tree-samples.js';
import { toMicroseconds } from './weather-timelines.js';

/** Answers are made anew so many times when files changed meanwhile; after that they are given as they are. */
const attempts = 3;

/**
 * A Reader over a tree of files: a field is a timeline of its own, named as the field. Goes through the files one by one, so
 * that its memory is that of a file and an answer, besides the tree's cache.
 */
export function treeReader(tree: FileTree): Reader {
  const intervals = new Map<string, number | null>();

  /**
   * What an answer says of its own truth is taken before the answer is made: what came meanwhile is then more than was
   * promised, never less.
   */
  async function truthfully<T>(timeline: string, make: () => Promise<T>) {
    await tree.look();
    for (let attempt = 1; ; attempt++) {
      const finalizedUntil = await tree.finalizedUntil(timeline);
      const revision = tree.revision();
      const answer = await make();
      if (attempt === attempts || revision === tree.revision()) return { ...answer, finalizedUntil, revision };
    }
  }

  const checkTimeline = (name: string) => {
    if (!tree.layout.fields.has(name)) throw unknownTimeline(name, tree.layout.fields.keys());
  };

  return {
    async catalog(range, signal) {
      throwIfCancelled(signal);
      await tree.look();
      const found = [...tree.layout.fields.keys()].filter((name) => tree.filesOf(name).within(range).length > 0);
      const fields = new Map<string, FieldInfo>();
      const timelines = new Map<string, TimelineInfo>();
      for (const name of isEmptyRange(range) ? [] : found) {
        const extent = await extentOf(tree, name);
        throwIfCancelled(signal);
        if (extent === null || extent.end < range.start || extent.start >= range.end) continue;
        if (!intervals.has(name)) intervals.set(name, await intervalOf(tree, name, extent.end));
        const { units, description } = tree.layout.fields.get(name)!;
        fields.set(name, { name, timeline: name, type: 'number', units, description });
        timelines.set(name, { name, interval: intervals.get(name)!, fields: [name], extent });
      }
      return { fields, timelines } satisfies Catalog;
    },

    async read(query, signal) {
      checkReadQuery(query);
      checkTimeline(query.timeline);
      throwIfCancelled(signal);
      return truthfully(query.timeline, () => readTree(tree, query, signal));
    },

    async reduce(query, signal) {
      checkReduceQuery(query);
      checkTimeline(query.timeline);
      throwIfCancelled(signal);
      return truthfully(query.timeline, async () => ({ fields: await reduceTree(tree, query, signal) }));
    },

    async health(signal): Promise<NodeHealth> {
      await tree.look();
      let newest = -Infinity;
      for (const name of tree.layout.fields.keys()) newest = Math.max(newest, await tree.finalizedUntil(name));
      throwIfCancelled(signal);
      const problem = tree.problem();
      return {
        ok: problem === null,
        ...(problem !== null && { message: problem }),
        newest: Number.isFinite(newest) ? newest : null,
        counters: tree.counters(),
        agents: [],
      };
    },
  };
}

async function reduceTree(tree: FileTree, query: ReduceQuery, signal?: AbortSignal) {
  const { timeline, start } = query;
  const reducer = queryReducer(query);
  if (query.fields.includes(timeline)) {
    const range = { start, end: bucketEdge(query, query.count) };
    for await (const { t, v } of samplesWithin(tree, timeline, range, signal)) {
      reducer.push({ t, columns: new Map([[timeline, { kind: 'f64', v }]]) });
    }
  }
  return reducer.finish();
}

/** Times of the first and the last sample of a field, null when it has none. */
async function extentOf(tree: FileTree, field: string): Promise<TimeRange | null> {
  const end = await tree.finalizedUntil(field);
  for await (const { t } of samplesWithin(tree, field, { start: -Infinity, end: Infinity })) {
    return { start: t[0]!, end };
  }
  return null;
}

/** The usual time between samples, of the piece that holds the last one. */
async function intervalOf(tree: FileTree, field: string, last: number): Promise<number | null> {
  const { files, within } = tree.filesOf(field);
  let interval: number | null = null;
  for (const i of within({ start: last, end: Infinity })) {
    interval = medianStep((await tree.samples(files[i]!)).t) ?? interval;
  }
  return toMicroseconds(interval);
}
