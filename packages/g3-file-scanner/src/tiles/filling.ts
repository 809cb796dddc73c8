import type { ArchiveStore, TilesUpdate } from '@sisock/archive';
import { finestLevel, levelStep, tileBuckets, type TileKey, tileRange } from '@sisock/blocks';
import { tileEncoding } from '@sisock/codecs/packed';
import { powerOf, secondsOf, type SurveyedTimeline } from '@sisock/g3-archive';

/** A timeline whose tiles are to be filled, as far as they are final. */
export interface Filling extends SurveyedTimeline {
  readonly base: number;
  readonly top: number;
  /** Own names of its fields. */
  readonly fields: readonly string[];
  /** Time of the first sample. */
  readonly first: number;
  /** Indexes of the places that are filled, by level. */
  readonly filled: ReadonlyMap<number, Set<number>>;
}

/** What is known of a timeline with samples so far apart: one question to the database a level. Null: no tile is final. */
export async function fillingOf(
  store: Pick<ArchiveStore, 'filledTiles'>,
  surveyed: SurveyedTimeline,
  interval: number,
  leastSamples: number,
): Promise<Filling | null> {
  const { timeline, finalizedUntil } = surveyed;
  const { feed, block } = timeline;
  const fields = [...timeline.fields.values()].map(({ own }) => own);
  const first = secondsOf(timeline.span.first);
  const base = finestLevel(interval, leastSamples);
  const filled = new Map<number, Set<number>>();
  let top = base;
  for (let level = base; placesOf(level, first, finalizedUntil).length > 0; level += levelStep) {
    const query = { feed, block, encoding: tileEncoding, power: powerOf({ level }), fields };
    filled.set(level, new Set(await store.filledTiles(query)));
    top = level;
  }
  return filled.size === 0 ? null : { ...surveyed, base, top, fields, first, filled };
}

/** The tiles of a level that are final as a whole and may hold a sample, as a range of indexes. */
export function placesOf(level: number, first: number, finalizedUntil: number): { from: number; length: number } {
  const seconds = tileBuckets * 2 ** level;
  const from = Math.floor(first / seconds);
  return { from, length: Math.max(0, Math.floor(finalizedUntil / seconds) - from) };
}

/** How many tiles of the finest level are to be made. */
export function leftOf({ base, first, finalizedUntil, filled }: Filling): number {
  const { from, length } = placesOf(base, first, finalizedUntil);
  let there = 0;
  for (const index of filled.get(base)!) if (index >= from && index < from + length) there++;
  return length - there;
}

export function isFilled({ filled }: Filling, { level, index }: TileKey): boolean {
  return filled.get(level)?.has(index) ?? false;
}

export function isFinal({ finalizedUntil }: Filling, key: TileKey): boolean {
  return tileRange(key).end <= finalizedUntil;
}

/** An update of a place. It is marked as filled where `fields` are all. */
export function updateOf(
  { timeline: { feed, block }, revision }: Filling,
  key: TileKey,
  fields: readonly string[],
  tiles: TilesUpdate['tiles'],
): TilesUpdate {
  return { feed, block, fields, revision, encoding: tileEncoding, power: powerOf(key), index: key.index, tiles };
}
