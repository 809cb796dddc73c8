import {
  type Batch,
  type Catalog,
  checkReadQuery,
  checkReduceQuery,
  type Chunk,
  type Clock,
  concatBatches,
  type DataChange,
  type FollowQuery,
  type Gap,
  justAfter,
  type NodeHealth,
  type Reader,
  type ReadQuery,
  type Reduced,
  type ReduceQuery,
  SisockError,
  throwIfCancelled,
  type TimeRange,
} from '@sisock/core';
import { readWindow } from './archive-window.js';
import { formatCursor, parseCursor, type Place, type TimePlace } from './cursor.js';
import { type FeedPlace, feedPlace, reachOf, stepFeed } from './feed-step.js';
import { guardSec, sameInstant } from './instant.js';
import { joinedCatalog } from './joined-catalog.js';
import { joinedChanges } from './joined-changes.js';
import { followJoined } from './joined-follow.js';
import { joinedHealth } from './joined-health.js';
import { joinedReduce } from './joined-reduce.js';
import type { Part } from './join-map.js';
import { Joiner, type JoinSources, mostRounds } from './joiner.js';
import { mergeRows } from './merge-rows.js';
import { countRows, lastTime } from './rows.js';
import { isAway, type Scope } from './scope.js';

export interface JoinedReaderOptions {
  readonly sources: JoinSources;
  readonly clock: Clock;
  /** How often a follower looks again while there is no feed to follow, in ms. */
  readonly retryMs?: number;
  /** Told how many rows came out of the archive and out of the feed. */
  readonly count?: (role: 'archive' | 'feed', rows: number) => void;
}

/** Seconds behind the beginning of a feed's buffer where rows may go while they are being read. */
const trimmedSoonSec = 10;

/**
 * Archive and live feed as one: for each field the archive's samples before what it has finalized (or before where the
 * feed's buffer begins, where that is later), and the feed's from there on, each sample once.
 */
export class JoinedReader implements Reader {
  readonly #joiner: Joiner;
  readonly #retryMs: number;
  readonly #count: (role: 'archive' | 'feed', rows: number) => void;

  constructor({ sources, clock, retryMs = 500, count = () => {} }: JoinedReaderOptions) {
    this.#joiner = new Joiner(sources, clock);
    this.#retryMs = retryMs;
    this.#count = count;
  }

  async catalog(range: TimeRange, signal?: AbortSignal): Promise<Catalog> {
    throwIfCancelled(signal);
    return joinedCatalog(this.#joiner, range, signal);
  }

  async read(query: ReadQuery, signal?: AbortSignal): Promise<Chunk> {
    throwIfCancelled(signal);
    checkReadQuery(query);
    const isEmpty = !(query.range.end > query.range.start);
    const range = isEmpty ? { start: query.range.start, end: query.range.start } : query.range;
    let place = query.cursor === undefined ? null : parseCursor(query.timeline, query.cursor);
    for (let round = 0; round < mostRounds; round++) {
      try {
        const scope = await this.#joiner.scope(query.timeline, query.fields, signal);
        const step = await this.#step({ ...query, range }, place, scope, signal);
        if ('batches' in step) return step;
        ({ place } = step);
      } catch (error) {
        throwIfCancelled(signal);
        await this.#mendable(error, query.timeline);
      }
    }
    throw new SisockError('unavailable', `the sources of ${JSON.stringify(query.timeline)} fail again and again`);
  }

  async reduce(query: ReduceQuery, signal?: AbortSignal): Promise<Reduced> {
    throwIfCancelled(signal);
    checkReduceQuery(query);
    for (let round = 0; round < mostRounds; round++) {
      try {
        const scope = await this.#joiner.scope(query.timeline, query.fields, signal);
        return await joinedReduce(this, scope, query, signal);
      } catch (error) {
        throwIfCancelled(signal);
        await this.#mendable(error, query.timeline);
      }
    }
    throw new SisockError('unavailable', `the sources of ${JSON.stringify(query.timeline)} fail again and again`);
  }

  follow(query: FollowQuery, signal: AbortSignal): AsyncIterable<Chunk | Gap> {
    return followJoined(this, this.#joiner, query, this.#retryMs, signal);
  }

  changes(signal: AbortSignal): AsyncIterable<DataChange> {
    return joinedChanges(this.#joiner, signal);
  }

  async health(signal?: AbortSignal): Promise<NodeHealth> {
    throwIfCancelled(signal);
    return joinedHealth(this.#joiner);
  }

  /** After a source failed, or lost a timeline, the question is asked anew; all else is thrown on. */
  async #mendable(error: unknown, timeline: string): Promise<void> {
    if (isAway(error)) return;
    if ((error as SisockError).code !== 'unknown_timeline') throw error;
    if (!(await this.#joiner.map(0)).timelines.has(timeline)) throw error;
  }

  /** One chunk, or the place to look anew from. */
  async #step(
    query: ReadQuery,
    from: Place | null,
    scope: Scope,
    signal?: AbortSignal,
  ): Promise<Chunk | { readonly place: Place }> {
    const { range, maxSamples } = query;
    const { archives, feed, boundary } = scope;
    const answer = (batches: readonly Batch[], place: Place, done: boolean, final?: number): Chunk => ({
      batches: concatBatches(batches),
      cursor: formatCursor(query.timeline, place),
      done,
      finalizedUntil: scope.finalizedUntil ?? final ?? -Infinity,
      revision: scope.revision,
    });
    const start: Place = { stage: 'archive', time: range.start, k: 0 };
    if (archives.length === 0 && feed === null) return answer([], from ?? start, true);
    let place: Place = from ?? (range.start < boundary ? start : feedPlace(feed!, -Infinity));
    const batches: Batch[] = [];
    if (place.stage === 'feed') {
      if (isArchiveNeeded(place, scope)) place = resumed(place);
    }
    if (place.stage === 'archive') {
      // A group of equal times that is given in part is finished where it was begun.
      const until = Math.min(range.end, place.k > 0 ? Math.max(boundary, justAfter(place.time)) : boundary);
      const parts = [...archives, ...onlyInFeed(scope)];
      if (archives.length > 0 && place.time < until) {
        const window = await readWindow(parts, place, until, maxSamples, signal);
        batches.push(...window.batches);
        this.#count('archive', countRows(batches));
        place = { stage: 'archive', ...window.place };
        if (!window.done) return answer(batches, place, false);
        if (until === range.end) return answer(batches, place, true);
        place = enterFeed(feed!, scope, place, until);
      } else if (feed === null || range.end <= Math.max(boundary, place.time)) {
        return answer([], place, true);
      } else if (archives.length > 0) place = enterFeed(feed, scope, place, place.time);
      else place = feedPlace(feed, -Infinity, { last: place.time, k: place.k });
    }
    const room = maxSamples - countRows(batches);
    if (room < 1) return answer(batches, place, false);
    if (feed === null) return { place: resumed(place) };
    const step = await stepFeed(feed, scope, place, range, room, signal);
    if (await this.#lostMeanwhile(place, scope, query, signal)) {
      return batches.length === 0 ? { place } : answer(batches, place, false);
    }
    this.#count('feed', countRows(step.batches));
    const inOrder = (lastTime(batches) ?? -Infinity) <= (step.batches[0]?.t[0] ?? Infinity);
    const all = inOrder ? [...batches, ...step.batches] : mergeRows([batches, step.batches]);
    return answer(all, step.place, step.done, step.standing.finalizedUntil);
  }

  /** Near the beginning of its buffer the feed may have dropped rows before they were read. */
  async #lostMeanwhile(place: FeedPlace, scope: Scope, query: ReadQuery, signal?: AbortSignal): Promise<boolean> {
    const reach = reachOf(place);
    const { archives, feed, feedStart } = scope;
    if (archives.length === 0 || feed === null || reach === -Infinity) return false;
    if (feedStart < reach - trimmedSoonSec) return false;
    throwIfCancelled(signal);
    await feed.source.refresh(0);
    const now = this.#joiner.mapNow().timelines.get(query.timeline)?.feedStart ?? Infinity;
    return now > reach && now > feedStart;
  }
}

/** True where the feed's buffer does not reach back to the place any more, or the feed is away: the archive has to fill in. */
function isArchiveNeeded(place: FeedPlace, { archives, feed, feedStart }: Scope): boolean {
  const reach = reachOf(place);
  if (archives.length === 0 || reach === -Infinity) return false;
  return feed === null || feedStart > reach;
}

/** The place in the archive behind what the feed gave. */
function resumed({ cut, last, k }: FeedPlace): Place {
  if (k > 0) return { stage: 'archive', time: last, k, instant: true };
  return { stage: 'archive', time: cut === -Infinity ? last : cut, k: 0 };
}

/** From the archive to the feed: everything before `until` is given, as far as it is there. */
function enterFeed(feed: Part, { final }: Scope, { time, k, instant = false }: TimePlace, until: number): FeedPlace {
  // What is not final may come to the archive later, and is not known to have been given then.
  const given = instant ? time + guardSec : k > 0 ? justAfter(time) : -Infinity;
  const cut = Math.min(until, Math.max(final, given));
  return feedPlace(feed, cut, instant && sameInstant(time, until) ? { last: time, k } : { last: until, k: 0 });
}

function onlyInFeed({ feed, feedOnly, feedStart, boundary }: Scope) {
  if (feed === null || feedOnly.size === 0 || !(feedStart < boundary)) return [];
  return [{ ...feed, names: new Map([...feed.names].filter(([name]) => feedOnly.has(name))) }];
}
