import { type Catalog, type FieldInfo, type TimelineInfo, type TimeRange } from '@sisock/core';
import { joinedInfo, joinedNames } from './join-map.js';
import type { Joiner } from './joiner.js';
import { isAway } from './scope.js';
import type { Source } from './source.js';

/**
 * What the sources have in a range, each field under its joined name and on its joined timeline. A source that is away is
 * taken by what it told last, for as long as that meets the range.
 */
export async function joinedCatalog(joiner: Joiner, range: TimeRange, signal?: AbortSignal): Promise<Catalog> {
  const isAll = range.start === -Infinity && range.end === Infinity;
  let map = await joiner.map(isAll ? 250 : undefined);
  const told = (sources: readonly Source[]) =>
    Promise.all(sources.map(async (source) => (isAll ? source.known : toldIn(source, range, signal))));
  const [archives, feeds] = await Promise.all([told(joiner.sources.archives()), told(joiner.sources.feeds())]);
  const archived = infosOf(archives);
  const live = infosOf(feeds);
  const names = [...new Set([...live.keys(), ...archived.keys()])];
  if (names.some((name) => !map.homes.has(name))) map = await joiner.map(0);
  const fields = new Map<string, FieldInfo>();
  const timelines = new Map<string, TimelineInfo & { readonly fields: string[] }>();
  for (const name of names) {
    const home = map.homes.get(name);
    const joined = home === undefined ? undefined : map.timelines.get(home);
    if (home === undefined || joined === undefined) continue;
    const known = joined.fields.get(name);
    const info = joinedInfo(name, home, archived.get(name), live.get(name));
    // Units and the like are the same whatever range is asked for.
    const { units, description, labels } = known ?? info;
    fields.set(name, { ...info, units, description, ...(labels && { labels }) });
    const timeline = timelines.get(home);
    if (timeline !== undefined) timeline.fields.push(name);
    else timelines.set(home, { name: home, interval: joined.interval, fields: [name], extent: joined.extent });
  }
  return { fields, timelines };
}

async function toldIn(source: Source, range: TimeRange, signal?: AbortSignal): Promise<Catalog | null> {
  if (source.problem === null) {
    try {
      return await source.ask((reader, s) => reader.catalog(range, s), signal);
    } catch (error) {
      if (!isAway(error)) throw error;
    }
  }
  return source.known === null ? null : within(source.known, range);
}

function within(catalog: Catalog, { start, end }: TimeRange): Catalog {
  const fields = new Map(
    [...catalog.fields].filter(([, { timeline }]) => {
      const extent = catalog.timelines.get(timeline)?.extent;
      return !extent || (extent.start < end && extent.end >= start);
    }),
  );
  return { fields, timelines: catalog.timelines };
}

function infosOf(catalogs: readonly (Catalog | null)[]): ReadonlyMap<string, FieldInfo> {
  const infos = new Map<string, FieldInfo>();
  for (const catalog of catalogs) {
    if (catalog === null) continue;
    const names = joinedNames(catalog);
    for (const [own, info] of catalog.fields) {
      const name = names.get(own)!;
      if (!infos.has(name)) infos.set(name, info);
    }
  }
  return infos;
}
