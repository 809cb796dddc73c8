import type { ArchiveStore } from '@sisock/archive';
import { emptyTile, type Tile, tileBuckets, type TileKey, type TileSource, type WantedTile } from '@sisock/blocks';
import { tileEncoding, unpackTile } from '@sisock/codecs/packed';
import { toSisockError } from '@sisock/core';
import { type Complaints, createComplaints, type Logger } from '@sisock/runtime';
import type { ArchiveTimeline } from './timelines.js';

/** A tile of a level covers 2^(level + 8) seconds. */
const powersOfBuckets = Math.log2(tileBuckets);

export function powerOf({ level }: Pick<TileKey, 'level'>): number {
  return level + powersOfBuckets;
}

export interface ArchiveTilesOptions {
  readonly store: Pick<ArchiveStore, 'tiles'>;
  /** What is served under a name; null where that is not known. */
  readonly timeline: (name: string) => ArchiveTimeline | null;
  readonly log: Logger;
}

/** The tiles that the scanner has filled into the archive database. */
export class ArchiveTiles implements TileSource {
  readonly #store: Pick<ArchiveStore, 'tiles'>;
  readonly #timeline: ArchiveTilesOptions['timeline'];
  readonly #complaints: Complaints;
  #damaged = 0;

  constructor({ store, timeline, log }: ArchiveTilesOptions) {
    this.#store = store;
    this.#timeline = timeline;
    this.#complaints = createComplaints(log);
  }

  /** Tiles that were there and could not be used. */
  get damaged(): number {
    return this.#damaged;
  }

  async tiles(name: string, wanted: readonly WantedTile[], signal?: AbortSignal): Promise<readonly (Tile | null)[]> {
    const timeline = this.#timeline(name);
    const tiles: (Tile | null)[] = wanted.map(() => null);
    if (timeline === null) return tiles;
    const known: { readonly at: number; readonly power: number; readonly index: number; readonly field: string }[] = [];
    wanted.forEach((tile, at) => {
      const field = timeline.fields.get(tile.field)?.own;
      if (field !== undefined) known.push({ at, power: powerOf(tile), index: tile.index, field });
    });
    if (known.length === 0) return tiles;
    const found = await this.#ask(timeline.feed, known, signal);
    known.forEach(({ at, field, power, index }, i) => {
      const data = found[i] ?? null;
      const place = `${timeline.feed}.${field}, tile ${index} of 2^${power} s`;
      tiles[at] = data === 'empty' ? emptyTile : data && this.#unpack(data, place);
    });
    return tiles;
  }

  async #ask(
    feed: string,
    wanted: readonly { readonly power: number; readonly index: number; readonly field: string }[],
    signal: AbortSignal | undefined,
  ): Promise<readonly (Uint8Array | 'empty' | null)[]> {
    try {
      return await this.#store.tiles({ feed, encoding: tileEncoding, wanted }, signal);
    } catch (err) {
      // The files are there all the same.
      this.#complaints.complain('warn', 'tiles', { err }, 'the archive gives no tiles: their data are read from files');
      return [];
    }
  }

  #unpack(data: Uint8Array, place: string): Tile | null {
    try {
      return unpackTile(data, tileBuckets);
    } catch (thrown) {
      this.#damaged++;
      const { message } = toSisockError(thrown);
      this.#complaints.complain(
        'warn',
        place,
        { place },
        `a stored tile is damaged and left out: ${place}: ${message}`,
      );
      return null;
    }
  }
}
