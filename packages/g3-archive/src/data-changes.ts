import type { TickSpan } from '@sisock/archive';
import { type DataChange, justAfter, type TimeRange } from '@sisock/core';
import { secondsOf, type Timelines } from './timelines.js';

/** Part of a block of a feed in which data changed. */
export interface ChangedSpan {
  readonly feed: string;
  readonly block: string;
  readonly span: TickSpan;
}

/** No time: of a timeline whose revision changed with that of its feed, but whose own data did not. */
const nothing: TimeRange = { start: 0, end: 0 };

/**
 * Changes as consumers know their data: first one for each timeline with a field of the block, then an empty one for each
 * other timeline of the feed. A block of which nothing is left is told under its own name.
 */
export function dataChangesOf(
  changes: Iterable<ChangedSpan>,
  timelines: Timelines,
  revisionOf: (feed: string) => string,
): readonly DataChange[] {
  const told = new Map<string, DataChange>();
  const feeds = new Set<string>();
  for (const { feed, block, span } of changes) {
    feeds.add(feed);
    const range = { start: secondsOf(span.first), end: justAfter(secondsOf(span.last)) };
    const own = `${feed}.${block}`;
    const names = new Set(timelines.withBlock(feed, block).map(({ name }) => name));
    if (names.size === 0 || timelines.byName.has(own)) names.add(own);
    for (const timeline of names) {
      told.set(timeline, { timeline, range: joined(told.get(timeline)?.range, range), revision: revisionOf(feed) });
    }
  }
  for (const { name: timeline, feed } of timelines.byName.values()) {
    if (!feeds.has(feed) || told.has(timeline)) continue;
    told.set(timeline, { timeline, range: nothing, revision: revisionOf(feed) });
  }
  return [...told.values()];
}

function joined(a: TimeRange | undefined, b: TimeRange): TimeRange {
  return a === undefined ? b : { start: Math.min(a.start, b.start), end: Math.max(a.end, b.end) };
}
