import { allTime, type Catalog, type Clock, type Site, SisockError } from '@sisock/core';
import { withDeadline } from './deadline.js';

/** Lists of fields of nodes, asked at need. */
export interface Catalogs {
  /** The node's fields of all time, remembered for a while; callers who ask at once share one call. */
  of(node: string, signal?: AbortSignal): Promise<Catalog>;
  /** When the node was asked for what `of` gives, UNIX seconds; undefined: it never was. */
  askedAt(node: string): number | undefined;
}

interface Options {
  readonly site: Site;
  readonly clock: Clock;
  readonly deadlineMs: number;
  /** What came at once is remembered so long; what took long longer, so that a large node is not asked all the time. */
  readonly cacheMs: number;
  readonly mostCacheMs: number;
  /** Ends the calls that are under way. */
  readonly signal: AbortSignal;
}

interface Entry {
  readonly askedAt: number;
  readonly catalog: Promise<Catalog>;
  pending: boolean;
  /** Ms that it took. */
  took: number;
}

/** A list is remembered so many times as long as it took to get. */
const timesTaken = 20;

/**
 * A short memory in front of `Reader.catalog`, so that a dashboard of many panels asks a node once. Failures are
 * remembered as long as answers, so a node that hangs is waited for once, not once a panel.
 */
export function createCatalogs({ site, clock, deadlineMs, cacheMs, mostCacheMs, signal: closed }: Options): Catalogs {
  const entries = new Map<string, Entry>();

  const usable = (entry: Entry) => {
    if (entry.pending) return true;
    const ageMs = (clock() - entry.askedAt) * 1000;
    return ageMs >= 0 && ageMs < Math.max(cacheMs, Math.min(mostCacheMs, timesTaken * entry.took));
  };

  const ask = (node: string): Entry => {
    const catalog = withDeadline(deadlineMs, closed, `data node ${node}`, async (signal) =>
      checked(node, await site.reader(node).catalog(allTime, signal)),
    );
    const entry: Entry = { askedAt: clock(), catalog, pending: true, took: 0 };
    const settled = () => (entry.pending = false);
    catalog
      .then(
        () => (entry.took = (clock() - entry.askedAt) * 1000),
        () => undefined,
      )
      .finally(settled);
    return entry;
  };

  return {
    of: (node, signal) => {
      let entry = entries.get(node);
      if (!entry || !usable(entry)) {
        if (entries.size > 100) forgetGone(entries, site);
        entry = ask(node);
        entries.set(node, entry);
      }
      const { catalog } = entry;
      return withDeadline(deadlineMs, signal, `data node ${node}`, () => catalog);
    },
    askedAt: (node) => entries.get(node)?.askedAt,
  };
}

function forgetGone(entries: Map<string, Entry>, site: Site): void {
  const here = new Set(site.nodes().map((node) => node.name));
  for (const name of entries.keys()) if (!here.has(name)) entries.delete(name);
}

/** A reader that answers with something else than a catalog fails here, in its own name. */
export function checked(node: string, catalog: Catalog): Catalog {
  const loose = catalog as Partial<Catalog> | null | undefined;
  if (typeof loose?.fields?.get !== 'function' || typeof loose.timelines?.get !== 'function') {
    throw new SisockError('bad_data', `data node ${node} answered with no list of fields`);
  }
  return catalog;
}
