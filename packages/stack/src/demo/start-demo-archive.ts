import { closeAll, type Logger, type Metrics, type Service } from '@sisock/runtime';
import type { Clock } from '@sisock/core';
import type { WampSession } from '@sisock/wamp';
import { type AggregatorService, startAggregator } from './aggregator/start-aggregator.js';
import { newestSamples } from './history/newest-samples.js';
import { planHistory } from './history/plan-history.js';
import { pruneTree, type TreeBounds } from './history/tree-files.js';
import { writeHistory } from './history/write-history.js';
import { demoAgents } from './simulated-agents.js';

export interface DemoArchiveOptions {
  /** A session that may subscribe under the address roots. */
  readonly session: WampSession;
  readonly addressRoots: readonly string[];
  /** The root of the tree of files. */
  readonly directory: string;
  readonly timePerFile: number;
  /** Seconds of the past that the agents publish at the start; the history in files ends before them. */
  readonly liveSeconds: number;
  readonly historySeconds?: number;
  readonly bounds?: TreeBounds;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
}

export interface DemoArchive extends Service {
  /** By feed: what is older is in the files already, or is about to be (UNIX seconds). */
  readonly writtenUntil: (address: string) => number;
  /** Settles when the history is whole. */
  readonly history: Promise<void>;
  /** Why the aggregator can't write just now; null while it can. */
  problem(): string | null;
}

const day = 86_400;
/** The demonstration writes about 30 MB a day: it must never fill a disk. */
export const demoBounds: TreeBounds = { maxAgeSec: 14 * day, maxBytes: 256_000_000 };
const pruneEveryMs = 600_000;

/** A history of 3 days, coarser than what the agents publish: about 7 MB and half a second of work. */
const history = { agents: demoAgents, samplesPerSecond: 0.1, frameSec: 600, fileSec: 3600 };

/**
 * Starts what turns the demonstration's feeds into g3 files: a past that is written once, in the background, and an
 * aggregator that goes on in the same tree.
 * @throws what the file system says when nothing can be written there
 */
export async function startDemoArchive({
  session,
  addressRoots,
  directory,
  timePerFile,
  liveSeconds,
  historySeconds = 3 * day,
  bounds = demoBounds,
  clock,
  log,
  metrics,
}: DemoArchiveOptions): Promise<DemoArchive> {
  const plan = await planHistory(directory, clock() - liveSeconds, historySeconds);
  const newest = await newestSamples(directory);
  const stop = new AbortController();
  const written = writeHistory(plan, { ...history, addressRoot: addressRoots[0]!, signal: stop.signal }).then(
    (files) => void (files > 0 && log.info({ files, directory }, 'wrote the history of the demonstration')),
    (error: unknown) => log.error({ err: error, directory }, 'the history of the demonstration could not be written'),
  );
  const prune = () =>
    void pruneTree(directory, bounds, clock()).catch((error: unknown) => log.warn({ err: error }, 'not removed'));
  const timer = setInterval(prune, pruneEveryMs);
  prune();
  const forgotten: Service = {
    close: async () => {
      clearInterval(timer);
      stop.abort();
      await written;
    },
  };
  let aggregator: AggregatorService;
  try {
    aggregator = await startAggregator({
      session,
      addressRoots,
      directory,
      timePerFile,
      writeAfter: written,
      clock,
      log,
      metrics,
    });
  } catch (error) {
    await forgotten.close();
    throw error;
  }
  const services: Service[] = [aggregator, forgotten];
  return {
    problem: () => aggregator.problem,
    writtenUntil: (address) => newest.get(address) ?? plan.until,
    history: written,
    close: () => closeAll(services.splice(0), log),
  };
}
