import type { Clock } from '@sisock/core';
import type { Logger, Service } from '@sisock/runtime';
import type { WampSession } from '@sisock/wamp';
import { feedAddress, feedMessage, heartbeat, type Publication, sampleTimes } from './ocs-messages.js';
import { type DemoAgent, demoAgents, type DemoFeed } from './simulated-agents.js';

interface DemoOptions {
  /** A session that may publish under the address root. */
  readonly session: WampSession;
  readonly addressRoot: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly agents?: readonly DemoAgent[];
  /** How many seconds of the past are published at the start, so that a plot has a shape from the first moment. */
  readonly historySeconds?: number;
  /** Until when (UNIX seconds) the samples of a feed, by its address, have been published in an earlier run. */
  readonly publishedUntil?: (address: string) => number;
  readonly publishEveryMs?: number;
}

export const usualHistorySeconds = 600;

/** Starts the simulated agents: they publish feeds and heartbeats as OCS agents do, and lose what an outage takes. */
export function startDemoAgents({
  session,
  addressRoot,
  clock,
  log,
  agents = demoAgents,
  historySeconds = usualHistorySeconds,
  publishedUntil: publishedBefore = () => -Infinity,
  publishEveryMs = 500,
}: DemoOptions): Service {
  const startedAt = clock();
  const publishedUntil = new Map<DemoFeed, number>();
  let heartbeatAt = -Infinity;

  function publish({ topic, argument }: Publication): void {
    session.publish(topic, [argument]).catch((error: unknown) => log.debug({ err: error, topic }, 'not published'));
  }

  function publishNews(): void {
    if (!session.details) return;
    const now = clock();
    for (const agent of agents) {
      for (const feed of agent.feeds) {
        // After an outage or a step of the clock only the recent part is made: agents don't keep more.
        const before = publishedUntil.get(feed) ?? publishedBefore(feedAddress(addressRoot, agent, feed.name));
        const since = Math.max(before, now - historySeconds);
        const times = sampleTimes(feed.samplesPerSecond, since, now);
        if (times.length > 0) publish(feedMessage(addressRoot, agent, feed, times, startedAt));
        publishedUntil.set(feed, Math.min(now, times.at(-1) ?? since));
      }
    }
    if (Math.abs(now - heartbeatAt) < 1) return;
    heartbeatAt = now;
    for (const agent of agents) publish(heartbeat(addressRoot, agent, startedAt));
  }

  publishNews();
  const timer = setInterval(publishNews, publishEveryMs);
  return {
    close: async () => clearInterval(timer),
  };
}
