import { mergeSpans } from '../commit/plan.js';
import { feedKey } from '../rows.js';
import type { Db } from '../tables.js';
import type { TickSpan } from '../types.js';
import { pieces } from '../values.js';
import { powersOf, tilesOf } from './places.js';

/** Deletes the tiles that hold a sample of the spans: to be called in the transaction that records the change. */
export async function dropTiles(trx: Db, changed: ReadonlyMap<string, readonly TickSpan[]>): Promise<void> {
  const spans = new Map([...changed].map(([feed, all]) => [feedKey(feed), mergeSpans(all)]));
  for (const keys of pieces([...spans.keys()], undefined, 500)) {
    const feeds = await trx.selectFrom('archive_tile_feeds').selectAll().where('feed_key', 'in', keys).execute();
    for (const { id, feed_key, powers } of feeds) {
      for (const power of powersOf(BigInt(powers))) {
        for (const [first, last] of ranges(power, spans.get(feed_key)!)) {
          for (const table of ['archive_tiles', 'archive_tiles_filled'] as const) {
            await trx
              .deleteFrom(table)
              .where('feed_id', '=', id)
              .where('power', '=', power)
              .where('tile', '>=', first)
              .where('tile', '<=', last)
              .execute();
          }
        }
      }
    }
  }
}

/** Tiles of several spans, neighbours together. `spans` rise. */
function ranges(power: number, spans: readonly TickSpan[]): [number, number][] {
  const joined: [number, number][] = [];
  for (const span of spans) {
    const [first, last] = tilesOf(power, span);
    const before = joined.at(-1);
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else joined.push([first, last]);
  }
  return joined;
}
