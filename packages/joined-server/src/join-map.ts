import { archiveFieldName, type Catalog, type FieldInfo, type TimeRange, unusedName } from '@sisock/core';
import type { Source } from './source.js';

/** Says that a field is served by a joined node: such a node is no source of another one. */
export const joinedLabel = 'joined';
/** Names of the other timelines a field lies in, a line each: one that moved between blocks. */
export const alsoLabel = 'also';

/** What one source has of a joined timeline. */
export interface Part {
  readonly source: Source;
  readonly timeline: string;
  /** The source's own field names by the joined ones. */
  readonly names: ReadonlyMap<string, string>;
}

/** One timeline and where its samples come from. Its fields are those of the parts. */
export interface JoinedTimeline {
  readonly name: string;
  readonly archives: readonly Part[];
  readonly feed: Part | null;
  readonly fields: ReadonlyMap<string, FieldInfo>;
  readonly interval: number | null;
  readonly extent: TimeRange | null;
  /** Where the feed's buffer begins; Infinity without a feed, -Infinity where it does not tell. */
  readonly feedStart: number;
}

export interface JoinMap {
  readonly timelines: ReadonlyMap<string, JoinedTimeline>;
  /** The joined timeline of each field. */
  readonly homes: ReadonlyMap<string, string>;
}

/** The name a source's fields are joined under, in the aggregator's spelling, by the source's own names. */
export function joinedNames({ fields }: Catalog): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  for (const [own, { labels }] of fields) {
    const { agent, feed, field } = labels ?? {};
    const address = agent === undefined || feed === undefined ? null : `${agent}.feeds.${feed}.`;
    let name = own;
    // A feed node of the original's naming serves short names in lower case; how the agent spells them is in the labels.
    if (address !== null && field !== undefined && !own.startsWith(address)) {
      name = unusedName(address + archiveFieldName(field), (n) => taken.has(n), address.length);
    }
    taken.add(name);
    names.set(own, name);
  }
  return names;
}

/** True for what tells of which feed it comes. */
export function isFeedField({ labels }: FieldInfo): boolean {
  return labels?.['agent'] !== undefined && labels['feed'] !== undefined && labels[joinedLabel] === undefined;
}

interface Found {
  readonly source: Source;
  readonly info: FieldInfo;
}

/**
 * Where everything is, out of what the sources tell. A field's timeline is that of the feed, where one has it, else that of
 * the archive; of several feeds with a timeline the first that answers serves it.
 */
export function joinMap(archives: readonly Source[], feeds: readonly Source[]): JoinMap {
  const archived = fieldsOf(archives);
  const live = fieldsOf(feeds);
  const homes = new Map<string, string>();
  const members = new Map<string, string[]>();
  for (const name of new Set([...live.keys(), ...archived.keys()])) {
    const home = (preferred(live.get(name)) ?? archived.get(name)![0]!).info.timeline;
    homes.set(name, home);
    const list = members.get(home);
    if (list === undefined) members.set(home, [name]);
    else list.push(name);
  }
  const timelines = new Map<string, JoinedTimeline>();
  for (const [name, fields] of members) timelines.set(name, joined(name, fields, archived, live));
  return { timelines, homes };
}

type FoundFields = ReadonlyMap<string, readonly Found[]>;

function fieldsOf(sources: readonly Source[]): FoundFields {
  const found = new Map<string, Found[]>();
  for (const source of sources) {
    if (source.known === null) continue;
    const names = joinedNames(source.known);
    for (const [own, info] of source.known.fields) {
      const name = names.get(own)!;
      const list = found.get(name);
      if (list === undefined) found.set(name, [{ source, info }]);
      else list.push({ source, info });
    }
  }
  return found;
}

function preferred(found: readonly Found[] | undefined): Found | undefined {
  return found?.find(({ source }) => source.problem === null) ?? found?.[0];
}

function joined(name: string, fields: readonly string[], archived: FoundFields, live: FoundFields): JoinedTimeline {
  const archives = new Map<string, { source: Source; timeline: string; names: Map<string, string> }>();
  let feed: { source: Source; timeline: string; names: Map<string, string> } | null = null;
  const infos = new Map<string, FieldInfo>();
  for (const field of fields) {
    const ofArchive = archived.get(field) ?? [];
    for (const { source, info } of ofArchive) {
      const also = info.labels?.[alsoLabel]?.split('\n') ?? [];
      for (const timeline of [info.timeline, ...also]) {
        const key = `${source.name}\n${timeline}`;
        const part = archives.get(key) ?? { source, timeline, names: new Map<string, string>() };
        archives.set(key, part);
        part.names.set(field, info.name);
      }
    }
    const first = preferred(live.get(field));
    if (first !== undefined) {
      const source: Source = feed?.source ?? first.source;
      feed ??= { source, timeline: name, names: new Map() };
      const own = live.get(field)!.find((found) => found.source === source);
      if (own !== undefined) feed.names.set(field, own.info.name);
    }
    infos.set(field, joinedInfo(field, name, ofArchive[0]?.info, first?.info));
  }
  const told = feed?.source.known?.timelines.get(feed.timeline);
  const parts = [...archives.values()];
  const ofParts = parts.map(({ source, timeline }) => source.known!.timelines.get(timeline));
  const extents = [told, ...ofParts].flatMap((one) => (one?.extent ? [one.extent] : []));
  return {
    name,
    archives: parts,
    feed,
    fields: infos,
    interval: told?.interval ?? ofParts.find((one) => one?.interval)?.interval ?? null,
    extent:
      extents.length === 0
        ? null
        : { start: Math.min(...extents.map((e) => e.start)), end: Math.max(...extents.map((e) => e.end)) },
    feedStart: feed === null ? Infinity : (told?.extent?.start ?? -Infinity),
  };
}

/** What is known of a field: the feed's word is the newer one. */
export function joinedInfo(
  name: string,
  timeline: string,
  archive: FieldInfo | undefined,
  feed: FieldInfo | undefined,
): FieldInfo {
  const newer = (feed ?? archive)!;
  const labels: Record<string, string> = { ...archive?.labels, ...feed?.labels, [joinedLabel]: 'yes' };
  delete labels[alsoLabel];
  return {
    name,
    timeline,
    type: newer.type,
    units: newer.units ?? archive?.units ?? null,
    description: newer.description ?? archive?.description ?? null,
    labels,
  };
}
