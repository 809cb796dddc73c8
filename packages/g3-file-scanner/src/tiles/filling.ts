import type { ArchiveStore, TilesUpdate } from '@sisock/archive';
import { finestLevel, levelStep, tileBuckets, tileIndex, type TileKey, tileRange, tilesBelow } from '@sisock/blocks';
import { tileEncoding } from '@sisock/codecs/packed';
import { powerOf, secondsOf, type SurveyedTimeline } from '@sisock/g3-archive';

/** A timeline whose tiles are to be filled, as far as they are final. */
export interface Filling extends SurveyedTimeline {
  /** The finest level of all its data, and of the newest. */
  readonly base: number;
  readonly finest: number;
  readonly top: number;
  /** The first place of `base` that is filled at the finest level too; Infinity where none is. */
  readonly recent: number;
  /** Own names of its fields. */
  readonly fields: readonly string[];
  /** Time of the first sample. */
  readonly first: number;
  /** Indexes of the places that are filled, by level. */
  readonly filled: ReadonlyMap<number, Set<number>>;
}

/** How fine tiles are. */
export interface FillDepth {
  readonly leastSamples: number;
  /** Seconds of a timeline's newest data of which tiles a level finer are filled too; 0. */
  readonly recentSec?: number | undefined;
}

/** What is known of a timeline with samples so far apart: one question to the database a level. Null: no tile is final. */
export async function fillingOf(
  store: Pick<ArchiveStore, 'filledTiles'>,
  surveyed: SurveyedTimeline,
  interval: number,
  { leastSamples, recentSec = 0 }: FillDepth,
): Promise<Filling | null> {
  const { timeline, finalizedUntil } = surveyed;
  const { feed, block } = timeline;
  const fields = [...timeline.fields.values()].map(({ own }) => own);
  const first = secondsOf(timeline.span.first);
  const base = finestLevel(interval, leastSamples);
  const finest = recentSec > 0 ? base - levelStep : base;
  const recent = recentSec > 0 ? tileIndex(base, finalizedUntil - recentSec) : Infinity;
  const filled = new Map<number, Set<number>>();
  let top = finest;
  for (let level = finest; placesOf(level, first, finalizedUntil).length > 0; level += levelStep) {
    const query = { feed, block, encoding: tileEncoding, power: powerOf({ level }), fields };
    filled.set(level, new Set(await store.filledTiles(query)));
    top = level;
  }
  return filled.size === 0 ? null : { ...surveyed, base, finest, top, recent, fields, first, filled };
}

/** The tiles of a level that are final as a whole and may hold a sample, as a range of indexes. */
export function placesOf(level: number, first: number, finalizedUntil: number): { from: number; length: number } {
  const seconds = tileBuckets * 2 ** level;
  const from = Math.floor(first / seconds);
  return { from, length: Math.max(0, Math.floor(finalizedUntil / seconds) - from) };
}

/** How many tiles of the finest levels are to be made of rows. */
export function leftOf(filling: Filling): number {
  const { base, finest } = filling;
  const older = leftAt(filling, base, -Infinity, filling.recent);
  return finest === base ? older : older + leftAt(filling, finest, firstFine(filling), Infinity);
}

function leftAt({ first, finalizedUntil, filled }: Filling, level: number, from: number, to: number): number {
  const places = placesOf(level, first, finalizedUntil);
  const begin = Math.max(from, places.from);
  const end = Math.min(to, places.from + places.length);
  let there = 0;
  for (const index of filled.get(level) ?? []) if (index >= begin && index < end) there++;
  return Math.max(0, end - begin) - there;
}

/** The first place of the finest level that is filled; what lies before is not worth its space any more. */
export function firstFine({ base, finest, recent }: Filling): number {
  return finest === base ? -Infinity : tilesBelow * recent;
}

/** True for a place that is made of rows: of older data the base, of the newest what is finest. */
export function isMadeOfRows({ base, finest, recent }: Filling, { level, index }: TileKey): boolean {
  return level === finest || (level === base && index < recent);
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
