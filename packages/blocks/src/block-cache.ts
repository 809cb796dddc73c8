import { Lru, type TimeRange } from '@sisock/core';
import { type Tile, tileBytes, type TileKey, tileRange } from './tile.js';

/** Bytes of tiles that a process keeps, unless it is told otherwise. */
export const defaultCacheBytes = 32_000_000;

interface Held {
  readonly key: TileKey;
  readonly tile: Tile;
  readonly owner: number;
}

/** What was done, in tiles. Hit rate: hits by hits and misses. */
export interface BlockCounts {
  /** Found in memory, or on their way already. */
  hits: number;
  misses: number;
  /** Of those that were missing: found in the store beneath, made of finer ones, made of rows. */
  stored: number;
  joined: number;
  made: number;
  /** Rows that were read to make tiles. */
  rows: number;
  /** Given up since they may hold what changed. */
  dropped: number;
  /** Answers made of tiles, and those left to the reader beneath. */
  answers: number;
  passed: number;
}

/** Tiles in memory, of all the timelines of a process, up to a limit of bytes; the least recently used go first. */
export class BlockCache {
  readonly #tiles: Lru<Held>;
  #owners = 0;
  readonly counts: BlockCounts = {
    hits: 0,
    misses: 0,
    stored: 0,
    joined: 0,
    made: 0,
    rows: 0,
    dropped: 0,
    answers: 0,
    passed: 0,
  };

  /** `limitBytes` 0: no blocks at all, every question goes to the reader beneath. */
  constructor(limitBytes: number = defaultCacheBytes) {
    this.#tiles = new Lru(limitBytes);
  }

  get bytes(): number {
    return this.#tiles.bytes;
  }

  get limit(): number {
    return this.#tiles.limit;
  }

  get tiles(): number {
    return this.#tiles.size;
  }

  /** A part of the cache for one timeline. */
  part(): TilesInMemory {
    return new TilesInMemory(this.#tiles, this.counts, this.#owners++);
  }
}

/** The tiles of one timeline in memory. */
export class TilesInMemory {
  readonly #tiles: Lru<Held>;
  readonly #counts: BlockCounts;
  readonly #owner: number;

  constructor(tiles: Lru<Held>, counts: BlockCounts, owner: number) {
    this.#tiles = tiles;
    this.#counts = counts;
    this.#owner = owner;
  }

  get(field: string, key: TileKey): Tile | undefined {
    return this.#tiles.get(this.#keyOf(field, key))?.tile;
  }

  has(field: string, key: TileKey): boolean {
    return this.#tiles.has(this.#keyOf(field, key));
  }

  set(field: string, key: TileKey, tile: Tile): void {
    const name = this.#keyOf(field, key);
    this.#tiles.set(name, { key, tile, owner: this.#owner }, tileBytes(tile) + 2 * name.length);
  }

  /** Forgets the tiles of all levels and fields that meet the range. */
  drop(range: TimeRange): void {
    for (const [name, { owner, key }] of [...this.#tiles.entries()]) {
      if (owner !== this.#owner || !meets(key, range)) continue;
      this.#tiles.delete(name);
      this.#counts.dropped++;
    }
  }

  #keyOf(field: string, { level, index }: TileKey): string {
    return `${this.#owner} ${level} ${index} ${field}`;
  }
}

/** True when a tile holds a time of the range. */
export function meets(key: TileKey, range: TimeRange): boolean {
  const { start, end } = tileRange(key);
  return start < range.end && end > range.start;
}
