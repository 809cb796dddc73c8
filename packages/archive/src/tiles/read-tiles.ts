import { throwIfCancelled } from '@sisock/core';
import { feedKey, timelineKey } from '../rows.js';
import type { Db } from '../tables.js';
import type { FilledQuery, TilePlace, TilesQuery } from '../types.js';
import { keyOf, pieces } from '../values.js';
import { fieldsKey } from './places.js';

/** How many numbers of feeds, fields and timelines are remembered; they never change. */
const remembered = 200_000;
/** Of one statement, so that no answer is too large. */
const tilesPerStatement = 100;
const fieldsPerStatement = 20;

/** Reads tiles by the names of their feeds, blocks and fields. */
export class TileQueries {
  readonly #numbers = new Map<string, number>();

  /** In the order that was asked; see ArchiveStore.tiles. */
  async tiles(db: Db, query: TilesQuery, signal?: AbortSignal): Promise<(Uint8Array | 'empty' | null)[]> {
    const { feed, encoding, wanted } = query;
    const feedId = await this.#feed(db, feed);
    if (feedId === null) return wanted.map(() => null);
    const fields = await this.#fields(db, feedId, [...new Set(wanted.map(({ field }) => field))]);
    const found = new Map<string, Uint8Array>();
    for (const [power, indexes] of byPower(wanted)) {
      for (const some of pieces(indexes, undefined, tilesPerStatement)) {
        throwIfCancelled(signal);
        const place = { feedId, power, indexes: some, encoding };
        for (const ids of pieces([...fields.values()], undefined, fieldsPerStatement)) {
          for (const { tile, field_id, data } of await tileRows(db, place, ids)) {
            found.set(`${power} ${tile} ${field_id}`, bytesOf(data));
          }
        }
      }
    }
    return wanted.map(({ power, index, field }) => {
      const data = found.get(`${power} ${index} ${fields.get(field)}`);
      return data?.length === 0 ? 'empty' : (data ?? null);
    });
  }

  /** Rising; see ArchiveStore.filledTiles. */
  async filled(db: Db, { feed, block, encoding, power, fields }: FilledQuery): Promise<number[]> {
    const timelineId = await this.#timeline(db, feed, block);
    if (timelineId === null) return [];
    const rows = await db
      .selectFrom('archive_tiles_filled')
      .select('tile')
      .where('timeline_id', '=', timelineId)
      .where('power', '=', power)
      .where('encoding', '=', encoding)
      .where('fields', '=', fieldsKey(fields))
      .orderBy('tile')
      .execute();
    return rows.map(({ tile }) => Number(tile));
  }

  /** See ArchiveStore.tiledFields. */
  async fieldsAt(
    db: Db,
    { feed, encoding, power, index }: Omit<TilesQuery, 'wanted'> & TilePlace,
  ): Promise<ReadonlySet<string>> {
    const feedId = await this.#feed(db, feed);
    if (feedId === null) return new Set();
    const rows = await db
      .selectFrom('archive_tiles')
      .innerJoin('archive_tile_fields', 'archive_tile_fields.id', 'archive_tiles.field_id')
      .select('field')
      .where('archive_tiles.feed_id', '=', feedId)
      .where('power', '=', power)
      .where('tile', '=', index)
      .where('encoding', '=', encoding)
      .execute();
    return new Set(rows.map(({ field }) => field));
  }

  #feed(db: Db, feed: string): Promise<number | null> {
    const key = feedKey(feed);
    return this.#number(`feed ${key}`, () =>
      db.selectFrom('archive_tile_feeds').select('id').where('feed_key', '=', key).executeTakeFirst(),
    );
  }

  #timeline(db: Db, feed: string, block: string): Promise<number | null> {
    const key = timelineKey(feed, block);
    return this.#number(`timeline ${key}`, () =>
      db.selectFrom('archive_timelines').select('id').where('name_key', '=', key).executeTakeFirst(),
    );
  }

  async #number(key: string, ask: () => Promise<{ readonly id: unknown } | undefined>): Promise<number | null> {
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const row = await ask();
    if (row === undefined) return null;
    this.#remember(key, Number(row.id));
    return Number(row.id);
  }

  async #fields(db: Db, feedId: number, names: readonly string[]): Promise<Map<string, number>> {
    const numbers = new Map<string, number>();
    const missing = new Map<string, string>();
    for (const name of names) {
      const known = this.#numbers.get(`field ${feedId} ${name}`);
      if (known === undefined) missing.set(keyOf(name), name);
      else numbers.set(name, known);
    }
    for (const keys of pieces([...missing.keys()], undefined, 500)) {
      const rows = await db
        .selectFrom('archive_tile_fields')
        .select(['id', 'field_key'])
        .where('feed_id', '=', feedId)
        .where('field_key', 'in', keys)
        .execute();
      for (const { id, field_key } of rows) {
        const name = missing.get(field_key)!;
        numbers.set(name, Number(id));
        this.#remember(`field ${feedId} ${name}`, Number(id));
      }
    }
    return numbers;
  }

  #remember(key: string, number: number): void {
    if (this.#numbers.size >= remembered) this.#numbers.clear();
    this.#numbers.set(key, number);
  }
}

interface Place {
  readonly feedId: number;
  readonly power: number;
  readonly indexes: readonly number[];
  readonly encoding: number;
}

function tileRows(db: Db, { feedId, power, indexes, encoding }: Place, fields: readonly number[]) {
  return db
    .selectFrom('archive_tiles')
    .select(['tile', 'field_id', 'data'])
    .where('feed_id', '=', feedId)
    .where('power', '=', power)
    .where('tile', 'in', indexes)
    .where('field_id', 'in', fields)
    .where('encoding', '=', encoding)
    .execute();
}

function byPower(wanted: TilesQuery['wanted']): Map<number, number[]> {
  const powers = new Map<number, Set<number>>();
  for (const { power, index } of wanted) {
    const indexes = powers.get(power);
    if (indexes) indexes.add(index);
    else powers.set(power, new Set([index]));
  }
  return new Map([...powers].map(([power, indexes]) => [power, [...indexes]]));
}

function bytesOf(data: ArrayBuffer | Uint8Array): Uint8Array {
  return ArrayBuffer.isView(data) ? data : new Uint8Array(data);
}
