import { feedKey, timelineKey } from '../rows.js';
import type { Db } from '../tables.js';
import type { TilesUpdate } from '../types.js';
import { keyOf, pieces, storable } from '../values.js';
import { bitOf, checkPlace, fieldsKey } from './places.js';

/** Stands for a tile without a sample. */
const noBytes = Buffer.alloc(0);

interface Numbers {
  feed: number;
  field: number;
}

/**
 * Stores tiles, each update whole or not at all; false for one whose data changed since they were looked at. `locked`: the
 * row of archive_state must be locked, so that no change comes between.
 */
export async function putTiles(trx: Db, updates: readonly TilesUpdate[], locked: boolean): Promise<boolean[]> {
  const row = trx.selectFrom('archive_state').select(['next_tile_feed', 'next_tile_field']).where('id', '=', 1);
  const state = await (locked ? row.forUpdate() : row).executeTakeFirstOrThrow();
  const next: Numbers = { feed: Number(state.next_tile_feed), field: Number(state.next_tile_field) };
  const stored: boolean[] = [];
  for (const update of updates) stored.push(await putOne(trx, update, next));
  await trx
    .updateTable('archive_state')
    .set({ next_tile_feed: next.feed, next_tile_field: next.field })
    .where('id', '=', 1)
    .execute();
  return stored;
}

async function putOne(trx: Db, update: TilesUpdate, next: Numbers): Promise<boolean> {
  checkPlace(update);
  const { feed, block, power, index, encoding, tiles } = update;
  const timelines = await trx
    .selectFrom('archive_timelines')
    .select(['id', 'name_key', 'revision'])
    .where('feed_key', '=', feedKey(feed))
    .execute();
  const revision = timelines.reduce((sum, one) => sum + Number(one.revision), 0);
  const own = timelines.find(({ name_key }) => name_key === timelineKey(feed, block));
  if (own === undefined || revision !== update.revision) return false;
  const feedId = await feedNumber(trx, feedKey(feed), bitOf(power), next);
  const fields = await fieldNumbers(trx, feedId, [...tiles.keys()], next);
  await trx
    .deleteFrom('archive_tiles')
    .where('feed_id', '=', feedId)
    .where('power', '=', power)
    .where('tile', '=', index)
    .where('encoding', '<>', encoding)
    .execute();
  const place = { feed_id: feedId, power, tile: index, encoding };
  const rows = [...tiles].map(([field, tile]) => ({
    ...place,
    field_id: fields.get(field)!,
    data: tile === 'empty' ? noBytes : Buffer.from(tile.buffer, tile.byteOffset, tile.byteLength),
  }));
  for (const some of pieces(rows, ({ data }) => 2 * data.length)) {
    await trx.replaceInto('archive_tiles').values(some).execute();
  }
  await trx
    .replaceInto('archive_tiles_filled')
    .values({ ...place, timeline_id: own.id as bigint, fields: fieldsKey(update.fields) })
    .execute();
  return true;
}

/** The number of a feed; it is made, and the power noted, where they are new. */
async function feedNumber(trx: Db, feed_key: string, bit: bigint, next: Numbers): Promise<number> {
  const row = await trx
    .selectFrom('archive_tile_feeds')
    .selectAll()
    .where('feed_key', '=', feed_key)
    .executeTakeFirst();
  if (row === undefined) {
    const id = next.feed++;
    await trx.insertInto('archive_tile_feeds').values({ id, feed_key, powers: bit }).execute();
    return id;
  }
  const powers = BigInt(row.powers);
  if ((powers & bit) === 0n) {
    const both = powers | bit;
    await trx.updateTable('archive_tile_feeds').set({ powers: both }).where('id', '=', row.id).execute();
  }
  return Number(row.id);
}

async function fieldNumbers(trx: Db, feedId: number, names: readonly string[], next: Numbers) {
  const keys = new Map(names.map((name) => [keyOf(name), name]));
  const numbers = new Map<string, number>();
  for (const some of pieces([...keys.keys()], undefined, 500)) {
    const rows = await trx
      .selectFrom('archive_tile_fields')
      .select(['id', 'field_key'])
      .where('feed_id', '=', feedId)
      .where('field_key', 'in', some)
      .execute();
    for (const { id, field_key } of rows) numbers.set(keys.get(field_key)!, Number(id));
  }
  const missing = [...keys].filter(([, name]) => !numbers.has(name));
  const made = missing.map(([field_key, name]) => {
    const id = next.field++;
    numbers.set(name, id);
    return { id, feed_id: feedId, field_key, field: storable(name) };
  });
  for (const rows of pieces(made, ({ field }) => field.length)) {
    await trx.insertInto('archive_tile_fields').values(rows).execute();
  }
  return numbers;
}
