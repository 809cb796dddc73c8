import { ask } from './ask.js';
import type { Span } from '../state/range.js';

/** Something that came or went. UNIX seconds; `to` is after `from` for what was away for a while. */
export interface SiteEvent extends Span {
  readonly title: string;
  readonly text: string;
  readonly tags: readonly string[];
}

/** What came and went in a piece of time, oldest first. */
export async function askEvents({ from, to }: Span, signal?: AbortSignal): Promise<readonly SiteEvent[]> {
  type EventJson = { time: number; timeEnd: number; title: string; text: string; tags: readonly string[] };
  const range = { from: String(Math.max(1, from)), to: String(to), limit: '500' };
  const events = await ask<readonly EventJson[]>('events', new URLSearchParams(range), signal);
  return events.map(({ time, timeEnd, title, text, tags }) => {
    return { from: time / 1000, to: timeEnd / 1000, title, text, tags };
  });
}

/** Those that may explain something about these nodes and agents: their own, and those of the site as a whole. */
export function eventsAbout(events: readonly SiteEvent[], names: ReadonlySet<string>): readonly SiteEvent[] {
  return events.filter(({ tags }) => !isAboutOne(tags) || tags.some((tag) => names.has(tag)));
}

function isAboutOne(tags: readonly string[]): boolean {
  return tags.includes('node') || tags.includes('agent');
}
