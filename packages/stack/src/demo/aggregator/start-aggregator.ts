import { randomInt } from 'node:crypto';
import type { Clock } from '@sisock/core';
import type { Logger, Metrics, Service } from '@sisock/runtime';
import type { WampSession } from '@sisock/wamp';
import { Aggregator } from './aggregator.js';

export interface StartAggregatorOptions {
  /** A session that may subscribe under the address roots. */
  readonly session: WampSession;
  readonly addressRoots: readonly string[];
  /** The root of the tree of files. */
  readonly directory: string;
  /** Seconds of each file. */
  readonly timePerFile?: number;
  /** Between two flushes, in ms. */
  readonly flushEveryMs?: number;
  /** Nothing is written before it has settled: what comes meanwhile waits. */
  readonly writeAfter?: Promise<unknown>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
}

export interface AggregatorService extends Service {
  /** The file that grows; null between two. */
  readonly path: string | null;
  /** Why nothing can be written just now; null while it can. */
  readonly problem: string | null;
}

/** Starts to turn the live feeds of these roots into g3 files, as OCS's aggregator does beside a router of its own. */
export async function startAggregator({
  session,
  addressRoots,
  directory,
  timePerFile = 3600,
  flushEveryMs = 1000,
  writeAfter = Promise.resolve(),
  clock,
  log,
  metrics,
}: StartAggregatorOptions): Promise<AggregatorService> {
  const startTime = clock();
  const sessionId = (BigInt(Math.floor(startTime)) << 28n) | BigInt(randomInt(2 ** 28));
  const aggregator = new Aggregator(sessionId, startTime, { directory, timePerFile, log });
  const help = 'What the embedded aggregator wrote into g3 files';
  const gauge = metrics.gauge('sisock_aggregator', help, ['what'], () => {
    const { counts, writer } = aggregator;
    const { files, bytes, lost, waiting } = writer;
    for (const [what, n] of Object.entries({ ...counts, files, bytes, lost, waiting })) gauge.set({ what }, n);
  });

  const subscriptions: Service[] = [];
  for (const root of addressRoots) {
    const topic = `${root}..feeds.`;
    const listener: Parameters<WampSession['subscribe']>[1] = (args, _kwargs, { uri }) =>
      aggregator.accept(args, uri, clock());
    subscriptions.push(await session.subscribe(topic, listener, { match: 'wildcard' }));
  }

  let working: Promise<void> | null = null;
  let timer: NodeJS.Timeout | undefined;
  let closed: Promise<void> | undefined;
  const tick = () => {
    working ??= aggregator
      .tick(clock())
      .catch((error: unknown) => log.error({ err: error }, 'samples were not written'))
      .finally(() => (working = null));
  };
  const begun = writeAfter
    .catch(() => undefined)
    .then(() => {
      if (!closed) timer = setInterval(tick, flushEveryMs);
    });
  const close = async () => {
    clearInterval(timer);
    for (const subscription of subscriptions) await subscription.close().catch(() => undefined);
    await begun;
    clearInterval(timer);
    await working;
    await aggregator.close(clock());
  };
  return {
    get path() {
      return aggregator.writer.path;
    },
    get problem() {
      return aggregator.writer.problem;
    },
    close: () => (closed ??= close()),
  };
}
