import type { Db } from '../tables.js';
import {
  feedKey,
  layoutToText,
  rowToTimeline,
  textToLayout,
  type FieldKinds,
  type Timeline,
  timelineKey,
  timelineToRow,
} from '../rows.js';
import { dropTiles } from '../tiles/drop-tiles.js';
import type { TickSpan } from '../types.js';
import { clampTick, keyOf, pieces } from '../values.js';
import { mergeSpans, spanOf } from './plan.js';

/** Numbers that rows are given; kept in archive_state. */
export interface Counters {
  file: number;
  timeline: number;
  layout: number;
  change: number;
}

/** Timelines and layouts that a commit touches: read once, changed in memory, written at its end. */
export class TouchedTimelines {
  readonly #trx: Db;
  readonly #next: Counters;
  readonly #byKey = new Map<string, Timeline>();
  readonly #byId = new Map<number, Timeline>();
  /** What was final when the commit began, by id. */
  readonly #finalBefore = new Map<number, bigint | null>();
  readonly #layouts = new Map<string, number>();
  readonly #storedLayouts: Map<number, FieldKinds>;
  /** Of this commit: their numbers are given again where it fails. */
  readonly #ownLayouts = new Map<number, FieldKinds>();
  /** Blocks of one feed, and the fields that runs of each have had. */
  readonly #siblings = new Map<string, Timeline[]>();
  readonly #fields = new Map<Timeline, Set<string>>();
  readonly #newLayouts: { id: number; timeline_id: number; digest: string; fields: string }[] = [];
  readonly #touched = new Set<Timeline>();
  readonly #changed = new Map<Timeline, TickSpan[]>();
  readonly #shrunk = new Set<Timeline>();

  /** `layouts`: those that are stored, by number; kept by the caller, since they never change. */
  constructor(trx: Db, next: Counters, layouts: Map<number, FieldKinds>) {
    this.#trx = trx;
    this.#next = next;
    this.#storedLayouts = layouts;
  }

  /** Reads or makes timelines, and reads the other blocks of their feeds. */
  async need(names: readonly { readonly feed: string; readonly block: string }[]): Promise<void> {
    const wanted = new Map(names.map((n) => [timelineKey(n.feed, n.block), n]));
    const feeds = new Set(names.map(({ feed }) => feedKey(feed)));
    for (const keys of pieces([...feeds], undefined, 500)) {
      const rows = await this.#trx.selectFrom('archive_timelines').selectAll().where('feed_key', 'in', keys).execute();
      for (const row of rows) this.#know(row.name_key, rowToTimeline(row));
    }
    for (const [key, { feed, block }] of wanted) {
      if (this.#byKey.has(key)) continue;
      this.#know(key, {
        id: this.#next.timeline++,
        feed,
        block,
        revision: 0,
        finalizedTick: null,
        firstTick: null,
        lastTick: null,
        longest: 0n,
        frames: 0,
        samples: 0,
      });
    }
    await this.#needFields();
  }

  /** Reads timelines by their ids. */
  async needIds(ids: Iterable<number>): Promise<void> {
    const missing = [...new Set(ids)].filter((id) => !this.#byId.has(id));
    for (const some of pieces(missing, undefined, 500)) {
      const rows = await this.#trx.selectFrom('archive_timelines').selectAll().where('id', 'in', some).execute();
      for (const row of rows) this.#know(row.name_key, rowToTimeline(row));
    }
  }

  of(feed: string, block: string): Timeline {
    return this.#byKey.get(timelineKey(feed, block))!;
  }

  byId(id: number): Timeline {
    return this.#byId.get(id)!;
  }

  /** The number of a set of fields; made where it is new. */
  async layout(timeline: Timeline, fields: FieldKinds): Promise<number> {
    const text = layoutToText(fields);
    const digest = keyOf(text);
    const key = `${timeline.id}:${digest}`;
    const known = this.#layouts.get(key);
    if (known !== undefined) return known;
    const row = await this.#trx
      .selectFrom('archive_layouts')
      .select('id')
      .where('timeline_id', '=', timeline.id)
      .where('digest', '=', digest)
      .executeTakeFirst();
    const id = row === undefined ? this.#next.layout++ : Number(row.id);
    if (row === undefined) this.#newLayouts.push({ id, timeline_id: timeline.id, digest, fields: text });
    this.#layouts.set(key, id);
    this.#ownLayouts.set(id, fields);
    return id;
  }

  /** The fields of a layout that is stored. */
  async fieldsOf(layoutId: number): Promise<FieldKinds> {
    const known = this.#ownLayouts.get(layoutId) ?? this.#storedLayouts.get(layoutId);
    if (known !== undefined) return known;
    const row = await this.#trx
      .selectFrom('archive_layouts')
      .select('fields')
      .where('id', '=', layoutId)
      .executeTakeFirst();
    if (row === undefined) return new Map();
    const fields = textToLayout(row.fields);
    this.#storedLayouts.set(layoutId, fields);
    return fields;
  }

  /**
   * Samples that came: what lies before the end of what was final changes what is known. A field may have been in another
   * block of its feed, and is final there.
   */
  added(
    timeline: Timeline,
    fields: FieldKinds,
    {
      frames,
      samples,
      spans,
    }: { readonly frames: number; readonly samples: number; readonly spans: readonly TickSpan[] },
    newestFinal: bigint,
  ): void {
    this.#touched.add(timeline);
    timeline.frames += frames;
    timeline.samples += samples;
    const before = this.#finalOf(timeline, fields);
    for (const { first, last } of spans) {
      if (timeline.firstTick === null || first < timeline.firstTick) timeline.firstTick = first;
      if (timeline.lastTick === null || last > timeline.lastTick) timeline.lastTick = last;
      if (before !== null && first <= before) {
        this.#change(timeline, { first, last: last < before ? last : before });
      }
      if (last <= newestFinal && (timeline.finalizedTick === null || last > timeline.finalizedTick)) {
        timeline.finalizedTick = last;
      }
    }
  }

  /** Samples that went. */
  removed(timeline: Timeline, frames: number, samples: number, span: TickSpan): void {
    this.#touched.add(timeline);
    this.#shrunk.add(timeline);
    timeline.frames -= frames;
    timeline.samples -= samples;
    this.#change(timeline, span);
  }

  /** A run as long as this is there. What is longer than a column can say counts as endless. */
  holds(timeline: Timeline, span: TickSpan): void {
    const length = span.last - span.first;
    if (length > timeline.longest) timeline.longest = clampTick(length);
  }

  /** Writes everything; runs stand already. Gives true when there was something to write. */
  async write(): Promise<boolean> {
    for (const timeline of this.#shrunk) await this.#measure(timeline);
    const changes: { id: number; timeline_id: number; first_tick: bigint; last_tick: bigint }[] = [];
    for (const [timeline, spans] of this.#changed) {
      for (const { first, last } of mergeSpans(spans)) {
        timeline.revision++;
        changes.push({ id: this.#next.change++, timeline_id: timeline.id, first_tick: first, last_tick: last });
      }
    }
    for (const rows of pieces([...this.#touched].map(timelineToRow))) {
      await this.#trx.replaceInto('archive_timelines').values(rows).execute();
    }
    for (const rows of pieces(this.#newLayouts, (row) => row.fields.length)) {
      await this.#trx.insertInto('archive_layouts').values(rows).execute();
    }
    for (const rows of pieces(changes)) await this.#trx.insertInto('archive_changes').values(rows).execute();
    await dropTiles(this.#trx, this.#changedFeeds());
    return this.#touched.size > 0;
  }

  #know(key: string, timeline: Timeline): void {
    if (this.#byId.has(timeline.id)) return;
    this.#byKey.set(key, timeline);
    this.#byId.set(timeline.id, timeline);
    this.#finalBefore.set(timeline.id, timeline.finalizedTick);
    const siblings = this.#siblings.get(timeline.feed);
    if (siblings) siblings.push(timeline);
    else this.#siblings.set(timeline.feed, [timeline]);
  }

  /** Reads which fields the blocks have had, of feeds with more than one. */
  async #needFields(): Promise<void> {
    const several = [...this.#siblings.values()].filter((all) => all.length > 1).flat();
    const missing = several.filter((timeline) => !this.#fields.has(timeline));
    for (const timeline of missing) this.#fields.set(timeline, new Set());
    for (const some of pieces(missing, undefined, 500)) {
      const rows = await this.#trx
        .selectFrom('archive_layouts')
        .select(['id', 'timeline_id'])
        .where(
          'timeline_id',
          'in',
          some.map(({ id }) => id),
        )
        .execute();
      for (const { id, timeline_id } of rows) {
        const fields = this.#fields.get(this.#byId.get(Number(timeline_id))!)!;
        for (const field of (await this.fieldsOf(Number(id))).keys()) fields.add(field);
      }
    }
  }

  #changedFeeds(): Map<string, TickSpan[]> {
    const feeds = new Map<string, TickSpan[]>();
    for (const [{ feed }, spans] of this.#changed) feeds.set(feed, [...(feeds.get(feed) ?? []), ...spans]);
    return feeds;
  }

  /** Until when the fields were final before the commit, in whatever block. */
  #finalOf(timeline: Timeline, fields: FieldKinds): bigint | null {
    let final = this.#finalBefore.get(timeline.id) ?? null;
    for (const other of this.#siblings.get(timeline.feed) ?? []) {
      const before = this.#finalBefore.get(other.id) ?? null;
      if (before === null || (final !== null && before <= final)) continue;
      const own = this.#fields.get(other);
      if (own !== undefined && [...fields.keys()].some((field) => own.has(field))) final = before;
    }
    return final;
  }

  #change(timeline: Timeline, span: TickSpan): void {
    const spans = this.#changed.get(timeline);
    if (spans === undefined) this.#changed.set(timeline, [span]);
    else spans.push(span);
  }

  /** The span of what is left after data went. */
  async #measure(timeline: Timeline): Promise<void> {
    const rows = await this.#trx
      .selectFrom('archive_runs')
      .select((e) => [e.fn.min('first_tick').as('first'), e.fn.max('last_tick').as('last')])
      .where('timeline_id', '=', timeline.id)
      .execute();
    const { first, last } = rows[0] ?? { first: null, last: null };
    const span = first === null || last === null ? null : spanOf([{ first: BigInt(first), last: BigInt(last) }]);
    timeline.firstTick = span?.first ?? null;
    timeline.lastTick = span?.last ?? null;
  }
}
