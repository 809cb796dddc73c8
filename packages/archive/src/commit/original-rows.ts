import { basename, dirname } from 'node:path';
import type { Db } from '../tables.js';
import type { FileUpdate, TickSpan } from '../types.js';
import { keyOf, pieces, storable, ticksToDatetime } from '../values.js';
import { spanOf } from './plan.js';

/** Widest texts of the original's tables; what is longer its reader can't be told. */
export const widest = { filename: 255, path: 4096, feed: 1024, field: 255, description: 768 };
const mostProvider = 2n ** 63n - 1n;

interface OwnedFile {
  readonly id: number;
  readonly update: FileUpdate;
}

interface FeedRow {
  readonly id: number;
  readonly file: number;
  readonly prov: string;
  readonly feed: string;
}

/** Field name as the original's reader spells it in the table `description`. */
export function describedField(feed: string, field: string): string {
  return `${feed}.${field.toLowerCase().replaceAll(' ', '_')}`;
}

/**
 * Keeps the original's tables as its own scanner would: a row of `feeds` for each provider of a file, a row of `fields`
 * with first and last time for each field. Rows of an older scanner become ours: what agrees keeps its id, what
 * disagrees with the file goes. `described`: rows of `description` that surely stand; what is written is added.
 */
export async function writeOriginalRows(
  trx: Db,
  files: readonly OwnedFile[],
  described: Set<string>,
): Promise<string[]> {
  const known = await knownRows(trx, files);
  const last = await trx
    .selectFrom('feeds')
    .select((e) => e.fn.max('id').as('id'))
    .executeTakeFirst();
  let nextId = Number(last?.id ?? 0) + 1;
  const kept: { id: number; row: ReturnType<typeof feedRow> }[] = [];
  const gone: number[] = [];
  const emptied: number[] = [];
  const grown: { id: number; fields: Map<string, TickSpan> }[] = [];
  const fresh: { id: number; fields: Map<string, TickSpan> }[] = [];

  for (const { id: fileId, update } of files) {
    const wanted = wantedRows(update);
    for (const row of known.get(fileId) ?? []) {
      const want = wanted.get(`${row.prov}\0${row.feed}`);
      if (want === undefined) {
        if (update.mode === 'replace') gone.push(row.id);
        continue;
      }
      wanted.delete(`${row.prov}\0${row.feed}`);
      kept.push({ id: row.id, row: feedRow(update, fileId, want) });
      if (update.mode === 'append') grown.push({ id: row.id, fields: want.fields });
      else {
        emptied.push(row.id);
        fresh.push({ id: row.id, fields: want.fields });
      }
    }
    for (const want of wanted.values()) {
      const id = nextId++;
      kept.push({ id, row: feedRow(update, fileId, want) });
      fresh.push({ id, fields: want.fields });
    }
  }

  for (const ids of pieces([...gone, ...emptied], undefined, 500)) {
    await trx.deleteFrom('fields').where('feed_id', 'in', ids).execute();
  }
  for (const ids of pieces(gone, undefined, 500)) await trx.deleteFrom('feeds').where('id', 'in', ids).execute();
  const rows = kept.map(({ id, row }) => ({ id, ...row }));
  for (const piece of pieces(rows)) await trx.replaceInto('feeds').values(piece).execute();
  const fields = [...fresh, ...(await merged(trx, grown))].flatMap(({ id, fields: of }) =>
    [...of].map(([field, span]) => ({
      feed_id: id,
      field,
      start: ticksToDatetime(span.first, 'down'),
      end: ticksToDatetime(span.last, 'up'),
    })),
  );
  for (const piece of pieces(fields)) await trx.replaceInto('fields').values(piece).execute();
  return describe(trx, files, described);
}

/** Rows of these files: ours, and those of an older scanner by directory and name. */
async function knownRows(trx: Db, files: readonly OwnedFile[]): Promise<Map<number, FeedRow[]>> {
  const found = new Map<number, FeedRow[]>();
  const add = (file: number, row: { id: unknown; prov_id: unknown; description: string | null }) => {
    const rows = found.get(file) ?? [];
    found.set(file, rows);
    rows.push({ id: Number(row.id), file, prov: String(row.prov_id), feed: row.description ?? '' });
  };
  const old = files.filter(({ update }) => update.expected !== null).map(({ id }) => id);
  for (const ids of pieces(old, undefined, 500)) {
    const rows = await trx
      .selectFrom('feeds')
      .select(['id', 'archive_file', 'prov_id', 'description'])
      .where('archive_file', 'in', ids)
      .execute();
    for (const row of rows) add(Number(row.archive_file), row);
  }
  const byPath = new Map(files.map(({ id, update }) => [update.file.path, id]));
  const names = [...new Set([...byPath.keys()].map((path) => basename(path)))];
  for (const some of pieces(names, undefined, 500)) {
    const rows = await trx
      .selectFrom('feeds')
      .select(['id', 'filename', 'path', 'prov_id', 'description'])
      .where('filename', 'in', some)
      .where('archive_file', 'is', null)
      .execute();
    for (const row of rows) {
      const directory = (row.path ?? '').replace(/\/+$/, '');
      const file = byPath.get(`${directory}/${row.filename}`);
      if (file !== undefined) add(file, row);
    }
  }
  return found;
}

interface WantedRow {
  readonly prov: bigint;
  readonly feed: string;
  readonly fields: Map<string, TickSpan>;
}

function wantedRows(update: FileUpdate): Map<string, WantedRow> {
  const wanted = new Map<string, WantedRow>();
  if (basename(update.file.path).length > widest.filename || dirname(update.file.path).length > widest.path)
    return wanted;
  for (const block of update.blocks) {
    const feed = storable(block.feed);
    if (block.count === 0 || feed.length > widest.feed || block.providerId > mostProvider) continue;
    const key = `${block.providerId}\0${feed}`;
    const row = wanted.get(key) ?? { prov: block.providerId, feed, fields: new Map<string, TickSpan>() };
    wanted.set(key, row);
    const span = { first: block.minTick, last: block.maxTick };
    for (const name of block.fields.keys()) {
      const field = storable(name);
      if (field.length > widest.field) continue;
      const before = row.fields.get(field);
      if (before === undefined || span.first < before.first || span.last > before.last) {
        row.fields.set(field, before === undefined ? span : spanOf([before, span])!);
      }
    }
  }
  return wanted;
}

function feedRow(update: FileUpdate, fileId: number, { prov, feed }: WantedRow) {
  const { path } = update.file;
  return {
    filename: basename(path),
    path: dirname(path),
    prov_id: prov,
    description: feed,
    scanned: 1,
    archive_file: fileId,
    row_key: keyOf(path, String(prov), feed),
  };
}

/** Spans of rows that grow, with what stands there already. */
async function merged(trx: Db, grown: readonly { id: number; fields: Map<string, TickSpan> }[]) {
  const byId = new Map(grown.map(({ id, fields }) => [id, fields]));
  for (const ids of pieces([...byId.keys()], undefined, 500)) {
    const rows = await trx.selectFrom('fields').selectAll().where('feed_id', 'in', ids).execute();
    for (const { feed_id, field, start, end } of rows) {
      const fields = byId.get(Number(feed_id))!;
      const more = fields.get(field);
      if (more === undefined || start === null || end === null) continue;
      fields.set(field, spanOf([more, { first: datetimeToTicks(start), last: datetimeToTicks(end) }])!);
    }
  }
  return grown;
}

/** A DATETIME(6) in UTC, as text, in ticks. */
function datetimeToTicks(text: string): bigint {
  const [date, time = '00:00:00'] = text.split(' ');
  const [seconds, fraction = ''] = time.split('.');
  return BigInt(Date.parse(`${date}T${seconds}Z`)) * 100_000n + BigInt(fraction.padEnd(6, '0')) * 100n;
}

/** Writes rows of `description` that may be missing; gives their names. */
async function describe(trx: Db, files: readonly OwnedFile[], described: ReadonlySet<string>): Promise<string[]> {
  const names = new Set<string>();
  const seen = new Set<unknown>();
  for (const { update } of files) {
    for (const block of update.blocks) {
      if (block.count === 0 || seen.has(block.fields)) continue;
      seen.add(block.fields);
      for (const field of block.fields.keys()) {
        const name = storable(describedField(block.feed, field));
        if (name.length <= widest.description && !described.has(name)) names.add(name);
      }
    }
  }
  const missing = [...names];
  for (const piece of pieces(missing)) {
    await trx
      .replaceInto('description')
      .values(piece.map((description) => ({ description })))
      .execute();
  }
  return missing;
}
