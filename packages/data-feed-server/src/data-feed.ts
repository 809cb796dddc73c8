import { join, resolve } from 'node:path';
import type { BlockCache } from '@sisock/blocks';
import type { Clock, FieldInfo } from '@sisock/core';
import { type NodeLimits, type OriginalNames, serveReader } from '@sisock/data-node-server';
import { closeAll, type Logger, type Metrics, type Service } from '@sisock/runtime';
import type { WampSession } from '@sisock/wamp';
import type { Counted } from './feed-intake.js';
import { FeedReader, type FeedReaderOptions } from './feed-reader.js';
import type { FieldNaming } from './field-names.js';
import { FeedLog, type FeedLogLimits } from './log/feed-log.js';
import { logMetrics } from './log/log-metrics.js';
import { chooseFeeds, type DataFeedSettings, type FeedChoice } from './settings.js';

export interface DataFeedOptions {
  readonly session: WampSession;
  readonly settings: DataFeedSettings;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** Where the log of the samples is kept unless FEED_LOG says so; without both it is off. */
  readonly dataDirectory?: string;
  /** Limits beyond the settings. */
  readonly feedLog?: Partial<FeedLogLimits>;
  readonly feed?: Pick<FeedReaderOptions, 'store' | 'agents' | 'limits' | 'maxChunkValues'>;
  readonly limits?: Partial<NodeLimits>;
  /** Keeps what reductions over long times are made of. */
  readonly blocks?: BlockCache | undefined;
}

/** A data-feed node that runs. */
export interface DataFeed extends Service {
  readonly reader: FeedReader;
  readonly name: string;
  /** Resolves when the hub lists the node for the first time. */
  readonly listed: Promise<void>;
  /** Rejects with `name_taken` when another living node holds the name. Never resolves. */
  readonly failed: Promise<never>;
  /** What keeps it from its work just now, in one line; null when nothing does. */
  problem(): Promise<string | null>;
}

/** Between two looks for what is older than the buffer, in ms: for feeds that have fallen silent. */
const trimEveryMs = 1_000;

/**
 * Subscribes to OCS feeds, keeps their newest samples in memory and serves them as a data node. The session brings the
 * subscriptions through restarts of the router; what is in memory stays.
 * @throws SisockError `bad_setting` for settings that don't go together, `name_taken` for a name that is held.
 */
export async function startDataFeed(options: DataFeedOptions): Promise<DataFeed> {
  const { session, settings, metrics, clock } = options;
  const choice = chooseFeeds(settings);
  const log = options.log.child({ node: choice.name });
  const started: Service[] = [];
  const close = () => closeAll(started.splice(0), log);
  try {
    const feedLog = openFeedLog(choice, options, log);
    if (feedLog) started.push(feedLog);
    const reader = createReader(choice, options, log, feedLog);
    await feedLog?.replay((rows, lastSeen) => reader.restore(rows, lastSeen));
    for (const [topic, match] of topicsOf(choice)) {
      const listener: Parameters<WampSession['subscribe']>[1] = (args, _kwargs, { uri = topic }) => {
        if (isWanted(choice, uri)) reader.accept(args, uri);
      };
      started.push(await session.subscribe(topic, listener, { match }));
      log.info({ topic, match }, 'subscribed');
    }
    const timer = setInterval(() => reader.trim(), trimEveryMs);
    started.push({ close: async () => clearInterval(timer) });
    const { name, description } = choice;
    const names = originalNames(choice);
    const { limits } = options;
    const served = await serveReader({
      ...{ session, name, description, reader, metrics, clock, names, blocks: options.blocks },
      ...(limits && { limits }),
      log: options.log,
    });
    started.push(served);
    const { listed, failed } = served;
    return { reader, name, listed, failed, problem: () => served.problem(), close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

function createReader(
  choice: FeedChoice,
  { settings, metrics, clock, feed }: DataFeedOptions,
  log: Logger,
  rowLog: FeedLog | undefined,
): FeedReader {
  // Added up here until the metrics are asked for: a counter with labels takes longer than all the rest of an event.
  const counts = new Map<Counted, number>();
  const help = 'Events and samples of OCS feeds, by what became of them';
  const counter = metrics.counter('sisock_feed_total', help, ['node', 'what'], () => {
    for (const [what, n] of counts) counter.inc({ node: choice.name, what }, n);
    counts.clear();
  });
  const reader = new FeedReader({
    ...feed,
    naming: namingOf(choice),
    clock,
    monotonic: () => performance.now() / 1000,
    ...(rowLog && { rowLog }),
    log,
    store: { bufferSec: settings.BUFFER_TIME, ...feed?.store },
    count: (what, n) => counts.set(what, (counts.get(what) ?? 0) + n),
  });
  return reader;
}

function namingOf({ mode }: FeedChoice): FieldNaming {
  return mode === 'one' ? 'original' : 'full';
}

/** The log of the settings; undefined where it is off. */
function openFeedLog(
  choice: FeedChoice,
  { settings, dataDirectory, feedLog: limits, metrics, clock }: DataFeedOptions,
  log: Logger,
): FeedLog | undefined {
  const { FEED_LOG: set, FEED_LOG_DURABILITY, FEED_LOG_SYNC_INTERVAL, FEED_LOG_MAX_BYTES } = settings;
  const usual = dataDirectory && join(dataDirectory, 'feed-log', encodeURIComponent(choice.name));
  const directory = set ?? usual;
  if (directory === undefined || directory === 'off') return undefined;
  const feedLog = new FeedLog({
    directory: resolve(directory),
    durability: FEED_LOG_DURABILITY ?? 'interval',
    syncIntervalSec: FEED_LOG_SYNC_INTERVAL ?? 1,
    maxBytes: FEED_LOG_MAX_BYTES ?? 4e9,
    bufferSec: settings.BUFFER_TIME,
    naming: namingOf(choice),
    ...{ log, clock, limits: limits ?? {} },
  });
  logMetrics(feedLog, choice.name, metrics);
  return feedLog;
}

function topicsOf({ mode, topics, lifeTopics }: FeedChoice): [string, 'exact' | 'wildcard'][] {
  const match = mode === 'one' ? 'exact' : 'wildcard';
  return [
    ...topics.map((topic): [string, 'exact' | 'wildcard'] => [topic, match]),
    ...lifeTopics.map(({ topic, match }): [string, 'exact' | 'wildcard'] => [topic, match]),
  ];
}

function isWanted({ roots }: FeedChoice, topic: string): boolean {
  return roots === null || roots.some((root) => topic.startsWith(`${root}.`));
}

/**
 * The original's data-feed gives each field a timeline of its own, `<agent address>.<field>`. Full field names are unique
 * as they are.
 */
export function originalNames({ mode }: Pick<FeedChoice, 'mode'>): OriginalNames {
  const one = (info: FieldInfo) => `${info.labels!['agent']}.${info.name}`;
  return { timeline: mode === 'one' ? one : (info) => info.name };
}
