import { allTime, type Chunk, type FollowQuery, type Gap, type Reader, readAll, type SisockError } from '@sisock/core';
import { formatCursor, parseCursor, type Place } from './cursor.js';
import { type FeedPlace, feedPlace, unknownToArchive } from './feed-step.js';
import type { Joiner } from './joiner.js';
import { givenAfter, renamed } from './rows.js';
import { isAway, type Scope } from './scope.js';

const rowsAtOnce = 65_536;

/**
 * What comes behind a cursor: first by reading until nothing more is there, then as the feed tells it. While there is no
 * feed to follow, reading goes on at an interval, sooner where a source comes or changes.
 */
export async function* followJoined(
  reader: Pick<Reader, 'read'>,
  joiner: Joiner,
  query: FollowQuery,
  retryMs: number,
  signal: AbortSignal,
): AsyncGenerator<Chunk | Gap, void, undefined> {
  const { timeline, fields, after } = query;
  let place: Place | null = after === '' ? null : parseCursor(timeline, after);
  let fromNow = after === '';
  while (!signal.aborted) {
    try {
      if (!fromNow) {
        const cursor: string =
          place === null ? await present(reader, joiner, query, signal) : formatCursor(timeline, place);
        const range = allTime;
        for await (const chunk of readAll(
          reader,
          { timeline, fields, range, cursor, maxSamples: rowsAtOnce },
          signal,
        )) {
          place = parseCursor(timeline, chunk.cursor);
          if (chunk.batches.length > 0) yield chunk;
        }
      }
      const scope = await joiner.scope(timeline, fields, signal);
      if (scope.feed !== null && canFollow(scope)) {
        const from = place?.stage === 'feed' && place.node === scope.feed.source.name ? place : null;
        if (fromNow || from?.inner) {
          for await (const item of followFeed(joiner, query, scope, from, signal)) {
            if ('gap' in item) yield item;
            else {
              fromNow = false;
              place = item.place;
              if (item.chunk.batches.length > 0) yield item.chunk;
            }
          }
        }
      } else fromNow = false;
    } catch (error) {
      if (signal.aborted) return;
      const { code } = error as SisockError;
      if (!isAway(error) && code !== 'unavailable' && code !== 'timeout') throw error;
    }
    if (!signal.aborted) await changeOrPause(joiner, retryMs, signal);
  }
}

function canFollow({ feed }: Scope): boolean {
  return feed!.source.reader.follow !== undefined;
}

type Followed = Gap | { readonly chunk: Chunk; readonly place: FeedPlace };

/** The feed's own following, until it ends or another source has to serve. A cursor it refuses is left to reading. */
async function* followFeed(
  joiner: Joiner,
  { timeline, fields }: FollowQuery,
  scope: Scope,
  from: FeedPlace | null,
  signal: AbortSignal,
): AsyncGenerator<Followed, void, undefined> {
  const feed = scope.feed!;
  const { source, names } = feed;
  const controller = new AbortController();
  const either = AbortSignal.any([signal, controller.signal]);
  // Another feed that serves, or a reader of other abilities: what follows is found out anew.
  const { reader } = source;
  const stop = joiner.sources.onChange(() => {
    const other = joiner.mapNow().timelines.get(timeline)?.feed?.source;
    if ((other !== undefined && other !== source) || isReplaced(source, reader)) controller.abort();
  });
  let place = from ?? { ...feedPlace(feed, -Infinity), tail: true };
  try {
    const query = { timeline: feed.timeline, fields: [...names.values()], after: place.inner ?? '' };
    for await (const item of reader.follow!(query, either)) {
      if ('gap' in item) {
        yield item;
        continue;
      }
      let batches = renamed(item.batches, names);
      const now = await joiner.scope(timeline, fields, signal).catch(() => scope);
      // While the archive is away it is better to tell a sample again than not at all.
      batches = await unknownToArchive(now, batches, place, false, signal).catch(() => batches);
      place = { ...place, node: source.name, inner: item.cursor, tail: true, ...givenAfter(place, batches) };
      const { finalizedUntil, revision } = now;
      const cursor = formatCursor(timeline, place);
      yield {
        place,
        chunk: { ...item, batches, cursor, finalizedUntil: finalizedUntil ?? item.finalizedUntil, revision },
      };
    }
  } catch (error) {
    if (signal.aborted) return;
    if ((error as SisockError).code !== 'bad_request' || place.inner === null) throw error;
  } finally {
    stop();
    controller.abort();
  }
}

function isReplaced(source: Scope['archives'][number]['source'], reader: Reader): boolean {
  try {
    return source.reader !== reader;
  } catch {
    // It is not there: its own following waits for it.
    return false;
  }
}

/** The cursor behind all that is there now. */
async function present(
  reader: Pick<Reader, 'read'>,
  joiner: Joiner,
  { timeline, fields }: FollowQuery,
  signal: AbortSignal,
): Promise<string> {
  const { extent } = await joiner.timeline(timeline);
  const range = { start: extent?.end ?? joiner.clock(), end: Infinity };
  let cursor = '';
  for await (const chunk of readAll(reader, { timeline, fields, range }, signal)) ({ cursor } = chunk);
  return cursor;
}

/** Waits for a change among the sources, not longer than `ms`. */
function changeOrPause(joiner: Joiner, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      stop();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    const stop = joiner.sources.onChange(end);
    signal.addEventListener('abort', end);
  });
}
