import { ask } from './ask.js';
import type { Span } from '../state/range.js';

/** Something that came or went, or files that were indexed. UNIX seconds; `to` is after `from` for what was away for a while. */
export interface SiteEvent extends Span {
  readonly title: string;
  readonly text: string;
  readonly tags: readonly string[];
  /** It is not over: what went is not back. */
  readonly lasts: boolean;
}

/** As many of the newest are asked for. */
const most = 500;

/** What came and went since the server began, oldest first. */
export async function askEvents(): Promise<readonly SiteEvent[]> {
  type EventJson = Omit<SiteEvent, 'from' | 'to'> & { time: number; timeEnd: number };
  const parameters = new URLSearchParams({ from: '1', to: 'now', limit: String(most) });
  const events = await ask<readonly EventJson[]>('events', parameters);
  return events.map(({ time, timeEnd, title, text, tags, lasts }) => {
    return { from: time / 1000, to: timeEnd / 1000, title, text, tags, lasts };
  });
}

/** Those that may explain something about these nodes and agents: their own, and those of the site as a whole. */
export function eventsAbout(events: readonly SiteEvent[], names: ReadonlySet<string>): readonly SiteEvent[] {
  return events.filter(({ tags }) => !isAboutOne(tags) || tags.some((tag) => names.has(tag)));
}

function isAboutOne(tags: readonly string[]): boolean {
  return ['node', 'agent', 'scan'].some((kind) => tags.includes(kind));
}
