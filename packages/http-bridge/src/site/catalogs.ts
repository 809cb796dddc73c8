import { allTime, type Catalog, type Clock, type Site, SisockError } from '@sisock/core';
import { withDeadline } from './deadline.js';

/** Lists of fields of nodes, asked at need. */
export interface Catalogs {
  /** The node's fields of all time, remembered for a while; callers who ask at once share one call. */
  of(node: string, signal?: AbortSignal): Promise<Catalog>;
  /**
   * The same without a wait where there is a list that is at most `staleMs` old: a newer one is asked for meanwhile. For
   * who finds a known name in it; what is not in it may be in the list of `of`.
   */
  soon(node: string, signal?: AbortSignal): Promise<Catalog>;
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
  readonly staleMs: number;
  /** Ends the calls that are under way. */
  readonly signal: AbortSignal;
}

interface Entry {
  readonly askedAt: number;
  readonly catalog: Promise<Catalog>;
  /** The list before this one, as long as it is under way. */
  readonly former: Former | null;
  state: 'pending' | 'there' | 'failed';
  /** Ms that it took. */
  took: number;
  /** Asks now, where that is to come yet. */
  start(): void;
}

interface Former {
  readonly askedAt: number;
  readonly catalog: Promise<Catalog>;
}

/** So long a list is not asked for where nobody waits for it: a node tells one thing at a time, and data come first. */
const dataFirstMs = 250;

/** A list is remembered so many times as long as it took to get. */
const timesTaken = 20;

/**
 * A short memory in front of `Reader.catalog`, so that a dashboard of many panels asks a node once. Failures are
 * remembered as long as answers, so a node that hangs is waited for once, not once a panel.
 */
export function createCatalogs(options: Options): Catalogs {
  const { site, clock, deadlineMs, cacheMs, mostCacheMs, staleMs, signal: closed } = options;
  const entries = new Map<string, Entry>();

  const isYounger = ({ askedAt }: Former, ms: number) => {
    const ageMs = (clock() - askedAt) * 1000;
    return ageMs >= 0 && ageMs < ms;
  };

  const ask = (node: string, former: Former | null, inMs: number): Entry => {
    const turn = new Turn(inMs);
    let callAt = clock();
    const catalog = turn.come.then(() => {
      callAt = clock();
      return withDeadline(deadlineMs, closed, `data node ${node}`, async (signal) =>
        checked(node, await site.reader(node).catalog(allTime, signal)),
      );
    });
    const entry: Entry = { askedAt: callAt, catalog, former, state: 'pending', took: 0, start: () => turn.now() };
    catalog.then(
      () => {
        entry.state = 'there';
        entry.took = (clock() - callAt) * 1000;
      },
      () => (entry.state = 'failed'),
    );
    return entry;
  };

  const isNew = (entry: Entry) => isYounger(entry, Math.max(cacheMs, Math.min(mostCacheMs, timesTaken * entry.took)));

  /** The entry of the node, asked for anew where it is too old; after `inMs` where there is a former one. */
  const entryOf = (node: string, inMs: number): Entry => {
    const known = entries.get(node);
    if (known && (known.state === 'pending' || isNew(known))) return known;
    if (entries.size > 100) forgetGone(entries, site);
    const former = known?.state === 'there' ? known : null;
    const entry = ask(node, former, former && isYounger(former, staleMs) ? inMs : 0);
    entries.set(node, entry);
    return entry;
  };

  const patiently = (node: string, catalog: Promise<Catalog>, signal: AbortSignal | undefined) =>
    withDeadline(deadlineMs, signal, `data node ${node}`, () => catalog);

  return {
    of: (node, signal) => {
      const entry = entryOf(node, 0);
      entry.start();
      return patiently(node, entry.catalog, signal);
    },
    soon: (node, signal) => {
      const entry = entryOf(node, dataFirstMs);
      const { state, catalog, former } = entry;
      if (state === 'pending' && former !== null && isYounger(former, staleMs)) {
        return patiently(node, former.catalog, signal);
      }
      entry.start();
      return patiently(node, catalog, signal);
    },
    askedAt: (node) => entries.get(node)?.askedAt,
  };
}

/** A moment that comes by itself, or when somebody can't wait for it. */
class Turn {
  readonly come: Promise<void>;
  readonly #timer: NodeJS.Timeout | undefined;
  #now: () => void = () => undefined;

  constructor(inMs: number) {
    this.come = new Promise((resolve) => (this.#now = resolve));
    if (inMs === 0) this.#now();
    else this.#timer = setTimeout(this.#now, inMs).unref();
  }

  now(): void {
    clearTimeout(this.#timer);
    this.#now();
  }
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
