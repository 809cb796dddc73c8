import type { Batch, ReadQuery, SisockError } from '@sisock/core';
import { readShort } from './archive-window.js';
import type { Place } from './cursor.js';
import { guardSec } from './instant.js';
import type { Part } from './join-map.js';
import { withoutKnown } from './merge-rows.js';
import { countRows, dropRows, type Given, givenAfter, lastTime, renamed, rowsGiven } from './rows.js';
import type { Scope } from './scope.js';
import type { Standing } from './source.js';

export type FeedPlace = Extract<Place, { stage: 'feed' }>;

export interface FeedStep {
  readonly batches: readonly Batch[];
  readonly place: FeedPlace;
  readonly done: boolean;
  readonly standing: Standing;
}

/** A place in the feed where nothing of it is given yet. `cut`: the archive is given up to there. */
export function feedPlace(feed: Part, cut: number, given: Given = { last: -Infinity, k: 0 }): FeedPlace {
  return { stage: 'feed', node: feed.source.name, inner: null, cut, tail: false, ...given };
}

/** How far the feed has been given, for telling whether its buffer still reaches back to there. */
export function reachOf({ last, cut }: FeedPlace): number {
  return Math.max(last, cut);
}

/**
 * The next rows of the feed behind a place. At the cut, where a rounded time may have carried a sample to either side, what
 * the archive gave is left out. A cursor that the feed does not know any more is replaced by the time that was reached.
 */
export async function stepFeed(
  feed: Part,
  scope: Pick<Scope, 'archives' | 'feedOnly'>,
  from: FeedPlace,
  { start, end }: ReadQuery['range'],
  max: number,
  signal?: AbortSignal,
): Promise<FeedStep> {
  const { source, timeline, names } = feed;
  const ask = (range: ReadQuery['range'], inner: string | null) => {
    const query = {
      timeline,
      fields: [...names.values()],
      range,
      maxSamples: max,
      ...(inner !== null && { cursor: inner }),
    };
    return source.ask((reader, s) => reader.read(query, s), signal);
  };
  const isSame = from.node === source.name;
  let inner = isSame ? from.inner : null;
  let toSkip = inner === null && from.last > -Infinity ? from.k : -1;
  const isEntry = toSkip >= 0;
  for (;;) {
    const first = toSkip >= 0 ? from.last - guardSec : from.cut - guardSec;
    const range = { start: from.tail && inner !== null ? start : Math.max(start, first), end };
    let chunk;
    try {
      chunk = await ask(range, inner);
    } catch (error) {
      if (inner === null || (error as SisockError).code !== 'bad_request') throw error;
      inner = null;
      toSkip = from.last > -Infinity ? from.k : -1;
      continue;
    }
    const standing = source.learned(timeline, chunk);
    let batches = renamed(
      chunk.batches.filter(({ t }) => t.length > 0),
      names,
    );
    if (toSkip >= 0) {
      const skipped = rowsGiven(batches, { last: from.last, k: toSkip });
      if (skipped > 0 && skipped === countRows(batches)) {
        const last = lastTime(batches)!;
        toSkip -=
          last >= from.last - guardSec
            ? rowsGiven(batches, { last: from.last, k: toSkip }) - rowsBeforeInstant(batches, from.last)
            : 0;
      } else if (countRows(batches) > 0) {
        batches = dropRows(batches, skipped);
        toSkip = -1;
      }
      if (toSkip >= 0 && countRows(batches) > 0 && !chunk.done) {
        inner = chunk.cursor;
        continue;
      }
      if (toSkip >= 0) batches = [];
    }
    batches = await unknownToArchive(scope, batches, from, isEntry, signal);
    const given = givenAfter(from, batches);
    const place: FeedPlace = {
      stage: 'feed',
      node: source.name,
      inner: chunk.cursor,
      cut: from.cut,
      tail: chunk.done || (from.tail && inner !== null),
      ...given,
    };
    return { batches, place, done: chunk.done, standing };
  }
}

function rowsBeforeInstant(batches: readonly Batch[], last: number): number {
  return rowsGiven(batches, { last, k: 0 });
}

/** The rows of the feed at and before the cut that the archive did not give. */
export async function unknownToArchive(
  { archives, feedOnly }: Pick<Scope, 'archives' | 'feedOnly'>,
  batches: readonly Batch[],
  { cut, last }: Pick<FeedPlace, 'cut' | 'last'>,
  isEntry: boolean,
  signal?: AbortSignal,
): Promise<readonly Batch[]> {
  const first = batches[0]?.t[0];
  // What only the feed has was given with the archive's rows up to where the feed was entered.
  const gone = isEntry ? feedOnly : new Set<string>();
  const limit = Math.max(cut + guardSec, gone.size > 0 ? last : -Infinity);
  if (first === undefined || first >= limit || archives.length === 0) return batches;
  const newest = Math.min(cut, lastTime(batches)! + guardSec);
  const known = await readShort(archives, { start: first - 2 * guardSec, end: newest }, signal);
  return withoutKnown(batches, known, { limit, until: last, gone });
}
