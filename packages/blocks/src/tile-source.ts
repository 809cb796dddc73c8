import type { Tile, TileKey } from './tile.js';

/** A tile of a field. */
export interface WantedTile extends TileKey {
  readonly field: string;
}

/**
 * Where tiles may lie ready beneath the memory. Its tiles are true whenever they are given: who keeps them takes them away
 * together with telling that their data changed.
 */
export interface TileSource {
  /** In the order of `wanted`; null for one that is not there. What can't be read counts as not there. */
  tiles(timeline: string, wanted: readonly WantedTile[], signal?: AbortSignal): Promise<readonly (Tile | null)[]>;
}

interface Asked {
  readonly wanted: WantedTile;
  readonly resolve: (tile: Tile | null) => void;
  readonly reject: (error: unknown) => void;
}

/** Most tiles asked of a source at once. */
const mostAtOnce = 1024;

/** Gathers what is asked of a source in one go. */
export class GatheredSource {
  readonly #source: TileSource;
  readonly #asked = new Map<string, Asked[]>();

  constructor(source: TileSource) {
    this.#source = source;
  }

  tile(timeline: string, wanted: WantedTile): Promise<Tile | null> {
    return new Promise((resolve, reject) => {
      const asked = this.#asked.get(timeline);
      const one = { wanted, resolve, reject };
      if (asked) return void asked.push(one);
      this.#asked.set(timeline, [one]);
      setImmediate(() => void this.#ask(timeline));
    });
  }

  async #ask(timeline: string): Promise<void> {
    const all = this.#asked.get(timeline)!;
    this.#asked.delete(timeline);
    for (let from = 0; from < all.length; from += mostAtOnce) {
      const some = all.slice(from, from + mostAtOnce);
      try {
        const wanted = some.map((one) => one.wanted);
        const tiles = await this.#source.tiles(timeline, wanted);
        some.forEach((one, i) => one.resolve(tiles[i] ?? null));
      } catch (error) {
        for (const one of some) one.reject(error);
      }
    }
  }
}
