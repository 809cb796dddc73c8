import {
  type Catalog,
  type ColumnKind,
  type FieldInfo,
  fieldTypeOf,
  isEmptyRange,
  medianStep,
  type TimelineInfo,
  type TimeRange,
} from '@sisock/core';
import type { FeedTimeline } from './feed-store.js';
import type { Ring } from './ring.js';

/** Steps the cadence is told from. */
const stepsSeen = 64;

/** The fields (and their blocks) that may have a sample in the range. */
export function feedCatalog(all: Iterable<FeedTimeline>, range: TimeRange): Catalog {
  const fields = new Map<string, FieldInfo>();
  const timelines = new Map<string, TimelineInfo>();
  if (isEmptyRange(range)) return { fields, timelines };
  for (const timeline of all) {
    const { segments, newest } = timeline.ring;
    const [first] = segments;
    if (!first || !(first.firstTime < range.end && newest >= range.start)) continue;
    const names: string[] = [];
    const held = timeline.ring.newestOf(timeline.fields.keys());
    for (const [own, served] of timeline.fields) {
      const latest = held.get(own);
      if (!latest || latest.time < range.start) continue;
      names.push(served);
      fields.set(served, fieldInfo(timeline, own, served, latest.kind));
    }
    if (names.length === 0) continue;
    const extent = { start: first.firstTime, end: segments.at(-1)!.lastTime };
    timelines.set(timeline.name, { name: timeline.name, interval: cadence(timeline.ring), fields: names, extent });
  }
  return { fields, timelines };
}

function fieldInfo({ name, feed, blockName }: FeedTimeline, own: string, served: string, kind: ColumnKind): FieldInfo {
  const labels = {
    agent: feed.agentAddress,
    feed: feed.feedName,
    block: blockName,
    ...(feed.agentClass !== null && { agent_class: feed.agentClass }),
    field: own,
  };
  return { name: served, timeline: name, type: fieldTypeOf(kind), units: null, description: null, labels };
}

/** The usual step of the newest rows; null where they have none in common. */
function cadence({ segments }: Ring): number | null {
  const times: number[] = [];
  for (let k = segments.length - 1; k >= 0 && times.length <= stepsSeen; k--) {
    const { t, from, to } = segments[k]!;
    for (let row = to - 1; row >= from && times.length <= stepsSeen; row--) times.push(t[row]!);
  }
  const t = Float64Array.from(times.reverse());
  const median = medianStep(t);
  if (median === null) return null;
  let near = 0;
  for (let i = 1; i < t.length; i++) if (Math.abs(t[i]! - t[i - 1]! - median) <= median / 2) near++;
  return 2 * near >= t.length - 1 ? median : null;
}
