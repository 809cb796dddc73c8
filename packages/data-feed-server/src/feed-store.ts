import { ChangeList, type Column, type DataChange, justAfter } from '@sisock/core';
import type { FeedInfo } from './feed-info.js';
import { type FieldNaming, servedFieldName, unusedName } from './field-names.js';
import type { FeedBlock } from './parse-block.js';
import { type Appended, defaultRingOptions, Ring, type RingOptions } from './ring.js';

export interface StoreOptions extends RingOptions {
  readonly maxTimelines: number;
  /** Fields of all blocks together. */
  readonly maxFields: number;
  /** Memory of all rings together, roughly, in bytes; above it the largest blocks lose their oldest rows. */
  readonly maxBytes: number;
}

export const defaultStoreOptions: StoreOptions = {
  ...defaultRingOptions,
  maxTimelines: 20_000,
  maxFields: 100_000,
  maxBytes: 1_000_000_000,
};

/** One block of a feed: the fields that share its times. */
export interface FeedTimeline {
  readonly name: string;
  readonly blockName: string;
  feed: FeedInfo;
  ring: Ring;
  /** Served name by the agent's own spelling. */
  readonly fields: Map<string, string>;
  /** Own spelling by served name. */
  readonly owns: Map<string, string>;
  /** Called after each append. */
  readonly listeners: Set<() => void>;
}

/** Where rows are kept beyond the life of the process. */
export interface RowLog {
  /** Told of each append that took rows, after it; `arrival` is the number of the first one. Never throws. */
  append(timeline: FeedTimeline, block: FeedBlock, rows: Appended, arrival: number): void;
  /**
   * To be asked before rows are shown to anybody: when it resolves (null: at once), all rows of before are kept as safely
   * as was asked for, or can't be for now.
   */
  settled(): Promise<void> | null;
  readonly counters: Readonly<Record<string, number>>;
  /** Why rows are not kept just now, in one line; null while they are. */
  readonly problem: string | null;
}

/** Rows of a former run. */
export interface FormerRows {
  readonly feed: FeedInfo;
  readonly blockName: string;
  /** Name of the ring then, and those of the runs before with the arrivals by their end. */
  readonly ring: { readonly id: string; readonly former: readonly (readonly [id: string, arrivals: number])[] };
  /** Served names by the own ones; empty when they were made in another way. */
  readonly served: ReadonlyMap<string, string>;
  readonly firstArrival: number;
  readonly revision: number;
  readonly t: Float64Array;
  readonly columns: ReadonlyMap<string, Column>;
}

export interface Stored {
  readonly rows: Appended;
  /** Fields left out since there are too many. */
  readonly refusedFields: number;
}

const nothing: Appended = { accepted: 0, late: 0, repeated: 0, tooOld: 0, future: 0, changed: null, order: null };

/** Between two searches for blocks and fields without data, when there is no room for more. */
const sweepEverySec = 10;

/** All blocks a node holds, within limits on their number and memory. Nothing in it is shared between instances. */
export class FeedStore {
  readonly timelines = new Map<string, FeedTimeline>();
  readonly changes = new ChangeList();
  readonly #naming: FieldNaming;
  readonly #options: StoreOptions;
  readonly #run: string;
  readonly #served = new Set<string>();
  #rings = 0;
  #bytes = 0;
  #overflowed = 0;
  #lastSweep = -Infinity;

  readonly #log: RowLog | undefined;

  /** `run` tells this process's cursors from those of another run. */
  constructor(naming: FieldNaming, options: StoreOptions, run: string, log?: RowLog) {
    this.#naming = naming;
    this.#options = options;
    this.#run = run;
    this.#log = log;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get fields(): number {
    return this.#served.size;
  }

  /** Rows given up for limits on rows or memory. */
  get overflowed(): number {
    let rows = this.#overflowed;
    for (const { ring } of this.timelines.values()) rows += ring.overflowed;
    return rows;
  }

  /** Takes a block. Null when there are too many blocks already. `keptNow`: see `Ring.append`. */
  add(feed: FeedInfo, block: FeedBlock, now: number, keptNow = now): Stored | null {
    const timeline = this.#timeline(feed, block.blockName, now);
    if (!timeline) return null;
    timeline.feed = feed;
    const { ring } = timeline;
    const { columns, refused } = this.#register(timeline, block, now);
    if (columns.size === 0) return { rows: nothing, refusedFields: refused };
    const before = ring.bytes;
    const arrival = ring.nextArrival;
    ring.trim(keptNow);
    const rows = ring.append(block.t, columns, now, keptNow);
    this.#bytes += ring.bytes - before;
    if (rows.accepted > 0) {
      this.#log?.append(timeline, columns === block.columns ? block : { ...block, columns }, rows, arrival);
      this.#keepWithinBytes();
      this.#announce(timeline, rows);
      if (timeline.listeners.size > 0) for (const listener of [...timeline.listeners]) listener();
    }
    return { rows, refusedFields: refused };
  }

  /** Gives up what is older than the buffer, in all blocks. */
  trim(now: number): void {
    for (const { ring } of this.timelines.values()) {
      const before = ring.bytes;
      ring.trim(now);
      this.#bytes += ring.bytes - before;
    }
  }

  /** Takes rows of a former run, in the order they came in then. False when there are too many blocks already. */
  restore({ feed, blockName, ring: mark, served, ...rows }: FormerRows, now: number): boolean {
    const timeline = this.#timeline(feed, blockName, now);
    if (!timeline) return false;
    timeline.feed = feed;
    const known = timeline.ring;
    // The block was forgotten in between and began anew.
    if (known.nextArrival > 0 && !isSame(known, mark.id, mark.former)) timeline.ring = this.#newRing(timeline.ring);
    const { ring } = timeline;
    for (const [id, arrivals] of mark.former) ring.former.set(id, arrivals);
    const { columns } = this.#register(timeline, { blockName, ...rows }, now, served);
    if (columns.size === 0) return false;
    const before = ring.bytes;
    ring.restore(rows.t, columns, rows.firstArrival);
    ring.finality.restore(mark.id, rows.revision);
    ring.trim(now);
    this.#bytes += ring.bytes - before;
    ring.former.set(mark.id, ring.nextArrival);
    this.#keepWithinBytes();
    return true;
  }

  #newRing(old?: Ring): Ring {
    if (old) {
      this.#overflowed += old.overflowed;
      this.#bytes -= old.bytes;
    }
    return new Ring(`${this.#run}.${this.#rings++}`, this.#options);
  }

  #timeline(feed: FeedInfo, blockName: string, now: number): FeedTimeline | null {
    const name = `${feed.address}.${blockName}`;
    const known = this.timelines.get(name);
    if (known) return known;
    if (this.timelines.size >= this.#options.maxTimelines) this.#sweep(now);
    if (this.timelines.size >= this.#options.maxTimelines) return null;
    const ring = this.#newRing();
    const made: FeedTimeline = {
      name,
      blockName,
      feed,
      ring,
      fields: new Map(),
      owns: new Map(),
      listeners: new Set<() => void>(),
    };
    this.timelines.set(name, made);
    return made;
  }

  /** Names the fields that are new. Returns the columns that have a name. */
  #register(
    timeline: FeedTimeline,
    { columns }: FeedBlock,
    now: number,
    former: ReadonlyMap<string, string> = new Map(),
  ) {
    let refused = 0;
    for (const own of columns.keys()) {
      if (timeline.fields.has(own)) continue;
      if (this.#served.size >= this.#options.maxFields) this.#sweep(now, timeline);
      if (this.#served.size >= this.#options.maxFields) {
        refused++;
        continue;
      }
      const { address } = timeline.feed;
      const prefixLength = this.#naming === 'full' ? address.length + 1 : 0;
      const usual = former.get(own) ?? servedFieldName(this.#naming, address, own);
      const served = unusedName(usual, (n) => this.#served.has(n), prefixLength);
      this.#served.add(served);
      timeline.fields.set(own, served);
      timeline.owns.set(served, own);
    }
    if (refused === 0) return { columns, refused };
    return { columns: new Map([...columns].filter(([own]) => timeline.fields.has(own))), refused };
  }

  #announce({ name, ring }: FeedTimeline, { changed }: Appended): void {
    if (!changed) return;
    const change: DataChange = {
      timeline: name,
      range: { start: changed.first, end: justAfter(changed.last) },
      revision: revisionOf(ring),
    };
    this.changes.publish(change);
  }

  #keepWithinBytes(): void {
    if (this.#bytes <= this.#options.maxBytes) return;
    // A little more than needed, so that the search for the largest is not done for each message.
    const goal = this.#options.maxBytes * 0.98;
    while (this.#bytes > goal) {
      let largest: Ring | undefined;
      for (const { ring } of this.timelines.values()) if (ring.bytes > (largest?.bytes ?? 0)) largest = ring;
      if (!largest) return;
      const before = largest.bytes;
      this.#overflowed += largest.dropOldest();
      this.#bytes += largest.bytes - before;
    }
  }

  /** Forgets blocks and fields that have no data any more, where nobody follows them. */
  #sweep(now: number, inUse?: FeedTimeline): void {
    if (now - this.#lastSweep < sweepEverySec && now >= this.#lastSweep) return;
    this.#lastSweep = now;
    this.trim(now);
    for (const [name, timeline] of this.timelines) {
      if (timeline === inUse || timeline.listeners.size > 0) continue;
      const held = timeline.ring.newestOf(timeline.fields.keys());
      for (const [own, served] of timeline.fields) {
        if (held.has(own)) continue;
        timeline.fields.delete(own);
        timeline.owns.delete(served);
        this.#served.delete(served);
      }
      if (timeline.ring.rows === 0) {
        this.#overflowed += timeline.ring.overflowed;
        this.timelines.delete(name);
      }
    }
  }
}

/** Changes whenever data that were said to be final did. */
export function revisionOf(ring: Ring): string {
  return `${ring.finality.ring}.${ring.finality.revision}`;
}

/** True when rows of a ring with that name, then or in former runs, are those of this one. */
function isSame({ former }: Ring, id: string, ids: readonly (readonly [string, number])[]): boolean {
  return former.has(id) || ids.some(([one]) => former.has(one));
}
