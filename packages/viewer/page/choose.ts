import type { Field } from './api.js';
import type { Reading } from './field-list.js';

const mostChosen = 5;
const liveWithinSeconds = 60;

/**
 * What a first visitor sees: the numeric fields of one feed with live data, temperatures of a cryostat before others;
 * none where nothing is live.
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
  const first = live.find((f) => /cryostat.*temperature/i.test(f.id)) ?? live[0];
  if (!first) return [];
  const feed = first.id.slice(0, first.id.lastIndexOf('.') + 1) || first.id;
  return live
    .filter((f) => f.id.startsWith(feed))
    .slice(0, mostChosen)
    .map((f) => f.id);
}
