import type { TimeRange } from '@sisock/core';
import { finerTiles, levelStep, tileIndex, type TileKey, tileRange } from './tile.js';

/** What a range is answered from: tiles in rising time, and rows from `rest` on. */
export interface Cover {
  readonly tiles: readonly TileKey[];
  /** Where the tiles end; the range's end or later where they hold all of it. */
  readonly rest: number;
}

/** More are no shorter way: a range that is that far out of proportion. */
const mostTiles = 8192;

/**
 * Covers a range by tiles of a level. One that is not final as a whole is replaced by the four finer ones, down to
 * `finest`; what is left there is for rows.
 */
export function coverRange(range: TimeRange, level: number, finest: number, finalizedUntil: number): Cover {
  const tiles: TileKey[] = [];
  const first = tileIndex(level, range.start);
  if (!(tileIndex(level, range.end) - first <= mostTiles)) return { tiles, rest: range.start };
  /** False once what follows is not final. */
  const take = (key: TileKey): boolean => {
    const { start, end } = tileRange(key);
    if (end <= range.start || start >= range.end) return true;
    if (end <= finalizedUntil) {
      tiles.push(key);
      return true;
    }
    if (key.level - levelStep < finest || start >= finalizedUntil) return false;
    return finerTiles(key).every(take);
  };
  for (let index = first; tileRange({ level, index }).start < range.end; index++) if (!take({ level, index })) break;
  const last = tiles.at(-1);
  return { tiles, rest: last === undefined ? range.start : Math.max(range.start, tileRange(last).end) };
}
