import { SisockError } from '@sisock/core';
import type { JoinedTimeline, Part } from './join-map.js';
import { SourceAway, type Standing } from './source.js';

/** What a query has to do with: the sources of its fields that answer, and where archive and feed meet. */
export interface Scope {
  readonly archives: readonly Part[];
  readonly feed: Part | null;
  /** Fields the archive does not know: the feed serves all of them that it has. */
  readonly feedOnly: ReadonlySet<string>;
  /** Before it the archive serves, from it on the feed. */
  readonly boundary: number;
  /** The archive's samples before it don't change any more. */
  readonly final: number;
  /** Where the feed's buffer begins. */
  readonly feedStart: number;
  /** What of the answer is final, as far as the archive goes; null where it has none of these fields. */
  readonly finalizedUntil: number | null;
  /** The feed's own word. */
  readonly feedFinal: number;
  readonly revision: string;
}

/**
 * Finds out where the samples of some fields come from now.
 * @throws SourceAway where a source failed meanwhile; SisockError `unavailable` when none is left
 */
export async function scopeOf(
  timeline: JoinedTimeline,
  fields: readonly string[],
  { now, archiveMissing }: { readonly now: number; readonly archiveMissing: boolean },
  signal?: AbortSignal,
): Promise<Scope> {
  const all = timeline.archives.map((part) => narrowed(part, fields)).filter(hasFields);
  const archives = all.filter(({ source }) => source.problem === null);
  const ofFeed = timeline.feed === null ? null : narrowed(timeline.feed, fields);
  const feed = ofFeed !== null && hasFields(ofFeed) && ofFeed.source.problem === null ? ofFeed : null;
  const none = all.length === 0 && (ofFeed === null || !hasFields(ofFeed));
  if (archives.length === 0 && feed === null && !none) {
    const reasons = [...all, ...(ofFeed === null ? [] : [ofFeed])].map((part) => part.source.problem);
    throw new SisockError('unavailable', `no source of ${JSON.stringify(timeline.name)} serves: ${reasons.join('; ')}`);
  }
  const standings = await Promise.all(archives.map((part) => standingOf(part, signal)));
  const feedStanding = feed === null ? null : await standingOf(feed, signal);
  const feedOnly = new Set(fields.filter((name) => feed?.names.has(name) && !all.some((part) => part.names.has(name))));
  const final = Math.min(now, ...standings.map((s) => s.finalizedUntil));
  const finalWithFeed = feedOnly.size > 0 ? Math.min(final, feedStanding!.finalizedUntil) : final;
  const isMissing = archives.length < all.length || (all.length === 0 && archiveMissing);
  const boundary = feed === null ? Infinity : archives.length === 0 ? -Infinity : Math.max(final, timeline.feedStart);
  return {
    archives,
    feed,
    feedOnly,
    final: archives.length === 0 ? -Infinity : final,
    boundary,
    feedStart: timeline.feedStart,
    finalizedUntil: isMissing ? -Infinity : archives.length === 0 ? null : finalWithFeed,
    feedFinal: feedStanding?.finalizedUntil ?? -Infinity,
    revision: [...standings, ...(feedStanding ? [feedStanding] : [])].map((s) => s.revision).join('/'),
  };
}

function standingOf({ source, timeline, names }: Part, signal?: AbortSignal): Promise<Standing> {
  return source.standing(timeline, [...names.values()][0]!, signal);
}

function narrowed(part: Part, fields: readonly string[]): Part {
  const names = new Map<string, string>();
  for (const field of fields) {
    const own = part.names.get(field);
    if (own !== undefined) names.set(field, own);
  }
  return { ...part, names };
}

function hasFields({ names }: Part): boolean {
  return names.size > 0;
}

/** True for a failure of a source, after which the question is asked anew without it. */
export function isAway(error: unknown): boolean {
  return error instanceof SourceAway;
}
