import type { NodeHealth } from '@sisock/core';
import type { Joiner } from './joiner.js';

/**
 * How the sources are. A site without an archive, or whose agents have published nothing yet, is well and says so. Agents are
 * left to the feed nodes, which tell of them themselves.
 */
export async function joinedHealth(joiner: Joiner): Promise<NodeHealth> {
  const { timelines, homes } = await joiner.map(250);
  const sources = joiner.all();
  const away = sources.filter(({ problem }) => problem !== null);
  const ends = [...timelines.values()].flatMap(({ extent }) => (extent === null ? [] : [extent.end]));
  const kinds = (['archive', 'feed'] as const).filter((role) => !sources.some((source) => source.role === role));
  const missing = kinds.map((role) => `there is no ${role} node`);
  const problems = [...away.map(({ role, name, problem }) => `${role} ${name}: ${problem}`), ...missing];
  return {
    ok: away.length === 0 && sources.length > 0,
    ...(problems.length > 0 && { message: problems.join('; ').slice(0, 500) }),
    newest: ends.length === 0 ? null : ends.reduce((a, b) => Math.max(a, b)),
    counters: { sources: sources.length, away: away.length, timelines: timelines.size, fields: homes.size },
    agents: [],
  };
}
