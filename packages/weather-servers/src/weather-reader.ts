import {
  type Batch,
  type Catalog,
  checkReadQuery,
  checkReduceQuery,
  type Chunk,
  type Column,
  type FieldInfo,
  lowerBound,
  type NodeHealth,
  type Reader,
  type ReadQuery,
  type Reduced,
  reduceBatches,
  throwIfCancelled,
  type TimelineInfo,
  type TimeRange,
  unknownTimeline,
} from '@sisock/core';
import { cursorBehind, parseCursor, rowBehind } from '@sisock/data-node-server';
import type { WeatherArchive } from './weather-archive.js';
import type { WeatherData, WeatherTimeline } from './weather-timelines.js';

/**
 * A Reader over a weather archive. Data before a timeline's last sample are final: files grow at their end, and a file that
 * changed elsewhere gives a new revision.
 */
export function weatherReader(archive: WeatherArchive): Reader {
  return {
    async catalog(range, signal) {
      const data = await archive.data();
      throwIfCancelled(signal);
      return catalogOf(data, range);
    },

    async read(query, signal) {
      checkReadQuery(query);
      const data = await archive.data();
      throwIfCancelled(signal);
      return readRows(timelineOf(data, query.timeline), query, archive.revision());
    },

    async reduce(query, signal): Promise<Reduced> {
      checkReduceQuery(query);
      const data = await archive.data();
      throwIfCancelled(signal);
      const timeline = timelineOf(data, query.timeline);
      const batch: Batch = { t: timeline.t, columns: columnsOf(timeline, query.fields, 0, timeline.t.length) };
      return {
        fields: reduceBatches(query, [batch]),
        finalizedUntil: finalizedUntil(timeline),
        revision: archive.revision(),
      };
    },

    async health(): Promise<NodeHealth> {
      const data = await archive.data();
      const newest = Math.max(...[...data.timelines.values()].map(finalizedUntil));
      const problem = archive.problem();
      return {
        ok: problem === null,
        ...(problem !== null && { message: problem }),
        newest: Number.isFinite(newest) ? newest : null,
        counters: archive.counters(),
        agents: [],
      };
    },
  };
}

function catalogOf(data: WeatherData, range: TimeRange): Catalog {
  const fields = new Map<string, FieldInfo>();
  const timelines = new Map<string, TimelineInfo>();
  for (const { info, t } of data.timelines.values()) {
    if (lowerBound(t, range.start) >= lowerBound(t, range.end)) continue;
    timelines.set(info.name, info);
    for (const name of info.fields) fields.set(name, data.fields.get(name)!);
  }
  return { fields, timelines };
}

function readRows(timeline: WeatherTimeline, query: ReadQuery, revision: string): Chunk {
  const { t } = timeline;
  const end = lowerBound(t, query.range.end);
  const from = Math.max(lowerBound(t, query.range.start), rowBehind(t, parseCursor(query.cursor)));
  const to = Math.max(from, Math.min(end, from + query.maxSamples));
  const columns = columnsOf(timeline, query.fields, from, to);
  return {
    batches: to > from && columns.size > 0 ? [{ t: t.subarray(from, to), columns }] : [],
    cursor: to > from ? cursorBehind(t, to) : (query.cursor ?? ''),
    done: to >= end,
    finalizedUntil: finalizedUntil(timeline),
    revision,
  };
}

function columnsOf(timeline: WeatherTimeline, names: readonly string[], from: number, to: number): Map<string, Column> {
  const columns = new Map<string, Column>();
  for (const name of names) {
    const v = timeline.values.get(name);
    if (v) columns.set(name, { kind: 'f64', v: v.subarray(from, to) });
  }
  return columns;
}

function timelineOf(data: WeatherData, name: string): WeatherTimeline {
  const timeline = data.timelines.get(name);
  if (timeline === undefined) throw unknownTimeline(name, data.timelines.keys());
  return timeline;
}

function finalizedUntil(timeline: WeatherTimeline): number {
  return timeline.info.extent?.end ?? -Infinity;
}
