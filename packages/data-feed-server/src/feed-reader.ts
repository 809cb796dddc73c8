import {
  allTime,
  bucketEdge,
  type Catalog,
  checkReadQuery,
  checkReduceQuery,
  type Chunk,
  type Clock,
  type DataChange,
  type FollowQuery,
  type Gap,
  isEmptyRange,
  type NodeHealth,
  queryReducer,
  type Reader,
  type ReadQuery,
  type Reduced,
  type ReduceQuery,
  throwIfCancelled,
  unknownTimeline,
} from '@sisock/core';
import type { Logger } from '@sisock/runtime';
import { type Agents } from './agents.js';
import { decodeCursor, encodeCursor, type Position } from './cursor.js';
import { feedCatalog } from './feed-catalog.js';
import { FeedIntake, type IntakeOptions } from './feed-intake.js';
import { type FeedStore, type FeedTimeline, type FormerRows, revisionOf, type RowLog } from './feed-store.js';
import { rowsLost, startOf, type Taken, takeRows, visitRange, type Wanted } from './ring-read.js';
import type { Ring } from './ring.js';

export interface FeedReaderOptions extends IntakeOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** Most values (rows x fields) of one chunk. */
  readonly maxChunkValues?: number;
}

const defaultChunkValues = 131_072;

/**
 * The live feeds of OCS agents as a Reader: `accept` takes the events, everything else reads what the buffer holds of
 * them. A timeline is a block of a feed. A follower costs no memory: it reads the buffer at its own pace, and is told a
 * Gap for what left the buffer before it came.
 */
export class FeedReader implements Reader {
  readonly #clock: Clock;
  readonly #intake: FeedIntake;
  readonly #store: FeedStore;
  readonly #agents: Agents;
  readonly #maxChunkValues: number;
  readonly #rowLog: RowLog | undefined;

  constructor(options: FeedReaderOptions) {
    this.#clock = options.clock;
    this.#maxChunkValues = options.maxChunkValues ?? defaultChunkValues;
    this.#rowLog = options.rowLog;
    this.#intake = new FeedIntake(options);
    this.#store = this.#intake.store;
    this.#agents = this.#intake.agents;
  }

  /**
   * Takes the arguments of an EVENT, published on `topic` where that is known. Never throws: what can't be used is
   * counted, and logged at most once a minute for each feed.
   */
  accept(args: readonly unknown[], topic?: string): void {
    this.#intake.accept(args, topic);
  }

  /** Takes rows of a former run, which a log kept; to be called before anything else is accepted. */
  restore(rows: FormerRows, lastSeen: number): boolean {
    return this.#intake.restore(rows, lastSeen);
  }

  /** Gives up what is older than the buffer; to be called now and then, for feeds that have fallen silent. */
  trim(): void {
    this.#intake.trim();
  }

  async catalog(range: { start: number; end: number }, signal?: AbortSignal): Promise<Catalog> {
    throwIfCancelled(signal);
    return this.#settled(feedCatalog(this.#store.timelines.values(), range));
  }

  async read(query: ReadQuery, signal?: AbortSignal): Promise<Chunk> {
    throwIfCancelled(signal);
    checkReadQuery(query);
    const timeline = this.#timeline(query.timeline);
    const { ring } = timeline;
    const range = isEmptyRange(query.range) ? { start: query.range.start, end: query.range.start } : query.range;
    const from =
      query.cursor === undefined
        ? { position: startOf(ring, range.start), newest: -Infinity }
        : continued(ring, query.cursor);
    const wanted = wantedOf(timeline, query.fields);
    const taken = takeRows(ring, from.position, range, wanted, this.#chunkRows(wanted, query.maxSamples));
    return this.#settled(this.#chunk(ring, taken, Math.max(from.newest, taken.newest)));
  }

  async reduce(query: ReduceQuery, signal?: AbortSignal): Promise<Reduced> {
    throwIfCancelled(signal);
    checkReduceQuery(query);
    const timeline = this.#timeline(query.timeline);
    const reducer = queryReducer(query);
    const range = { start: query.start, end: bucketEdge(query, query.count) };
    visitRange(timeline.ring, range, wantedOf(timeline, query.fields), (batch) => reducer.push(batch));
    return this.#settled({ fields: reducer.finish(), ...this.#state(timeline.ring) });
  }

  /** Live rows; an empty `after` begins with this call. Ends when the signal fires. */
  follow(query: FollowQuery, signal: AbortSignal): AsyncIterable<Chunk | Gap> {
    const timeline = this.#store.timelines.get(query.timeline);
    const live = timeline && { arrival: timeline.ring.nextArrival, time: Infinity, placeArrival: -1 };
    return this.#follow(query, live, signal);
  }

  async *#follow(query: FollowQuery, live: Position | undefined, signal: AbortSignal): AsyncGenerator<Chunk | Gap> {
    const timeline = this.#timeline(query.timeline);
    const { ring, listeners } = timeline;
    const start = query.after === '' ? null : continued(ring, query.after);
    let position = start?.position ?? live!;
    let newest = start?.newest ?? ring.newest;
    if (start?.foreign) yield gap(ring, 0, newest);
    let wake = () => {};
    const listener = () => wake();
    listeners.add(listener);
    signal.addEventListener('abort', listener);
    try {
      while (!signal.aborted) {
        const wanted = wantedOf(timeline, query.fields);
        const taken = takeRows(ring, position, allTime, wanted, this.#chunkRows(wanted, Infinity));
        const lost = rowsLost(ring, position.arrival, taken.position.arrival);
        position = taken.position;
        // Made before anything is yielded: the consumer's pace decides when this goes on, and the ring moves meanwhile.
        const lostGap = lost > 0 ? gap(ring, lost, newest) : null;
        newest = Math.max(newest, taken.newest);
        const chunk = taken.rows > 0 ? this.#chunk(ring, taken, newest) : null;
        if (lostGap) yield lostGap;
        if (chunk) yield await this.#settled(chunk);
        else if (!lostGap && taken.done && position.arrival >= ring.nextArrival && !signal.aborted) {
          await new Promise<void>((resolve) => (wake = resolve));
        }
      }
    } finally {
      listeners.delete(listener);
      signal.removeEventListener('abort', listener);
    }
  }

  /** Late samples, as they come. One that lags gets those of a timeline joined. */
  changes(signal: AbortSignal): AsyncIterable<DataChange> {
    return this.#store.changes.subscribe(signal);
  }

  async health(signal?: AbortSignal): Promise<NodeHealth> {
    throwIfCancelled(signal);
    let newest: number | null = null;
    let rows = 0;
    for (const { ring } of this.#store.timelines.values()) {
      rows += ring.rows;
      if (ring.rows > 0) newest = Math.max(newest ?? -Infinity, ring.newest);
    }
    const { timelines, fields, bytes, overflowed } = this.#store;
    const counted = { ...this.#intake.counters, timelines: timelines.size, fields, rows, bytes, overflowed };
    const counters = { ...counted, ...this.#rowLog?.counters };
    const problem = this.#rowLog?.problem ?? null;
    const agents = this.#agents.health(this.#clock());
    return { ok: problem === null, ...(problem !== null && { message: problem }), newest, counters, agents };
  }

  /** An answer, once what it holds is kept as safely as was asked for. */
  async #settled<T>(answer: T): Promise<T> {
    const waits = this.#rowLog?.settled();
    if (waits) await waits;
    return answer;
  }

  #timeline(name: string): FeedTimeline {
    const timeline = this.#store.timelines.get(name);
    if (!timeline) throw unknownTimeline(name, this.#store.timelines.keys());
    return timeline;
  }

  #chunkRows(wanted: Wanted, maxSamples: number): number {
    return Math.min(maxSamples, Math.max(1, Math.floor(this.#maxChunkValues / Math.max(1, wanted.size))));
  }

  #chunk(ring: Ring, { batches, position, done }: Taken, newest: number): Chunk {
    return {
      batches,
      cursor: encodeCursor({ ring: ring.nameAt(position.arrival), position, newest }),
      done,
      ...this.#state(ring),
    };
  }

  #state(ring: Ring): { finalizedUntil: number; revision: string } {
    return { finalizedUntil: ring.finalizedUntil(this.#clock()), revision: revisionOf(ring) };
  }
}

/**
 * Where a cursor goes on. One of a former run does so in its place where the log has kept all that it was told of; else by
 * time, all that it can: `foreign` says so.
 */
function continued(ring: Ring, text: string): { position: Position; newest: number; foreign: boolean } {
  const { ring: id, position, newest } = decodeCursor(text);
  if (id === ring.id || position.arrival <= (ring.former.get(id) ?? -1)) return { position, newest, foreign: false };
  return { position: { arrival: ring.nextArrival, time: newest, placeArrival: Infinity }, newest, foreign: true };
}

function wantedOf({ owns }: FeedTimeline, fields: readonly string[]): Wanted {
  const wanted = new Map<string, string>();
  for (const served of fields) {
    const own = owns.get(served);
    if (own !== undefined) wanted.set(own, served);
  }
  return wanted;
}

/** Rows that nobody can tell any more: between what was told last and what is there. `rows` 0: unknown how many. */
function gap(ring: Ring, rows: number, newestTold: number): Gap {
  const end = ring.segments[0]?.firstTime ?? ring.newest;
  return { gap: { rows, range: { start: Math.min(newestTold, end), end } } };
}
