import type { ColumnKind } from '@sisock/core';
import type { ArchivedField, TickSpan } from '@sisock/archive';
import { ShortNames } from './short-name.js';

export interface ArchiveField {
  /** `<feed>.<own name>` */
  readonly name: string;
  readonly own: string;
  /** Of its newest samples. */
  readonly kind: ColumnKind;
  readonly timeline: ArchiveTimeline;
}

/** A block of a feed as it is served: with the fields whose newest samples are in it. */
export interface ArchiveTimeline {
  /** `<feed>.<block>` */
  readonly name: string;
  readonly feed: string;
  readonly block: string;
  readonly fields: ReadonlyMap<string, ArchiveField>;
  /** Of the files that hold its fields, in whatever block. */
  readonly span: TickSpan;
}

/** What the archive serves under which name. */
export interface Timelines {
  readonly byName: ReadonlyMap<string, ArchiveTimeline>;
  readonly fields: ReadonlyMap<string, ArchiveField>;
  readonly shortNames: ShortNames;
  /** Timelines of a feed with a field that some file has in that block. */
  withBlock(feed: string, block: string): readonly ArchiveTimeline[];
}

type Growing<T> = { -readonly [K in keyof T]: T[K] };
type GrowingTimeline = Omit<Growing<ArchiveTimeline>, 'fields'> & { readonly fields: Map<string, ArchiveField> };

/**
 * Gives every field one timeline: the block that holds its newest samples. What other blocks of the feed hold of it (older
 * layouts, other sets of fields, other names) belongs to that timeline too, so that a field is one series over all years.
 */
export function arrangeTimelines(archived: readonly ArchivedField[]): Timelines {
  const homes = new Map<string, ArchivedField>();
  for (const one of archived) {
    const name = `${one.feed}.${one.field}`;
    const home = homes.get(name);
    if (!home || isNewer(one, home)) homes.set(name, one);
  }
  const byName = new Map<string, GrowingTimeline>();
  const fields = new Map<string, ArchiveField>();
  for (const [name, { feed, block, field: own, kind, span }] of homes) {
    const timelineName = `${feed}.${block}`;
    let timeline = byName.get(timelineName);
    if (!timeline) byName.set(timelineName, (timeline = { name: timelineName, feed, block, fields: new Map(), span }));
    // Two feeds whose names run together with their blocks' can't be told apart by anyone.
    if (timeline.feed !== feed) continue;
    const field = { name, own, kind, timeline };
    timeline.fields.set(name, field);
    fields.set(name, field);
  }
  const blocks = new Map<string, Set<ArchiveTimeline>>();
  for (const { feed, block, field, span } of archived) {
    const timeline = fields.get(`${feed}.${field}`)?.timeline as GrowingTimeline | undefined;
    if (timeline?.feed !== feed) continue;
    timeline.span = joined(timeline.span, span);
    const key = JSON.stringify([feed, block]);
    const served = blocks.get(key);
    if (served) served.add(timeline);
    else blocks.set(key, new Set([timeline]));
  }
  return {
    byName,
    fields,
    shortNames: new ShortNames(fields),
    withBlock: (feed, block) => [...(blocks.get(JSON.stringify([feed, block])) ?? [])],
  };
}

/** Of two blocks with equally new samples the one that starts later, then one with a name of its own, then any, always the same. */
function isNewer(a: ArchivedField, b: ArchivedField): boolean {
  if (a.span.last !== b.span.last) return a.span.last > b.span.last;
  if (a.span.first !== b.span.first) return a.span.first > b.span.first;
  const [namedA, namedB] = [a, b].map(({ block }) => !block.startsWith('block_for_'));
  return namedA !== namedB ? namedA! : a.block < b.block;
}

function joined(a: TickSpan, b: TickSpan): TickSpan {
  return { first: a.first < b.first ? a.first : b.first, last: a.last > b.last ? a.last : b.last };
}

/** UNIX seconds of a tick, as so3g has them. */
export function secondsOf(tick: bigint): number {
  return Number(tick) / 1e8;
}
