import { allTime, type DataChange, type TimeRange } from '@sisock/core';
import { meets, type TilesInMemory } from './block-cache.js';
import type { TileKey } from './tile.js';

/** A tile that is being made. `stale`: its data changed meanwhile, so that it is not kept. */
export interface Making {
  readonly key: TileKey;
  stale: boolean;
}

/**
 * The truth of one timeline's tiles. All that are kept are true at `revision`: a change drops those it touches, those
 * under way included, and the others are true at the new revision too.
 */
export class TimelineState {
  readonly tiles: TilesInMemory;
  readonly #making = new Set<Making>();
  readonly #waiting = new Set<() => void>();
  #revision: string | null = null;

  constructor(tiles: TilesInMemory) {
    this.tiles = tiles;
  }

  /** Null before the first answer. */
  get revision(): string | null {
    return this.#revision;
  }

  /** A change that the reader beneath told. */
  changed({ range, revision }: Pick<DataChange, 'range' | 'revision'>): void {
    this.#drop(range);
    this.#revision = revision;
    for (const wake of this.#waiting) wake();
  }

  /** Nothing is known to be true at `revision`, or all of it is still to come. */
  begin(revision: string): void {
    if (this.#revision === revision) return;
    if (this.#revision !== null) this.#drop(allTime);
    this.#revision = revision;
    for (const wake of this.#waiting) wake();
  }

  /** Nothing that is kept is known to be true any more. */
  forget(): void {
    this.#drop(allTime);
    this.#revision = null;
  }

  /** Resolves with the next change, or after `ms`. */
  async nextChange(ms: number, signal: AbortSignal | undefined): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.#waiting.add(done);
      signal?.addEventListener('abort', done);
      if (signal?.aborted) done();
    });
  }

  /** To be called before the first of a tile's data is read; `made` when the last was. */
  making(key: TileKey): Making {
    const making = { key, stale: false };
    this.#making.add(making);
    return making;
  }

  made(making: Making): void {
    this.#making.delete(making);
  }

  #drop(range: TimeRange): void {
    this.tiles.drop(range);
    for (const making of this.#making) if (meets(making.key, range)) making.stale = true;
  }
}
