import { textToLayout } from './rows.js';
import type { Db } from './tables.js';
import type { ArchiveCounts, FileOutcome } from './types.js';

/** How much is stored. `bytes`: of files that are there; `fields`: of every block, whatever files hold them. */
export async function countAll(db: Db): Promise<ArchiveCounts> {
  const files: Record<FileOutcome, number> = { ok: 0, damaged: 0, unreadable: 0, gone: 0 };
  let bytes = 0;
  const outcomes = await db
    .selectFrom('archive_files')
    .select((e) => ['outcome', e.fn.countAll().as('files'), e.fn.sum('size').as('bytes')])
    .groupBy('outcome')
    .execute();
  for (const row of outcomes) {
    files[row.outcome as FileOutcome] = Number(row.files);
    if (row.outcome !== 'gone') bytes += Number(row.bytes);
  }
  const timelines = await db
    .selectFrom('archive_timelines')
    .select(['id', 'feed_key', 'frames', 'samples'])
    .where('frames', '>', 0)
    .execute();
  const alive = new Set(timelines.map(({ id }) => Number(id)));
  const fields = new Set<string>();
  for (const { timeline_id, fields: text } of await db
    .selectFrom('archive_layouts')
    .select(['timeline_id', 'fields'])
    .execute()) {
    if (!alive.has(Number(timeline_id))) continue;
    for (const field of textToLayout(text).keys()) fields.add(`${timeline_id}\0${field}`);
  }
  return {
    files,
    feeds: new Set(timelines.map(({ feed_key }) => feed_key)).size,
    fields: fields.size,
    frames: timelines.reduce((sum, t) => sum + Number(t.frames), 0),
    samples: timelines.reduce((sum, t) => sum + Number(t.samples), 0),
    bytes,
  };
}
