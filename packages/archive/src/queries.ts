import { SisockError, throwIfCancelled, type TimeRange } from '@sisock/core';
import type { Selectable } from 'kysely';
import { type FrameColumns, pickFrames, unpackFrames } from './frame-codec.js';
import { feedKey, type FieldKinds, rowToTimeline, textToLayout, type Timeline } from './rows.js';
import type { Db, Tables } from './tables.js';
import type { ArchivedField, FeedInfo, FrameRun, TickSpan } from './types.js';
import { clampTick, leastTick, meets, mostTick, pieces, ticksAround } from './values.js';

/** How many layouts are kept in memory; they never change. */
const keptLayouts = 10_000;

/** Reads timelines, fields and runs. */
export class ArchiveQueries {
  readonly #layouts = new Map<number, FieldKinds>();

  async feeds(db: Db, feed?: string): Promise<FeedInfo[]> {
    return (await this.#timelines(db, feed)).map((t) => ({
      feed: t.feed,
      block: t.block,
      span: t.firstTick === null || t.lastTick === null ? null : { first: t.firstTick, last: t.lastTick },
      finalizedTick: t.finalizedTick,
      revision: t.revision,
    }));
  }

  async fields(db: Db, range: TimeRange): Promise<ArchivedField[]> {
    if (!(range.end > range.start)) return [];
    const fields: ArchivedField[] = [];
    for (const timeline of await this.#timelines(db)) {
      if (!mayMeet(timeline, range)) continue;
      const held = whollyInside(timeline, range)
        ? await this.#wholeLayouts(db, timeline)
        : await this.#layoutsWithin(db, timeline, range);
      fields.push(...fieldsOf(timeline, held, await this.#layoutsById(db, held)));
    }
    return fields;
  }

  /** Runs of a feed; see ArchiveStore.runs. */
  async runs(
    db: Db,
    query: { readonly feed: string; readonly fields: ReadonlySet<string>; readonly range: TimeRange },
    signal?: AbortSignal,
  ): Promise<FrameRun[]> {
    const { feed, fields, range } = query;
    if (!(range.end > range.start) || fields.size === 0) return [];
    const runs: FrameRun[] = [];
    for (const timeline of await this.#timelines(db, feed)) {
      throwIfCancelled(signal);
      if (!mayMeet(timeline, range)) continue;
      const layouts = await this.#timelineLayouts(db, timeline.id);
      const wanted = [...layouts].filter(([, layout]) => [...fields].some((f) => layout.has(f))).map(([id]) => id);
      if (wanted.length === 0) continue;
      for (const row of await runRows(db, timeline, wanted, wanted.length < layouts.size, range)) {
        throwIfCancelled(signal);
        const run = toRun(row, timeline, layouts.get(Number(row.layout_id))!, range);
        if (run !== null) runs.push(run);
      }
    }
    return runs.sort((a, b) => compare(a.span.first, b.span.first) || a.fileId - b.fileId);
  }

  async #timelines(db: Db, feed?: string): Promise<Timeline[]> {
    let query = db.selectFrom('archive_timelines').selectAll().orderBy('id');
    if (feed !== undefined) query = query.where('feed_key', '=', feedKey(feed));
    return (await query.execute()).map(rowToTimeline);
  }

  /** Layouts of a timeline that runs which meet the range have. */
  async #layoutsWithin(db: Db, timeline: Timeline, range: TimeRange): Promise<HeldLayout[]> {
    const [from, to] = firstTicks(timeline, range);
    const { first } = ticksAround(range);
    const rows = await db
      .selectFrom('archive_runs')
      .select((e) => ['layout_id', e.fn.min('first_tick').as('first'), e.fn.max('last_tick').as('last')])
      .where('timeline_id', '=', timeline.id)
      .where('first_tick', '>=', from)
      .where('first_tick', '<=', to)
      .where('last_tick', '>=', first)
      .groupBy('layout_id')
      .execute();
    return rows.map(heldLayout).filter(({ span }) => meets(span.first, span.last, range));
  }

  /** The same for all of time. */
  async #wholeLayouts(db: Db, timeline: Timeline): Promise<HeldLayout[]> {
    const rows = await db
      .selectFrom('archive_runs')
      .select((e) => ['layout_id', e.fn.min('first_tick').as('first'), e.fn.max('last_tick').as('last')])
      .where('timeline_id', '=', timeline.id)
      .groupBy('layout_id')
      .execute();
    return rows.map(heldLayout);
  }

  async #layoutsById(db: Db, held: readonly HeldLayout[]): Promise<Map<number, FieldKinds>> {
    const missing = held.map(({ id }) => id).filter((id) => !this.#layouts.has(id));
    for (const some of pieces(missing, undefined, 500)) {
      const rows = await db.selectFrom('archive_layouts').select(['id', 'fields']).where('id', 'in', some).execute();
      this.#keep(rows);
    }
    return new Map(held.flatMap(({ id }) => (this.#layouts.has(id) ? [[id, this.#layouts.get(id)!]] : [])));
  }

  async #timelineLayouts(db: Db, timelineId: number): Promise<Map<number, FieldKinds>> {
    const ids = await db.selectFrom('archive_layouts').select('id').where('timeline_id', '=', timelineId).execute();
    const none = { first: 0n, last: 0n };
    return this.#layoutsById(
      db,
      ids.map(({ id }) => ({ id: Number(id), span: none })),
    );
  }

  #keep(rows: readonly { readonly id: unknown; readonly fields: string }[]): void {
    for (const { id, fields } of rows) this.#layouts.set(Number(id), textToLayout(fields));
    for (const id of this.#layouts.keys()) {
      if (this.#layouts.size <= keptLayouts + rows.length) break;
      this.#layouts.delete(id);
    }
  }
}

interface HeldLayout {
  readonly id: number;
  readonly span: TickSpan;
}

type WholeValue = string | number | bigint;

function heldLayout(row: { layout_id: WholeValue; first: WholeValue; last: WholeValue }): HeldLayout {
  return { id: Number(row.layout_id), span: { first: BigInt(row.first), last: BigInt(row.last) } };
}

/** Fields of all layouts; the kind is that of the layout with the newest samples. */
function fieldsOf(timeline: Timeline, held: readonly HeldLayout[], layouts: Map<number, FieldKinds>): ArchivedField[] {
  const fields = new Map<string, ArchivedField>();
  for (const { id, span } of [...held].sort((a, b) => compare(a.span.last, b.span.last) || a.id - b.id)) {
    for (const [field, kind] of layouts.get(id) ?? []) {
      const before = fields.get(field)?.span;
      const first = before !== undefined && before.first < span.first ? before.first : span.first;
      fields.set(field, { feed: timeline.feed, block: timeline.block, field, kind, span: { first, last: span.last } });
    }
  }
  return [...fields.values()];
}

function mayMeet(timeline: Timeline, range: TimeRange): boolean {
  return (
    timeline.firstTick !== null && timeline.lastTick !== null && meets(timeline.firstTick, timeline.lastTick, range)
  );
}

function whollyInside(timeline: Timeline, range: TimeRange): boolean {
  const { first, last } = ticksAround(range);
  return timeline.firstTick! >= first + 512n && timeline.lastTick! <= last - 512n;
}

/** Where a run's first tick can lie when the run meets the range: no run is longer than the longest. */
function firstTicks(timeline: Timeline, range: TimeRange): readonly [bigint, bigint] {
  const { first, last } = ticksAround(range);
  return [timeline.longest === mostTick ? leastTick : clampTick(first - timeline.longest), last];
}

type RunRow = Pick<
  Selectable<Tables['archive_runs']>,
  'file_id' | 'layout_id' | 'first_tick' | 'last_tick' | 'frames'
> & {
  readonly path: string;
};

function runRows(
  db: Db,
  timeline: Timeline,
  layouts: readonly number[],
  some: boolean,
  range: TimeRange,
): Promise<RunRow[]> {
  let query = db
    .selectFrom('archive_runs')
    .innerJoin('archive_files', 'archive_files.id', 'archive_runs.file_id')
    .select(['file_id', 'layout_id', 'first_tick', 'last_tick', 'frames', 'path'])
    .where('timeline_id', '=', timeline.id);
  if (!whollyInside(timeline, range)) {
    const [from, to] = firstTicks(timeline, range);
    query = query
      .where('first_tick', '>=', from)
      .where('first_tick', '<=', to)
      .where('last_tick', '>=', ticksAround(range).first);
  }
  if (some) query = query.where('layout_id', 'in', layouts);
  return query.execute();
}

function toRun(row: RunRow, timeline: Timeline, fields: FieldKinds, range: TimeRange): FrameRun | null {
  const span = { first: BigInt(row.first_tick), last: BigInt(row.last_tick) };
  let frames: FrameColumns;
  try {
    frames = unpackFrames(row.frames);
  } catch (cause) {
    const text = `${(cause as Error).message} (${timeline.feed}, block ${timeline.block}, of ${row.path})`;
    throw new SisockError('bad_data', text, { cause });
  }
  if (insideOf(span, range)) return frameRun(row, timeline, fields, span, frames);
  const places: number[] = [];
  let first = span.last;
  let last = span.first;
  for (let i = 0; i < frames.minTick.length; i++) {
    const [min, max] = [frames.minTick[i]!, frames.maxTick[i]!];
    if (!meets(min, max, range)) continue;
    places.push(i);
    if (min < first) first = min;
    if (max > last) last = max;
  }
  if (places.length === 0) return null;
  return frameRun(row, timeline, fields, { first, last }, pickFrames(frames, places));
}

/** Each key by its name: with years of files, spreading objects takes longer than all the rest. */
function frameRun(row: RunRow, t: Timeline, fields: FieldKinds, span: TickSpan, frames: FrameColumns): FrameRun {
  return {
    fileId: Number(row.file_id),
    path: row.path,
    feed: t.feed,
    block: t.block,
    span,
    fields,
    offset: frames.offset,
    length: frames.length,
    index: frames.index,
    count: frames.count,
    minTick: frames.minTick,
    maxTick: frames.maxTick,
    rising: frames.rising,
  };
}

function insideOf(span: TickSpan, range: TimeRange): boolean {
  return meets(span.first, span.first, range) && meets(span.last, span.last, range);
}

const compare = (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0);
