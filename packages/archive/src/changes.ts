import type { Db } from './tables.js';
import type { ArchiveChange } from './types.js';

/**
 * Changes behind `after`. Where some of them are forgotten, every timeline is told as changed from its first to its
 * last sample, under the number of the last forgotten one.
 */
export async function changesAfter(
  db: Db,
  after: number,
  limit: number,
): Promise<{ readonly changes: readonly ArchiveChange[]; readonly latest: number }> {
  const state = await db
    .selectFrom('archive_state')
    .select(['next_change', 'forgotten_change'])
    .where('id', '=', 1)
    .executeTakeFirstOrThrow();
  const forgotten = Number(state.forgotten_change);
  const latest = Number(state.next_change) - 1;
  const whole = after < forgotten ? await everything(db, forgotten) : [];
  const rows = await db
    .selectFrom('archive_changes')
    .innerJoin('archive_timelines', 'archive_timelines.id', 'archive_changes.timeline_id')
    .select([
      'archive_changes.id as id',
      'archive_changes.first_tick as first',
      'archive_changes.last_tick as last',
      'feed',
      'block',
    ])
    .where('archive_changes.id', '>', Math.max(after, forgotten))
    .where('archive_changes.id', '<=', latest)
    .orderBy('archive_changes.id')
    .limit(limit)
    .execute();
  const changes = rows.map(({ id, first, last, feed, block }) => ({
    id: Number(id),
    feed,
    block,
    span: { first: BigInt(first), last: BigInt(last) },
  }));
  return { changes: [...whole, ...changes], latest };
}

async function everything(db: Db, id: number): Promise<ArchiveChange[]> {
  const rows = await db.selectFrom('archive_timelines').select(['feed', 'block', 'first_tick', 'last_tick']).execute();
  return rows.flatMap(({ feed, block, first_tick: first, last_tick: last }) =>
    first === null || last === null ? [] : [{ id, feed, block, span: { first: BigInt(first), last: BigInt(last) } }],
  );
}

/** Drops the oldest changes above `most`, some at a time. */
export async function forgetChanges(trx: Db, most: number): Promise<void> {
  const state = await trx
    .selectFrom('archive_state')
    .select(['next_change', 'forgotten_change'])
    .where('id', '=', 1)
    .executeTakeFirstOrThrow();
  const kept = Number(state.next_change) - 1 - Number(state.forgotten_change);
  if (kept <= most + Math.ceil(most / 10)) return;
  const upTo = Number(state.next_change) - 1 - most;
  await trx.deleteFrom('archive_changes').where('id', '<=', upTo).execute();
  await trx.updateTable('archive_state').set({ forgotten_change: upTo }).where('id', '=', 1).execute();
}
