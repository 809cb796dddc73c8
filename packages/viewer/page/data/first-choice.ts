import type { Entry } from './catalog.js';
import { freshnessOf } from './freshness.js';
import { nodeOf, type SiteModel, timelineOf } from './site-watch.js';

const mostChosen = 5;

/**
 * What a first visitor sees: the numeric fields of one feed with live data, temperatures of a cryostat before others; none
 * where nothing is live.
 */
export function firstChoice(site: SiteModel, now: number): readonly string[] {
  const live = site.catalog.entries.filter(({ field }) => {
    if (field.type !== 'number') return false;
    return freshnessOf(timelineOf(field, site), nodeOf(field, site), now) === 'live';
  });
  const first = live.find(({ field }) => /cryostat.*temperature/i.test(field.id)) ?? live[0];
  if (!first) return [];
  const place = (entry: Entry) => JSON.stringify(entry.path);
  return live
    .filter((entry) => place(entry) === place(first))
    .slice(0, mostChosen)
    .map(({ field }) => field.id);
}
