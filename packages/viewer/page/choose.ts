import type { Field } from './api.js';
import type { Reading } from './field-list.js';

const mostChosen = 5;
const liveWithinSeconds = 60;

/**
 * What a first visitor sees: the numeric fields of one feed with live data, temperatures of a cryostat before others;
 * none where nothing is live. Of nodes that serve the same feed the one that reaches back farthest: a node that joins
 * feed and archive shows one line from years ago until now.
 */
export function firstChoice(
  fields: readonly Field[],
  readings: ReadonlyMap<string, Reading>,
  now: number,
): readonly string[] {
  const live = fields.filter((f) => {
    const reading = readings.get(f.id);
    return f.type === 'number' && reading !== undefined && now - reading.t < liveWithinSeconds;
  });
  const named = live.find((f) => /cryostat.*temperature/i.test(f.id)) ?? live[0];
  if (!named) return [];
  const [first] = live.filter((f) => f.name === named.name).sort(farthestFirst) as [Field];
  const feed = first.id.slice(0, first.id.lastIndexOf('.') + 1) || first.id;
  return live
    .filter((f) => f.id.startsWith(feed))
    .slice(0, mostChosen)
    .map((f) => f.id);
}

/** Beginnings closer than this are the same: catalogs are not read in one moment. */
const sameBeginSeconds = 60;

/** The one that begins first; of those the one with the newest data, which an archive alone has not. */
function farthestFirst(a: Field, b: Field): number {
  const [from, other] = [a, b].map(({ extent }) => extent?.from ?? Infinity) as [number, number];
  if (from !== other && !(Math.abs(from - other) < sameBeginSeconds)) return from < other ? -1 : 1;
  return (b.extent?.to ?? -Infinity) - (a.extent?.to ?? -Infinity) || 0;
}
