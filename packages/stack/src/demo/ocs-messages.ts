import type { DemoAgent, DemoFeed, DemoValue } from './simulated-agents.js';

/** What an OCS agent publishes: the topic, and the one argument `[message, feedinfo]`. */
export interface Publication {
  readonly topic: string;
  readonly argument: readonly [message: unknown, feedinfo: unknown];
}

/** Operation code "running" of OCS's heartbeats. */
const running = 3;

export function feedAddress(root: string, agent: DemoAgent, feed: string): string {
  return `${root}.${agent.instance}.feeds.${feed}`;
}

function feedInfo(root: string, agent: DemoAgent, feed: string, record: boolean, startedAt: number) {
  const address = `${root}.${agent.instance}`;
  return {
    agent_address: address,
    agg_params: record ? { frame_length: 20 } : {},
    feed_name: feed,
    address: feedAddress(root, agent, feed),
    record,
    session_id: startedAt.toFixed(6),
    agent_class: agent.agentClass,
  };
}

/** An agent's sign of life, with a code for each of its operations. */
export function heartbeat(root: string, agent: DemoAgent, startedAt: number): Publication {
  const info = feedInfo(root, agent, 'heartbeat', false, startedAt);
  return {
    topic: info.address,
    argument: [Object.fromEntries(agent.operations.map((operation) => [operation, running])), info],
  };
}

/** A feed's samples at `times` (UNIX seconds) as one message of one block. */
export function feedMessage(
  root: string,
  agent: DemoAgent,
  feed: DemoFeed,
  times: readonly number[],
  startedAt: number,
): Publication {
  const data: Record<string, DemoValue[]> = {};
  for (const t of times) {
    for (const [field, value] of Object.entries(feed.at(t))) (data[field] ??= []).push(value);
  }
  const info = feedInfo(root, agent, feed.name, true, startedAt);
  const block = { block_name: feed.block, data, timestamps: times };
  return { topic: info.address, argument: [{ [feed.block]: block }, info] };
}

/** The sampling times of a feed in `(after, until]`, on a grid that does not depend on when the agent started. */
export function sampleTimes(samplesPerSecond: number, after: number, until: number): number[] {
  const times: number[] = [];
  for (let n = Math.floor(after * samplesPerSecond) + 1; n <= until * samplesPerSecond; n++) {
    times.push(n / samplesPerSecond);
  }
  return times;
}
