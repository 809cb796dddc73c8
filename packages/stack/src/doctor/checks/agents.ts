import type { AgentHealth } from '@sisock/core';
import { duration } from '../duration.js';
import { fail, type Finding, ok } from '../finding.js';

/** One finding an agent: of those that several data nodes hear, the newest sign of life counts. `now` in UNIX seconds. */
export function agentFindings(agents: readonly AgentHealth[], now: number): Finding[] {
  const newest = new Map<string, AgentHealth>();
  for (const agent of agents) {
    if (agent.lastSeen >= (newest.get(agent.address)?.lastSeen ?? -Infinity)) newest.set(agent.address, agent);
  }
  return [...newest.values()].map(({ address, alive, lastSeen }) => {
    const text = `last sign of life ${duration(now - lastSeen)} ago`;
    return alive
      ? ok(`agent ${address}`, text)
      : fail(`agent ${address}`, text, 'start the agent again, or look at its log and its way to the router');
  });
}
