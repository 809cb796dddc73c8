import type { ArchiveStore } from '@sisock/archive';
import {
  emptyTile,
  finestLevel,
  finerTiles,
  joinTiles,
  levelStep,
  type Tile,
  tileBuckets,
  type TileKey,
  tileMaker,
  tileRange,
} from '@sisock/blocks';
import { packTile, tileEncoding, unpackTile } from '@sisock/codecs/packed';
import { readAll, SisockError, throwIfCancelled } from '@sisock/core';
import { type G3Reader, powerOf, type SurveyedTimeline } from '@sisock/g3-archive';
import {
  type FillDepth,
  type Filling,
  fillingOf,
  firstFine,
  isFilled,
  isFinal,
  isMadeOfRows,
  leftOf,
  updateOf,
} from './filling.js';
import { TileWriter } from './tile-writer.js';

export interface TileFillerOptions extends FillDepth {
  readonly store: Pick<ArchiveStore, 'tiles' | 'putTiles' | 'filledTiles' | 'tiledFields' | 'trimTiles'>;
  readonly reader: Pick<G3Reader, 'survey' | 'interval' | 'isWhole' | 'read'>;
  /** Waited for before each piece of work: others come first. */
  readonly turn: () => Promise<void>;
  readonly signal: AbortSignal;
  /** Told how many tiles of the finest levels are done, of how many. */
  readonly progress?: (done: number, of: number) => void;
}

/** What one go through everything came to. */
export interface FillReport {
  /** Tiles that were stored, empty ones too, and their bytes. */
  readonly tiles: number;
  readonly bytes: number;
  /** Timelines whose data changed meanwhile: the next time is soon. */
  readonly changed: number;
  /** Tiles that can't be made since frames of theirs can't be read. */
  readonly broken: number;
}

/** Fields that are worked on together: what bounds the memory. */
const fieldsAtOnce = 256;
/** From so many levels above the base on it is looked first whether there is a sample at all. */
const levelsWorthALook = 4;

/** What is broken is tried again after so many milliseconds. */
const brokenMs = 600_000;

/**
 * Makes the tiles of all that is final in an archive and not stored yet, the newest first. What it does is stored as it
 * goes: it may be ended at any time, and goes on where it was.
 */
export class TileFiller {
  readonly #options: TileFillerOptions;
  readonly #writer: TileWriter;
  /** What a timeline was when all of its tiles were stored, and until when that holds. */
  readonly #done = new Map<string, { readonly state: string; readonly until: number }>();
  #broken = 0;

  constructor(options: TileFillerOptions) {
    this.#options = options;
    this.#writer = new TileWriter(options.store);
  }

  /** @throws SisockError `cancelled` after the signal, `unavailable` while the database is away */
  async fill(): Promise<FillReport> {
    const before = { ...this.#writer.counts };
    const fillings = await this.#plan();
    const of = fillings.reduce((sum, filling) => sum + leftOf(filling), 0);
    let done = 0;
    let changed = 0;
    const brokenBefore = this.#broken;
    for (const filling of fillings) {
      const expected = leftOf(filling);
      const broken = this.#broken;
      const { refused } = this.#writer.counts;
      await this.#fillAll(filling, () => this.#options.progress?.(done + expected - leftOf(filling), of));
      if (this.#writer.counts.refused > refused) changed++;
      else {
        const until = this.#broken > broken ? performance.now() + brokenMs : Infinity;
        this.#done.set(filling.timeline.name, { state: stateOf(filling, filling.finest), until });
      }
      done += expected;
    }
    const { tiles, bytes } = this.#writer.counts;
    return { tiles: tiles - before.tiles, bytes: bytes - before.bytes, changed, broken: this.#broken - brokenBefore };
  }

  async #plan(): Promise<Filling[]> {
    const { reader, store, leastSamples, recentSec = 0 } = this.#options;
    const fillings: Filling[] = [];
    for (const surveyed of await reader.survey()) {
      await this.#turn();
      const interval = await reader.interval(surveyed.timeline);
      if (interval === null) continue;
      const done = this.#done.get(surveyed.timeline.name);
      const base = finestLevel(interval, leastSamples);
      const state = stateOf(surveyed, recentSec > 0 ? base - levelStep : base);
      if (done?.state === state && done.until > performance.now()) continue;
      const filling = await fillingOf(store, surveyed, interval, { leastSamples, recentSec });
      if (filling !== null) fillings.push(filling);
    }
    return fillings;
  }

  async #fillAll(filling: Filling, count: () => void): Promise<void> {
    const { refused } = this.#writer.counts;
    const { top, first, finalizedUntil } = filling;
    const seconds = tileBuckets * 2 ** top;
    for (let index = Math.floor(finalizedUntil / seconds); (index + 1) * seconds > first; index--) {
      await this.#visit(filling, { level: top, index }, count);
      // All that follows would be refused too.
      if (this.#writer.counts.refused > refused) break;
    }
    await this.#writer.flush();
    if (this.#writer.counts.refused === refused) await this.#trim(filling);
  }

  /** What was among the newest data when it was filled is not any more. */
  async #trim(filling: Filling): Promise<void> {
    const { finest, fields, filled, timeline } = filling;
    const before = firstFine(filling);
    if (![...(filled.get(finest) ?? [])].some((index) => index < before)) return;
    const { feed, block } = timeline;
    await this.#options.store.trimTiles({ feed, block, fields, power: powerOf({ level: finest }), before });
  }

  /** True when the place is filled now, or holds nothing. */
  async #visit(filling: Filling, key: TileKey, count: () => void): Promise<boolean> {
    const { start, end } = tileRange(key);
    if (end <= filling.first) return true;
    if (start >= filling.finalizedUntil) return false;
    await this.#turn();
    const isOfRows = isMadeOfRows(filling, key);
    if (isOfRows && (isFilled(filling, key) || !isFinal(filling, key))) return isFilled(filling, key);
    if (isOfRows) return this.#fillPlace(filling, key, count);
    if (key.level >= filling.base + levelsWorthALook && !isFilled(filling, key)) {
      if (!(await this.#hasRows(filling, key))) return true;
    }
    let isReady = true;
    for (const finer of [...finerTiles(key)].reverse()) isReady = (await this.#visit(filling, finer, count)) && isReady;
    if (isFilled(filling, key)) return true;
    return isReady && isFinal(filling, key) && (await this.#fillPlace(filling, key, count));
  }

  async #fillPlace(filling: Filling, key: TileKey, count: () => void): Promise<boolean> {
    const { store } = this.#options;
    const { fields, timeline } = filling;
    const isOfRows = isMadeOfRows(filling, key);
    // What finer tiles were stored must be there to be read.
    if (!isOfRows) await this.#writer.flush();
    const place = { feed: timeline.feed, encoding: tileEncoding, power: powerOf(key), index: key.index };
    const there = await store.tiledFields(place);
    const missing = fields.filter((field) => !there.has(field));
    let isNothing = missing.length === fields.length;
    for (let from = 0; from < missing.length; from += fieldsAtOnce) {
      const some = missing.slice(from, from + fieldsAtOnce);
      const tiles = isOfRows ? await this.#fromRows(filling, key, some) : await this.#fromFiner(filling, key, some);
      if (tiles === null) return false;
      isNothing &&= tiles.every((tile) => tile === emptyTile);
      // A place without any sample is but marked: there may be years of them.
      if (isNothing && from + fieldsAtOnce >= missing.length) break;
      const packed = tiles.map((tile, i) => [some[i]!, tile === emptyTile ? 'empty' : packTile(tile)] as const);
      await this.#writer.add(updateOf(filling, key, [], new Map(packed)));
    }
    const isMarked = () => {
      filling.filled.get(key.level)!.add(key.index);
      if (isOfRows) count();
    };
    await this.#writer.add(updateOf(filling, key, fields, new Map()), isMarked);
    return true;
  }

  /** Null where a frame can't be read. */
  async #fromRows(filling: Filling, key: TileKey, owns: readonly string[]): Promise<Tile[] | null> {
    const { reader, signal } = this.#options;
    const { timeline } = filling;
    const names = new Map([...timeline.fields.values()].map(({ own, name }) => [own, name]));
    const makers = new Map(owns.map((own) => [names.get(own)!, tileMaker(key)]));
    const query = { timeline: timeline.name, fields: [...makers.keys()], range: tileRange(key) };
    for await (const { batches } of readAll(reader, query, signal)) {
      for (const { t, columns } of batches) for (const [name, column] of columns) makers.get(name)?.push(t, column);
    }
    if (!reader.isWhole(timeline, query.range)) {
      this.#broken++;
      return null;
    }
    return [...makers.values()].map((maker) => maker.finish());
  }

  async #fromFiner(filling: Filling, key: TileKey, owns: readonly string[]): Promise<Tile[] | null> {
    const { store, signal } = this.#options;
    const finer = finerTiles(key);
    const wanted = owns.flatMap((field) => finer.map((one) => ({ field, power: powerOf(one), index: one.index })));
    const { feed, block } = filling.timeline;
    const found = await store.tiles({ feed, encoding: tileEncoding, wanted }, signal);
    // Another who fills may have trimmed them meanwhile: what is not there is no absence then.
    if (finer[0]!.level === filling.finest) {
      const query = { feed, block, encoding: tileEncoding, power: powerOf(finer[0]!), fields: filling.fields };
      const there = new Set(await store.filledTiles(query));
      if (!finer.every((one) => there.has(one.index) || tileRange(one).end <= filling.first)) return null;
    }
    const tiles: Tile[] = [];
    for (let i = 0; i < owns.length; i++) {
      const parts = found.slice(finer.length * i, finer.length * (i + 1));
      const unpacked = parts.map((part) => (part === null || part === 'empty' ? emptyTile : tryToUnpack(part)));
      // Damaged ones are made anew when they are asked for.
      if (unpacked.includes(null)) return null;
      tiles.push(joinTiles(key, unpacked as Tile[]));
    }
    return tiles;
  }

  async #hasRows({ timeline }: Filling, key: TileKey): Promise<boolean> {
    const { reader, signal } = this.#options;
    const query = {
      timeline: timeline.name,
      fields: [...timeline.fields.keys()],
      range: tileRange(key),
      maxSamples: 1,
    };
    for await (const { batches } of readAll(reader, query, signal)) if (batches.length > 0) return true;
    // A frame that can't be read is no absence.
    return !reader.isWhole(timeline, query.range);
  }

  async #turn(): Promise<void> {
    throwIfCancelled(this.#options.signal);
    await this.#options.turn();
    throwIfCancelled(this.#options.signal);
  }
}

/** Changes when there may be something to fill. */
function stateOf({ timeline, finalizedUntil, revision }: SurveyedTimeline, base: number): string {
  const edge = Math.floor(finalizedUntil / (tileBuckets * 2 ** base));
  return JSON.stringify([base, edge, revision, timeline.fields.size, [...timeline.fields.keys()].sort()]);
}

function tryToUnpack(data: Uint8Array): Tile | null {
  try {
    return unpackTile(data, tileBuckets);
  } catch (error) {
    if (error instanceof SisockError && error.code === 'bad_data') return null;
    throw error;
  }
}
