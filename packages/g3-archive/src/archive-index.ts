import { type ArchivedField, type ArchiveStore, type FeedInfo, type FrameRun } from '@sisock/archive';
import { ticksToSeconds } from '@sisock/codecs/g3';
import { allTime, justAfter, Lru, type SisockError, type TimeRange, toSisockError } from '@sisock/core';
import { type ArchiveTimeline, arrangeTimelines, secondsOf, type Timelines } from './timelines.js';

/** A run with the times of its frames as seconds. */
export interface TimedRun extends FrameRun {
  readonly start: Float64Array;
  readonly end: Float64Array;
}

/** The archive's feeds as they were at one moment. */
export interface FeedsView {
  readonly generation: string;
  /** Blocks by feed. */
  readonly feeds: ReadonlyMap<string, readonly FeedInfo[]>;
}

/** No time. */
export const nowhere: TimeRange = { start: Infinity, end: -Infinity };

/** The block that a timeline is named by. */
export function homeOf(view: FeedsView, { feed, block }: ArchiveTimeline): FeedInfo | undefined {
  return view.feeds.get(feed)?.find((one) => one.block === block);
}

/** Rises when data of the feed change that were there already. */
export function revisionOf(view: FeedsView, feed: string): number {
  return (view.feeds.get(feed) ?? []).reduce((sum, { revision }) => sum + revision, 0);
}

/** The times of a feed's samples, in all its blocks. */
export function extentOf(view: FeedsView, feed: string): TimeRange {
  let { start, end } = nowhere;
  for (const { span } of view.feeds.get(feed) ?? []) {
    if (span === null) continue;
    start = Math.min(start, secondsOf(span.first));
    end = Math.max(end, justAfter(secondsOf(span.last)));
  }
  return { start, end };
}

interface Held<T> {
  readonly generation: string;
  readonly value: T;
}

export interface ArchiveIndexOptions {
  readonly store: ArchiveStore;
  /** Most bytes of runs kept. */
  readonly cacheBytes: number;
  /** The list of fields is read again at most so often, in ms, unless an unknown name is asked for. */
  readonly fieldsFreshMs: number;
}

/** Lists of fields kept, by range. */
const fieldLists = 32;

/**
 * The database as the reader asks it: what is read is kept as long as the database says by its generation that nothing
 * changed, and used on while the database is away.
 */
export class ArchiveIndex {
  readonly #store: ArchiveStore;
  readonly #runs: Lru<Held<readonly TimedRun[]>>;
  readonly #fieldsFreshMs: number;
  readonly #fields = new Map<string, Held<readonly ArchivedField[]>>();
  #view: FeedsView | null = null;
  #timelines: (Held<Timelines> & { readonly at: number }) | null = null;
  #arranging: { readonly generation: string; readonly answer: Promise<Timelines> } | null = null;
  #problem: SisockError | null = null;
  readonly counts = { hits: 0, misses: 0 };

  constructor({ store, cacheBytes, fieldsFreshMs }: ArchiveIndexOptions) {
    this.#store = store;
    this.#runs = new Lru(cacheBytes);
    this.#fieldsFreshMs = fieldsFreshMs;
  }

  /** Why the database does not answer; null while it does. */
  get problem(): string | null {
    return this.#problem?.message ?? null;
  }

  get bytes(): number {
    return this.#runs.bytes;
  }

  /** What was seen last. */
  get knownView(): FeedsView | null {
    return this.#view;
  }

  /** What was arranged last, without a look at the database. */
  get knownTimelines(): Timelines | null {
    return this.#timelines?.value ?? null;
  }

  /** @throws SisockError `unavailable` while the database is away and was never seen. */
  async view(): Promise<FeedsView> {
    return this.#orHeld(this.#view, async () => {
      const generation = await this.#store.generation();
      if (this.#view?.generation === generation) return this.#view;
      // Named by what was before: what comes between is more than is promised, and looked at again next time.
      const feeds = new Map<string, FeedInfo[]>();
      for (const info of await this.#store.feeds()) {
        const blocks = feeds.get(info.feed);
        if (blocks) blocks.push(info);
        else feeds.set(info.feed, [info]);
      }
      return (this.#view = { generation, feeds });
    });
  }

  /** `enough` says of what is known whether it will do, though it may be a moment old. */
  async timelines({ generation }: FeedsView, enough: (known: Timelines) => boolean): Promise<Timelines> {
    const known = this.#timelines;
    if (known) {
      const fresh = performance.now() - known.at < this.#fieldsFreshMs;
      if (known.generation === generation || (fresh && enough(known.value))) return known.value;
    }
    if (this.#arranging?.generation !== generation) {
      const answer = this.#orHeld(known?.value ?? null, async () => {
        const value = arrangeTimelines(await this.#store.fields(allTime));
        this.#timelines = { generation, value, at: performance.now() };
        return value;
      }).finally(() => (this.#arranging = null));
      this.#arranging = { generation, answer };
    }
    return this.#arranging.answer;
  }

  /** Fields with data in files that meet the range. */
  async fields({ generation }: FeedsView, range: TimeRange): Promise<readonly ArchivedField[]> {
    const key = `${range.start},${range.end}`;
    const held = this.#fields.get(key);
    if (held?.generation === generation) return held.value;
    return this.#orHeld(held?.value ?? null, async () => {
      const value = await this.#store.fields(range);
      this.#fields.delete(key);
      this.#fields.set(key, { generation, value });
      if (this.#fields.size > fieldLists) this.#fields.delete(this.#fields.keys().next().value!);
      return value;
    });
  }

  /** Runs of a feed that meet the range and hold one of the fields (own names). */
  async runs(
    { generation }: FeedsView,
    query: { readonly feed: string; readonly fields: ReadonlySet<string>; readonly range: TimeRange },
    signal?: AbortSignal,
  ): Promise<readonly TimedRun[]> {
    const key = JSON.stringify([query.feed, query.range.start, query.range.end, [...query.fields].sort()]);
    const held = this.#runs.get(key);
    if (held?.generation === generation) {
      this.counts.hits++;
      return held.value;
    }
    this.counts.misses++;
    return this.#orHeld(held?.value ?? null, async () => {
      const runs = (await this.#store.runs(query, signal)).map((run) => ({
        ...run,
        start: ticksToSeconds(run.minTick),
        end: ticksToSeconds(run.maxTick),
      }));
      this.#runs.set(key, { generation, value: runs }, 2 * key.length + 100 + sum(runs.map(sizeOf)));
      return runs;
    });
  }

  /** What `ask` gives, or what is held while the database is away. */
  async #orHeld<T>(held: T | null, ask: () => Promise<T>): Promise<T> {
    try {
      const answer = await ask();
      this.#problem = null;
      return answer;
    } catch (thrown) {
      const error = toSisockError(thrown);
      if (error.code !== 'unavailable') throw thrown;
      this.#problem = error;
      if (held === null) throw thrown;
      return held;
    }
  }
}

function sizeOf({ path, block, fields, offset }: TimedRun): number {
  return 500 + 2 * (path.length + block.length) + 60 * fields.size + 69 * offset.length;
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
