import { feedKey, timelineKey } from '../rows.js';
import type { Db } from '../tables.js';
import type { TilesTrim } from '../types.js';
import { keyOf, pieces } from '../values.js';

/** Deletes the tiles of one width before a place, of some fields, with the word that their places are filled. */
export async function trimTiles(trx: Db, { feed, block, fields, power, before }: TilesTrim): Promise<void> {
  const own = await trx
    .selectFrom('archive_tile_feeds')
    .select('id')
    .where('feed_key', '=', feedKey(feed))
    .executeTakeFirst();
  if (own === undefined) return;
  await trx
    .deleteFrom('archive_tiles_filled')
    .where('feed_id', '=', own.id)
    .where('power', '=', power)
    .where('tile', '<', before)
    .where('timeline_id', 'in', (query) =>
      query.selectFrom('archive_timelines').select('id').where('name_key', '=', timelineKey(feed, block)),
    )
    .execute();
  const keys = Array.from(fields, (name) => keyOf(name));
  for (const some of pieces(keys, undefined, 500)) {
    await trx
      .deleteFrom('archive_tiles')
      .where('feed_id', '=', own.id)
      .where('power', '=', power)
      .where('tile', '<', before)
      .where('field_id', 'in', (query) =>
        query
          .selectFrom('archive_tile_fields')
          .select('id')
          .where('feed_id', '=', own.id)
          .where('field_key', 'in', some),
      )
      .execute();
  }
}
