import type { ArchiveStore } from '@sisock/archive';
import {
  bucketEdge,
  type Catalog,
  checkReadQuery,
  checkReduceQuery,
  type Chunk,
  type Clock,
  type DataChange,
  intersect,
  isEmptyRange,
  type NodeHealth,
  queryReducer,
  type Reader,
  type ReadQuery,
  type Reduced,
  type ReduceQuery,
  throwIfCancelled,
  type TimeRange,
  toSisockError,
  unknownTimeline,
} from '@sisock/core';
import type { FrameFiles } from '@sisock/g3-files';
import type { Logger, Metrics, Service } from '@sisock/runtime';
import { ArchiveChanges } from './archive-changes.js';
import { ArchiveIndex, extentOf, type FeedsView, homeOf, nowhere, revisionOf } from './archive-index.js';
import { ChunkRows } from './chunk-rows.js';
import { type ChangedSpan, dataChangesOf } from './data-changes.js';
import { FrameBlocks } from './frame-blocks.js';
import { g3Catalog } from './g3-catalog.js';
import { Intervals } from './intervals.js';
import { newestFileProblem } from './newest-file.js';
import { decodeCursor, encodeCursor, type Position } from './position.js';
import { tellMetrics } from './reader-metrics.js';
import { rowsWithin } from './row-stream.js';
import { batchesOf, type ServedNames } from './segment-batches.js';
import { type ArchiveTimeline, secondsOf, type Timelines } from './timelines.js';
import { Troubles } from './troubles.js';

export interface G3ReaderOptions {
  /** Migrated. It is not closed by the reader. */
  readonly store: ArchiveStore;
  /** Not closed by the reader. */
  readonly files: Pick<FrameFiles, 'frame' | 'frames'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Most bytes of decoded samples, and of the index, kept in memory. */
  readonly cacheBytes?: number;
  readonly indexCacheBytes?: number;
  /** Most bytes of one chunk, roughly. */
  readonly maxChunkBytes?: number;
  /** Milliseconds between two looks for changes, and between two tries of files that could not be read. */
  readonly pollMs?: number;
  readonly probeMs?: number;
  /** The list of fields may be so old, in ms, while the archive grows. */
  readonly fieldsFreshMs?: number;
  /** Milliseconds that one catalog may spend on finding intervals; the next one goes on. */
  readonly intervalsMs?: number;
}

/** A timeline as it is served just now. */
export interface SurveyedTimeline {
  readonly timeline: ArchiveTimeline;
  /** Data before it are final. */
  readonly finalizedUntil: number;
  /** Of its feed, as the database has it. */
  readonly revision: number;
}

/** What is asked, in terms of the archive. */
interface Asked {
  readonly view: FeedsView;
  readonly timeline: ArchiveTimeline;
  readonly names: ServedNames;
}

/** What an answer says of its own truth; taken before the answer is made. */
interface Truth {
  readonly finalizedUntil: number;
  readonly revision: number;
}

/**
 * An archive of g3 files as a Reader. A timeline is a block of a feed, `<feed>.<block>`; a field `<feed>.<field>` is on the
 * timeline of its newest samples, and what older blocks of the feed hold of it belongs to it. Only the frames that an answer
 * needs are read. Nothing that is kept in memory is used when the database says that the archive changed.
 */
export class G3Reader implements Reader, Service {
  readonly #store: ArchiveStore;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #index: ArchiveIndex;
  readonly #troubles: Troubles;
  readonly #blocks: FrameBlocks;
  readonly #intervals: Intervals;
  readonly #changes: ArchiveChanges;
  readonly #maxChunkBytes: number;
  readonly #probeMs: number;
  /** Tells revisions of this run from those of another one. */
  readonly #run: string;
  #seen: FeedsView | null = null;
  #probed = -Infinity;
  #probing: Promise<void> = Promise.resolve();

  constructor(options: G3ReaderOptions) {
    const { store, files, clock, log, metrics, cacheBytes = 64_000_000, indexCacheBytes = 16_000_000 } = options;
    this.#store = store;
    this.#clock = clock;
    this.#log = log;
    this.#maxChunkBytes = options.maxChunkBytes ?? 2_000_000;
    this.#probeMs = options.probeMs ?? 5_000;
    this.#run = Math.floor(clock() * 1000).toString(36);
    this.#index = new ArchiveIndex({
      store,
      cacheBytes: indexCacheBytes,
      fieldsFreshMs: options.fieldsFreshMs ?? 1000,
    });
    this.#troubles = new Troubles(log);
    const onChanged = (spans: readonly ChangedSpan[]) => this.#changes.add(spans);
    this.#blocks = new FrameBlocks({ files, troubles: this.#troubles, cacheBytes, onChanged });
    this.#intervals = new Intervals(clock, options.intervalsMs ?? 200);
    this.#changes = new ArchiveChanges({
      ...{ store, log, pollMs: options.pollMs ?? 1000 },
      view: () => this.#index.view(),
      timelines: (view) => this.#index.timelines(view, () => false),
      translate: (spans, view, timelines) =>
        dataChangesOf(spans, timelines, (feed) => this.#revision(feed, revisionOf(view, feed))),
      alongside: () => this.#probe(),
    });
    tellMetrics(metrics, { index: this.#index, blocks: this.#blocks, troubles: this.#troubles });
  }

  /** Fields with data in files that meet the range. */
  async catalog(range: TimeRange, signal?: AbortSignal): Promise<Catalog> {
    throwIfCancelled(signal);
    const view = await this.#view();
    const there = isEmptyRange(range) ? [] : await this.#index.fields(view, range);
    const names = [...new Set(there.map(({ feed, field }) => `${feed}.${field}`))];
    const timelines = await this.#index.timelines(view, (known) => names.every((name) => known.fields.has(name)));
    throwIfCancelled(signal);
    const fields = names.flatMap((name) => timelines.fields.get(name) ?? []);
    const intervals = await this.#intervals.of(
      this.#index,
      view,
      new Set(fields.map(({ timeline }) => timeline)),
      signal,
    );
    return g3Catalog(
      fields,
      (timeline) => intervals.get(timeline) ?? null,
      (timeline) => Math.max(secondsOf(timeline.span.last), secondsOf(homeOf(view, timeline)?.span?.last ?? 0n)),
    );
  }

  /** The field that a perhaps shortened name stands for, among those that are known from the last answer. */
  fullName(name: string): string | null {
    const match = this.#index.knownTimelines?.shortNames.find(name);
    return match?.full ?? null;
  }

  /** The timeline of that name as it was arranged for the last answer; null where there is none. */
  timeline(name: string): ArchiveTimeline | null {
    return this.#index.knownTimelines?.byName.get(name) ?? null;
  }

  /** All timelines, for those who prepare answers. */
  async survey(): Promise<readonly SurveyedTimeline[]> {
    const view = await this.#view();
    const timelines = await this.#index.timelines(view, () => false);
    return [...timelines.byName.values()].map((timeline) => ({ timeline, ...this.#truth({ view, timeline }) }));
  }

  /** Usual seconds between samples of a timeline; null where there is no such cadence. */
  async interval(timeline: ArchiveTimeline): Promise<number | null> {
    return (await this.#intervals.of(this.#index, await this.#view(), [timeline])).get(timeline) ?? null;
  }

  /** False where a frame that a timeline has within the range could not be read. */
  isWhole({ feed }: ArchiveTimeline, range: TimeRange): boolean {
    return !this.#troubles.touch(feed, range);
  }

  async read(query: ReadQuery, signal?: AbortSignal): Promise<Chunk> {
    throwIfCancelled(signal);
    checkReadQuery(query);
    const after = decodeCursor(query.cursor);
    const asked = await this.#ask(query.timeline, query.fields);
    const truth = this.#truth(asked);
    const rows = Math.min(
      query.maxSamples,
      Math.max(1, Math.floor(this.#maxChunkBytes / (8 * (1 + asked.names.size)))),
    );
    const gathered = new ChunkRows({ rows, textBytes: this.#maxChunkBytes });
    let done = true;
    for await (const segments of this.#rows(asked, truth, query.range, after, rows, signal)) {
      done = gathered.add(segments);
      if (!done) break;
    }
    const { segments, last } = gathered;
    const cursor = last === null ? (query.cursor ?? '') : encodeCursor(last);
    return { batches: batchesOf(segments, asked.names), cursor, done, ...this.#told(asked.timeline, truth) };
  }

  async reduce(query: ReduceQuery, signal?: AbortSignal): Promise<Reduced> {
    throwIfCancelled(signal);
    checkReduceQuery(query);
    const asked = await this.#ask(query.timeline, query.fields);
    const truth = this.#truth(asked);
    const reducer = queryReducer(query);
    const range = { start: query.start, end: bucketEdge(query, query.count) };
    for await (const segments of this.#rows(asked, truth, range, null, Infinity, signal)) {
      for (const batch of batchesOf(segments, asked.names)) reducer.push(batch);
    }
    return { fields: reducer.finish(), ...this.#told(asked.timeline, truth) };
  }

  /** Data that came late, were replaced or went, from the call on. */
  changes(signal: AbortSignal): AsyncIterable<DataChange> {
    return this.#changes.subscribe(signal);
  }

  async health(signal?: AbortSignal): Promise<NodeHealth> {
    throwIfCancelled(signal);
    await this.#probe();
    let newest: number | null = null;
    let stored: Readonly<Record<string, number>> = {};
    let problem: string | null = null;
    try {
      const view = await this.#index.view();
      for (const blocks of view.feeds.values()) {
        for (const { span, finalizedTick } of blocks) {
          const tick = finalizedTick ?? span?.last;
          if (tick !== undefined) newest = Math.max(newest ?? -Infinity, secondsOf(tick));
        }
      }
      const { files, ...rest } = await this.#store.counts();
      stored = { ...rest, files: files.ok, files_damaged: files.damaged, files_unreadable: files.unreadable };
      problem = await newestFileProblem(this.#index, view);
    } catch (thrown) {
      problem = toSisockError(thrown).message;
    }
    throwIfCancelled(signal);
    const message = this.#index.problem ?? problem ?? this.#troubles.message;
    const { hits, misses, frames, bytes } = this.#blocks.counts;
    const cache = { cache_bytes: this.#blocks.bytes, cache_hits: hits, cache_misses: misses };
    const read = { frames_read: frames, bytes_read: bytes, files_not_served: this.#troubles.files };
    const counters = { ...stored, ...cache, ...read };
    return { ok: message === null, ...(message !== null && { message }), newest, counters, agents: [] };
  }

  async close(): Promise<void> {
    await this.#changes.close();
    await this.#probing;
  }

  /** @throws SisockError `unknown_timeline` */
  async #ask(timelineName: string, fields: readonly string[]): Promise<Asked> {
    const view = await this.#view();
    const known = (all: Timelines) => fields.every((name) => all.shortNames.find(name).full !== null);
    const timelines = await this.#index.timelines(view, (all) => all.byName.has(timelineName) && known(all));
    const timeline = timelines.byName.get(timelineName);
    if (!timeline) throw unknownTimeline(timelineName, timelines.byName.keys());
    const names = new Map<string, string[]>();
    for (const name of new Set(fields)) {
      const match = timelines.shortNames.find(name);
      const field = match.full === null ? undefined : timeline.fields.get(match.full);
      if (!field) {
        this.#log.debug({ timeline: timelineName, field: name, ...match }, 'no field, or more than one, of that name');
        continue;
      }
      const same = names.get(field.own);
      if (same) same.push(name);
      else names.set(field.own, [name]);
    }
    return { view, timeline, names };
  }

  #rows(
    { view, timeline, names }: Asked,
    truth: Truth,
    range: TimeRange,
    after: Position | null,
    rows: number,
    signal: AbortSignal | undefined,
  ) {
    if (this.#troubles.files > 0) void this.#probe();
    const { feed } = timeline;
    const fields = new Set(names.keys());
    const within = intersect(range, fields.size === 0 ? nowhere : extentOf(view, feed));
    const query = { view, feed, fields, range: within, after, rows };
    const source = { index: this.#index, blocks: this.#blocks };
    return rowsWithin(source, { ...query, revision: String(truth.revision) }, signal);
  }

  #truth({ view, timeline }: Pick<Asked, 'view' | 'timeline'>): Truth {
    const finalizedTick = homeOf(view, timeline)?.finalizedTick ?? null;
    const finalized = finalizedTick === null ? -Infinity : secondsOf(finalizedTick);
    return { finalizedUntil: Math.min(finalized, this.#clock()), revision: revisionOf(view, timeline.feed) };
  }

  #told({ feed }: ArchiveTimeline, { finalizedUntil, revision }: Truth): { finalizedUntil: number; revision: string } {
    return { finalizedUntil, revision: this.#revision(feed, revision) };
  }

  /** What could not be read, or can be again, counts as a change too: no cache may keep an answer from before it. */
  #revision(feed: string, stored: number): string {
    const epoch = this.#troubles.epochOf(feed);
    return epoch === 0 ? `${stored}` : `${stored}~${this.#run}.${epoch}`;
  }

  /** The archive as it is now; those who listen for changes hear of all that come after it. */
  async #view(): Promise<FeedsView> {
    await this.#changes.begun();
    const view = await this.#index.view();
    if (view !== this.#seen) this.#changes.look();
    return (this.#seen = view);
  }

  /** Tries files that could not be read again, now and then. */
  #probe(): Promise<void> {
    const now = performance.now();
    if (this.#troubles.files === 0 || now - this.#probed < this.#probeMs) return this.#probing;
    this.#probed = now;
    return (this.#probing = this.#blocks.probe());
  }
}
