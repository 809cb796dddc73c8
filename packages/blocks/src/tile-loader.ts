import { readAll, type Reader } from '@sisock/core';
import type { BlockCounts } from './block-cache.js';
import { FieldsQueue } from './fields-queue.js';
import { joinTiles, tileMaker } from './make-tile.js';
import { SharedWork } from './shared-work.js';
import { emptyTile, finerTiles, levelStep, type Tile, type TileKey, tileRange } from './tile.js';
import { GatheredSource, type TileSource } from './tile-source.js';
import type { Making, TimelineState } from './timeline-state.js';

/** A timeline whose tiles are asked for. */
export interface TileLine {
  readonly name: string;
  readonly state: TimelineState;
}

interface Flight {
  readonly work: SharedWork<Tile>;
  readonly making: Making;
}

export interface TileLoaderOptions {
  readonly reader: Pick<Reader, 'read'>;
  readonly counts: BlockCounts;
  readonly source?: TileSource | undefined;
  /** See BlockReaderOptions: the source may have some of these too. */
  readonly finerPowers: readonly number[];
  /** Tiles that are made of rows at the same time. */
  readonly atOnce: number;
}

/** From so many levels above the finest on it is looked first whether there is anything at all. */
const levelsWorthALook = 2;

/**
 * Gets tiles: out of memory, out of the source beneath, out of the finer ones, at last out of rows. Each tile is got once
 * however many ask for it, several fields of a timeline share the reading, and what nobody waits for any more stops.
 */
export class TileLoader {
  readonly #reader: Pick<Reader, 'read'>;
  readonly #counts: BlockCounts;
  readonly #source: GatheredSource | null;
  readonly #finerPowers: readonly number[];
  readonly #rows: FieldsQueue<Tile>;
  readonly #looks: FieldsQueue<boolean>;
  readonly #flights = new Map<TimelineState, Map<string, Flight>>();

  constructor({ reader, counts, source, finerPowers, atOnce }: TileLoaderOptions) {
    this.#reader = reader;
    this.#counts = counts;
    this.#source = source ? new GatheredSource(source) : null;
    this.#finerPowers = finerPowers;
    this.#rows = new FieldsQueue((...unit) => this.#readTile(...unit), atOnce);
    this.#looks = new FieldsQueue((...unit) => this.#lookInto(...unit), atOnce);
  }

  /** The tile if it is in memory. */
  held({ state }: TileLine, field: string, key: TileKey): Tile | undefined {
    const held = state.tiles.get(field, key);
    if (held) this.#counts.hits++;
    return held;
  }

  /**
   * A tile that is final. `base`: the finest level.
   * @throws SisockError `cancelled`, and what the reader throws
   */
  async load(line: TileLine, field: string, key: TileKey, base: number, signal?: AbortSignal): Promise<Tile> {
    const held = this.held(line, field, key);
    if (held) return held;
    const flights = this.#flightsOf(line.state);
    const name = `${key.level} ${key.index} ${field}`;
    let flight = flights.get(name);
    // What has become stale is right for who asked before the change, not for who asks after it.
    if (flight && !flight.work.stopped && !flight.making.stale) this.#counts.hits++;
    else {
      this.#counts.misses++;
      flight = this.#start(line, field, key, base, () => {
        if (flights.get(name) === flight) flights.delete(name);
      });
      flights.set(name, flight);
    }
    return flight.work.wait(signal);
  }

  #flightsOf(state: TimelineState): Map<string, Flight> {
    let flights = this.#flights.get(state);
    if (flights === undefined) this.#flights.set(state, (flights = new Map<string, Flight>()));
    return flights;
  }

  #start(line: TileLine, field: string, key: TileKey, base: number, ended: () => void): Flight {
    const making = line.state.making(key);
    const work = new SharedWork(async (signal) => {
      try {
        const tile = await this.#get(line, field, key, base, signal);
        if (!making.stale && !signal.aborted) line.state.tiles.set(field, key, tile);
        return tile;
      } finally {
        line.state.made(making);
        ended();
      }
    });
    return { work, making };
  }

  async #get(line: TileLine, field: string, key: TileKey, base: number, signal: AbortSignal): Promise<Tile> {
    // The narrowest ones of the live end are nowhere but in memory.
    const isStored = key.level >= base || this.#finerPowers.includes(base - key.level);
    const stored = !isStored ? null : await this.#source?.tile(line.name, { ...key, field });
    if (stored) {
      this.#counts.stored++;
      return stored;
    }
    const isKnownFiner = finerTiles(key).some((one) => line.state.tiles.has(field, one));
    if (key.level <= base && !isKnownFiner) {
      this.#counts.made++;
      return this.#rows.ask(line.name, key, field, signal);
    }
    if (key.level >= base + levelsWorthALook * levelStep) {
      if (!(await this.#looks.ask(line.name, key, field, signal))) return emptyTile;
    }
    const finer = await Promise.all(finerTiles(key).map((one) => this.load(line, field, one, base, signal)));
    this.#counts.joined++;
    return joinTiles(key, finer);
  }

  async #readTile(timeline: string, key: TileKey, fields: readonly string[], signal: AbortSignal) {
    const makers = new Map(fields.map((field) => [field, tileMaker(key)]));
    for await (const { batches } of readAll(this.#reader, { timeline, fields, range: tileRange(key) }, signal)) {
      for (const { t, columns } of batches) {
        this.#counts.rows += t.length;
        for (const [field, column] of columns) makers.get(field)?.push(t, column);
      }
    }
    return new Map([...makers].map(([field, maker]) => [field, maker.finish()]));
  }

  /** Whether there is a row with any of the fields. */
  async #lookInto(timeline: string, key: TileKey, fields: readonly string[], signal: AbortSignal) {
    let found = false;
    for await (const { batches } of readAll(
      this.#reader,
      { timeline, fields, range: tileRange(key), maxSamples: 1 },
      signal,
    )) {
      found = batches.length > 0;
      if (found) break;
    }
    return new Map(fields.map((field) => [field, found]));
  }
}
