import type { TimeRange } from '@sisock/core';
import { expandTarget } from '../grafana/target-text.js';
import type { SiteView } from '../site/view.js';
import type { EventLog, LoggedEvent } from './event-log.js';

/** An event as clients get it: what lasts ends now. */
export interface FoundEvent extends LoggedEvent {
  /** UNIX seconds. */
  readonly until: number | null;
}

export interface EventSearch {
  readonly range: TimeRange;
  /** Words that must all stand in an event's title, text or tags, whatever their case; `#word` must be a tag. */
  readonly words: string;
  readonly now: number;
  /** Most events: the newest ones. */
  readonly limit: number;
}

/** Events that a client may see, in the order of time. */
export function findEvents(log: EventLog, view: SiteView, { range, words, now, limit }: EventSearch): FoundEvent[] {
  const seen = log.within(range).filter((event) => view.sees(event.node));
  const literal = matching(seen, words);
  // A template variable's value comes escaped, several as (a|b).
  const found =
    literal.length > 0 || words === ''
      ? literal
      : seen.filter((event) => (expandTarget(words, 100) ?? []).some((one) => matches(event, one)));
  return found
    .slice(-limit)
    .map((event) => ({ ...event, until: event.lasts ? Math.max(now, event.time) : event.timeEnd }));
}

function matching(events: readonly LoggedEvent[], words: string): LoggedEvent[] {
  return events.filter((event) => matches(event, words));
}

function matches({ title, text, tags }: LoggedEvent, words: string): boolean {
  const hay = [title, text, ...tags].join(' ').toLowerCase();
  const known = tags.map((tag) => tag.toLowerCase());
  return words
    .toLowerCase()
    .split(/\s+/)
    .filter(Boolean)
    .every((word) => (word.startsWith('#') && word.length > 1 ? known.includes(word.slice(1)) : hay.includes(word)));
}
