import { type BlockCache, BlockReader, type TileSource } from '@sisock/blocks';
import { type Clock, type Reader, SisockError, toSisockError } from '@sisock/core';
import { closeAll, type Logger, type Metrics, type Service } from '@sisock/runtime';
import {
  nodeFeatures,
  nodeNameProblem,
  type NodeProcedure,
  nodeUri,
  ticketFeature,
  type WampSession,
} from '@sisock/wamp';
import { createGate } from './gate.js';
import { keepListed } from './hub-listing.js';
import { defaultLimits, type NodeLimits } from './limits.js';
import { LiveTopics } from './live/live-topics.js';
import { createProcedures } from './procedures.js';
import type { OriginalNames } from './original-rows.js';
import { requestMetrics, type RequestMetrics } from './request-metrics.js';
import { Tickets } from './tickets.js';

export interface ServeOptions {
  readonly session: WampSession;
  /** One part of a URI. The hub refuses a name that a living node holds. */
  readonly name: string;
  readonly description: string;
  readonly reader: Reader;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** Milliseconds that no step of the clock moves: when leases end. Default `performance.now`. */
  readonly monotonic?: () => number;
  readonly limits?: Partial<NodeLimits>;
  /** One of several alike: replicas share name and registrations. */
  readonly replica?: boolean;
  /** MAX_POINTS: most samples a field in one answer of `get_data`; more are thinned, extremes kept. */
  readonly maxPoints?: number | undefined;
  /** Names on the original's wire, where they differ from the Reader's. */
  readonly names?: OriginalNames;
  /** Milliseconds between two additions to the hub. */
  readonly addEveryMs?: number;
  /** For so many ms a refused name is tried again: a node's own former session may still hold it. */
  readonly graceMs?: number;
  /** Keeps what reductions over long times are made of; without it they are made anew each time. */
  readonly blocks?: BlockCache | undefined;
  /** Blocks that lie ready beneath those in memory. */
  readonly blockSource?: TileSource | undefined;
  /** See BlockReaderOptions. */
  readonly finerPowers?: readonly number[];
  /** Counts beyond the requests; made anew when left out. */
  readonly counters?: RequestMetrics;
}

/** A data node on the wire. */
export interface ServedReader extends Service {
  readonly name: string;
  /** Resolves when the hub lists the node for the first time. */
  readonly listed: Promise<void>;
  /**
   * Rejects with `name_taken` when another living node holds the name, with `not_authorized` when the router does not allow
   * it any more; the node is closed then. Never resolves.
   */
  readonly failed: Promise<never>;
  /** What keeps it from its work just now, in one line: consumers can't find it, or its Reader is not well. Never rejects. */
  problem(): Promise<string | null>;
}

const registerRetryMs = 250;

/**
 * Serves a Reader as a data node: registers the original's procedures and ours, then keeps itself in the hub's list until
 * it is closed. While the router or the hub is away it waits for them.
 * @throws SisockError `bad_setting` for a name that can be none, `name_taken` when another node has registered it.
 */
export async function serveReader(options: ServeOptions): Promise<ServedReader> {
  const { session, name, description, metrics, clock, replica = false, maxPoints, names = {} } = options;
  const { blocks, blockSource: source, finerPowers = [], addEveryMs = 10_000, graceMs = 5_000 } = options;
  const { monotonic = () => performance.now() } = options;
  const nameProblem = nodeNameProblem(name);
  if (nameProblem !== null) {
    throw new SisockError('bad_setting', `data node name ${JSON.stringify(String(name).slice(0, 100))} ${nameProblem}`);
  }
  const log = options.log.child({ node: name });
  const limits = { ...defaultLimits, ...options.limits };
  const kept = blocks ? new BlockReader({ reader: options.reader, cache: blocks, source, finerPowers, clock }) : null;
  const reader = kept ?? options.reader;
  const gate = createGate(limits);
  const counters = options.counters ?? requestMetrics(metrics, name);
  // Each replica has topics of its own, and calls go to any of them.
  const follows = reader.follow !== undefined && !replica;
  const live = follows ? new LiveTopics({ session, name, reader, limits, log, metrics, monotonic }) : null;
  const tickets = replica ? null : new Tickets(limits);
  const procedures = createProcedures({ reader, clock, limits, gate, counters, maxPoints, names, live, tickets });
  const started: Service[] = [...(kept ? [kept] : []), gate, ...(live ? [live] : []), ...(tickets ? [tickets] : [])];
  let closing: Promise<void> | null = null;
  const close = () => (closing ??= closeAll(started, log));

  try {
    for (const [procedure, answer] of procedures) {
      const register = () =>
        session.register(nodeUri(name, procedure), answer, { invoke: replica ? 'roundrobin' : 'single' });
      started.push(await registerPatiently(register, graceMs, { name, procedure, log }));
    }
  } catch (thrown) {
    await close();
    throw thrown;
  }
  const listing = keepListed({
    session,
    name,
    description,
    features: [...nodeFeatures.filter((feature) => procedures.has(feature)), ...(tickets ? [ticketFeature] : [])],
    replica,
    log,
    everyMs: addEveryMs,
    graceMs,
  });
  started.push(listing);
  const failed = session.failed ? Promise.race([listing.failed, session.failed]) : listing.failed;
  failed.catch(() => void close());
  const problem = async () => listing.problem() ?? readerProblem(name, reader);
  return { name, listed: listing.listed, failed, problem, close };
}

/** What the Reader says of itself where it is not well. */
async function readerProblem(name: string, reader: Reader): Promise<string | null> {
  try {
    const health = await reader.health?.();
    if (health?.ok !== false) return null;
    return `data node ${name}: ${health.message ?? 'it says that it is not well'}`;
  } catch (thrown) {
    return `data node ${name}: ${toSisockError(thrown).message}`;
  }
}

/** Tries again for a while where the URI is taken: the router may still hold the session of this node's former life. */
async function registerPatiently(
  register: () => Promise<Service>,
  graceMs: number,
  { name, procedure, log }: { readonly name: string; readonly procedure: NodeProcedure; readonly log: Logger },
): Promise<Service> {
  const since = performance.now();
  for (;;) {
    try {
      return await register();
    } catch (thrown) {
      if (toSisockError(thrown).code !== 'name_taken') throw thrown;
      if (performance.now() - since >= graceMs) {
        const text = `the name ${JSON.stringify(name)} is refused: a living data node has registered it; choose another name`;
        log.error({ procedure }, text);
        throw new SisockError('name_taken', text, { cause: thrown });
      }
      await new Promise((resolve) => setTimeout(resolve, registerRetryMs));
    }
  }
}
