import type { Catalog, FieldInfo, Reader } from '@sisock/core';
import { type JoinSources, Source, type SourceRole } from '../src/index.js';

/** Readers as sources, without a site. `freshMs` 0: everything is asked anew each time. */
export function sourcesOf(
  archives: Readonly<Record<string, Reader | (() => Reader)>>,
  feeds: Readonly<Record<string, Reader | (() => Reader)>>,
  { freshMs = 0, answerMs = 2000, retryMs = 20 } = {},
): JoinSources & { readonly states: string[]; changed(): void } {
  const listeners = new Set<() => void>();
  const states: string[] = [];
  const changed = () => [...listeners].forEach((listener) => listener());
  const made = (role: SourceRole) => (entry: [string, Reader | (() => Reader)]) => {
    const [name, reader] = entry;
    const node = { name, role, reader: typeof reader === 'function' ? reader : () => reader };
    const onState = (_: Source, problem: string | null) => {
      states.push(`${name} ${problem === null ? 'up' : 'down'}`);
      changed();
    };
    return new Source(node, { freshMs, answerMs, retryMs, onState, now: () => performance.now() });
  };
  const ofArchives = Object.entries(archives).map(made('archive'));
  const ofFeeds = Object.entries(feeds).map(made('feed'));
  return {
    states,
    changed,
    archives: () => ofArchives,
    feeds: () => ofFeeds,
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** A reader whose fields say that they are of a feed, as data-feed's do. */
export function asFeed<R extends Reader>(reader: R, agent = 'observatory.a'): R {
  const catalog = reader.catalog.bind(reader);
  const labelled: Reader['catalog'] = async (range, signal): Promise<Catalog> => {
    const { fields, timelines } = await catalog(range, signal);
    const label = (info: FieldInfo): FieldInfo => ({ ...info, labels: { agent, feed: 'f', ...info.labels } });
    return { fields: new Map([...fields].map(([name, info]) => [name, label(info)])), timelines };
  };
  return Object.assign(reader, { catalog: labelled });
}
