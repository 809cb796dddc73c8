import { type DataChange, justAfter } from '@sisock/core';
import { ChangeList } from './change-list.js';
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
  readonly ring: Ring;
  /** Served name by the agent's own spelling. */
  readonly fields: Map<string, string>;
  /** Own spelling by served name. */
  readonly owns: Map<string, string>;
  /** Called after each append. */
  readonly listeners: Set<() => void>;
}

export interface Stored {
  readonly rows: Appended;
  /** Fields left out since there are too many. */
  readonly refusedFields: number;
}

const nothing: Appended = { accepted: 0, late: 0, repeated: 0, tooOld: 0, future: 0, changed: null };

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

  /** `run` tells this process's cursors from those of another run. */
  constructor(naming: FieldNaming, options: StoreOptions, run: string) {
    this.#naming = naming;
    this.#options = options;
    this.#run = run;
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

  /** Takes a block. Null when there are too many blocks already. */
  add(feed: FeedInfo, block: FeedBlock, now: number): Stored | null {
    const timeline = this.#timeline(feed, block.blockName, now);
    if (!timeline) return null;
    timeline.feed = feed;
    const { ring } = timeline;
    const { columns, refused } = this.#register(timeline, block, now);
    if (columns.size === 0) return { rows: nothing, refusedFields: refused };
    const before = ring.bytes;
    ring.trim(now);
    const rows = ring.append(block.t, columns, now);
    this.#bytes += ring.bytes - before;
    if (rows.accepted > 0) {
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

  #timeline(feed: FeedInfo, blockName: string, now: number): FeedTimeline | null {
    const name = `${feed.address}.${blockName}`;
    const known = this.timelines.get(name);
    if (known) return known;
    if (this.timelines.size >= this.#options.maxTimelines) this.#sweep(now);
    if (this.timelines.size >= this.#options.maxTimelines) return null;
    const ring = new Ring(`${this.#run}.${this.#rings++}`, this.#options);
    const made = { name, blockName, feed, ring, fields: new Map(), owns: new Map(), listeners: new Set<() => void>() };
    this.timelines.set(name, made);
    return made;
  }

  /** Names the fields that are new. Returns the columns that have a name. */
  #register(timeline: FeedTimeline, { columns }: FeedBlock, now: number) {
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
      const served = unusedName(servedFieldName(this.#naming, address, own), (n) => this.#served.has(n), prefixLength);
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
  return `${ring.id}.${ring.revision}`;
}
