import { formatAge, formatDuration } from '../base/time.js';
import type { Agent, DataNode, Field, Timeline } from './site.js';

/**
 * How new data are, judged by their own cadence. `live`: as new as they should be; `late`: the next ones are overdue;
 * `stale`: they should come and have not for long; `resting`: nothing is expected (an archive, or a feed that ended long
 * ago); `none`: there are none; `gone`: the node does not answer.
 */
export type Freshness = 'live' | 'late' | 'stale' | 'resting' | 'none' | 'gone';

/** Agents keep samples back for some seconds and publish them together: less than this is not late. */
const usualDelay = 15;
/** Late samples are stale after so many times the delay that is allowed. */
const staleTimes = 4;
/** A feed that gave nothing for so long ended: it is not expected to go on. */
const endedAfter = 2 * 86_400;

/** Seconds that the newest sample of a live timeline may be old. */
export function allowedAge(interval: number | null): number {
  return Math.max(usualDelay, 3 * (interval ?? 0));
}

export function freshnessOf(
  timeline: Pick<Timeline, 'interval' | 'extent' | 'asOf'> | undefined,
  node: DataNode | undefined,
  now: number,
): Freshness {
  if (!node?.reachable) return 'gone';
  if (!timeline?.extent) return 'none';
  // As old as they were when the node was asked: what came since is not known.
  const age = Math.min(now, timeline.asOf) - timeline.extent.to;
  const allowed = allowedAge(timeline.interval);
  if (age <= allowed) return 'live';
  // An archive gets data in pieces, minutes or days after they were made: that is no fault. What is one, it tells itself.
  if (!node.isLive || age > endedAfter) return 'resting';
  return age <= staleTimes * allowed ? 'late' : 'stale';
}

/** OCS's OpCode of an operation that is under way: starting, running, stopping, degraded. */
const underWay: readonly number[] = [2, 3, 4, 8];

/** The freshness in words, with the age of the newest sample. `agent`: the one the data come from, where it is known. */
export function freshnessWords(freshness: Freshness, newest: number | null, now: number, agent?: Agent): string {
  const age = newest === null ? '' : formatDuration(now - newest);
  switch (freshness) {
    case 'live':
      return `${age} ago`;
    case 'late':
      return `late: nothing for ${age}`;
    case 'stale':
      return `nothing for ${age}${agent ? whyStale(agent) : ''}`;
    case 'resting':
      return `newest ${newest === null ? '' : formatAge(newest, now)}`;
    case 'none':
      return 'no data yet';
    case 'gone':
      return 'the data node does not answer';
  }
}

function whyStale({ alive, operations }: Agent): string {
  if (!alive) return ': the agent is silent';
  const isIdle = !Object.values(operations).some((code) => underWay.includes(code));
  return isIdle ? ': no operation of the agent is running' : ', though the agent runs';
}

/** The agent that a field comes from, where a node tells of it. */
export function agentOf(field: Field, nodes: readonly DataNode[]): Agent | undefined {
  const { agent } = field.labels;
  if (agent === undefined) return undefined;
  for (const node of nodes) {
    const found = node.agents.find((one) => one.address === agent);
    if (found) return found;
  }
  return undefined;
}
