import { join } from 'node:path';
import { type DataFeedSettings, startDataFeed } from '@sisock/data-feed-server';
import type { UpParts } from './up-parts.js';

/** The data nodes of live feeds, one an address root. Returns their names and what they are. */
export async function startFeeds(parts: UpParts) {
  const { settings, dataDirectory, sessionOf, watch, part, metrics, clock, blocks } = parts;
  const { FEED_LOG_DURABILITY, FEED_LOG_SYNC_INTERVAL, FEED_LOG_MAX_BYTES, FEED_LOG: log } = settings;
  const started: { readonly name: string; readonly about: string }[] = [];
  for (const [i, root] of settings.ADDRESS_ROOT.entries()) {
    const name = i === 0 ? 'feeds' : `feeds_${root}`;
    const feed: DataFeedSettings = {
      TARGET: undefined,
      FEED: 'temperatures',
      FEED_PATTERN: `${root}..feeds.`,
      NAME: name,
      DESCRIPTION: `Live feeds of the OCS agents of ${root}`,
      BUFFER_TIME: settings.BUFFER_TIME,
      ADDRESS_ROOT: [root],
      // Several nodes never share a log.
      FEED_LOG: log === undefined || log === 'off' ? log : join(log, name),
      FEED_LOG_DURABILITY,
      FEED_LOG_SYNC_INTERVAL,
      FEED_LOG_MAX_BYTES,
    };
    const options = { settings: feed, dataDirectory, log: part('feeds'), metrics, clock, blocks };
    watch(await startDataFeed({ ...options, session: sessionOf(name, 'server') }));
    started.push({ name, about: `OCS agents of ${root}` });
  }
  return started;
}
