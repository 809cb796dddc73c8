import type { Clock, Site } from '@sisock/core';
import { type NodeLimits, serveReader } from '@sisock/data-node-server';
import { closeAll, type Logger, type Metrics, type Service } from '@sisock/runtime';
import type { WampSession } from '@sisock/wamp';
import { JoinedReader } from './joined-reader.js';
import { SiteSources, type SiteSourcesOptions } from './site-sources.js';
import type { JoinedSettings } from './settings.js';

export interface JoinedNodeOptions {
  readonly session: WampSession;
  /** Where the sources are; on a session that may call them. It is not closed with the node. */
  readonly site: Site;
  readonly settings: JoinedSettings;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly limits?: Partial<NodeLimits>;
  /** Times of a source. */
  readonly sources?: SiteSourcesOptions['limits'];
}

/** A joined node that runs. */
export interface JoinedNode extends Service {
  readonly reader: JoinedReader;
  readonly name: string;
  /** Resolves when the hub lists the node for the first time. */
  readonly listed: Promise<void>;
  /** Rejects with `name_taken` when another living node holds the name. Never resolves. */
  readonly failed: Promise<never>;
  /** What keeps it from its work just now, in one line; null when nothing does. */
  problem(): Promise<string | null>;
}

/**
 * Joins archive and feed nodes of a site and serves them as a data node of its own.
 * @throws SisockError `name_taken` for a name that is held
 */
export async function startJoinedNode(options: JoinedNodeOptions): Promise<JoinedNode> {
  const { session, site, settings, metrics, clock, limits } = options;
  const { JOIN_NAME: name, ARCHIVE_NODES: archives, FEED_NODES: feeds, MAX_POINTS: maxPoints } = settings;
  const description = settings.DESCRIPTION ?? 'OCS feeds, archive and live as one';
  const log = options.log.child({ node: name });
  const sources = new SiteSources({
    ...{ site, archives, feeds, own: name, log, metrics },
    ...(options.sources && { limits: options.sources }),
  });
  const rows = metrics.counter('sisock_joined_rows_total', 'Rows served by a joined node, by where they come from', [
    'node',
    'role',
  ]);
  const count = (role: 'archive' | 'feed', n: number) => rows.inc({ node: name, role }, n);
  const reader = new JoinedReader({ sources, clock, count });
  try {
    const served = await serveReader({
      ...{ session, name, description, reader, metrics, clock, log: options.log, maxPoints },
      // A field of this node has a name of its own all over the site.
      names: { timeline: (info) => info.name },
      ...(limits && { limits }),
    });
    const { listed, failed } = served;
    const problem = () => served.problem();
    return { reader, name, listed, failed, problem, close: () => closeAll([sources, served], log) };
  } catch (thrown) {
    await sources.close();
    throw thrown;
  }
}
