import {
  allTime,
  type Clock,
  matchesName,
  type NodeInfo,
  type NodeStatus,
  type Reader,
  toSisockError,
} from '@sisock/core';
import { createMetrics, silentLogger } from '@sisock/runtime';
import { hubUris, type WampSession, WampSite } from '@sisock/wamp';
import { duration } from '../duration.js';
import { fail, type Finding, ok, warn } from '../finding.js';
import { agentFindings } from './agents.js';

interface NodesOptions {
  readonly session: WampSession;
  readonly clock: Clock;
  readonly maxAgeSec: number;
  readonly archives: readonly string[];
  readonly deadlineMs: number;
}

/** The hub, each node with the age of its newest sample, each agent with its sign of life. */
export async function checkNodes(options: NodesOptions): Promise<readonly Finding[]> {
  const { session, clock, deadlineMs } = options;
  try {
    await session.call(hubUris.getDataNode, [], {}, { timeoutMs: deadlineMs });
  } catch (error) {
    return [fail('hub', `no hub answers (${toSisockError(error).message})`, 'start sisock hub, or look at its log')];
  }
  const log = silentLogger();
  const site = await WampSite.start({
    session,
    log,
    metrics: createMetrics(),
    clock,
    callTimeoutMs: deadlineMs,
    healthTimeoutMs: deadlineMs,
  });
  try {
    const nodes = site.nodes();
    if (nodes.length === 0)
      return [warn('hub', 'it lists no data node', 'start one: sisock node ... (docs/running.md)')];
    const { nodes: statuses } = await site.status();
    const found = await Promise.all(statuses.map((status) => nodeFinding(status, site.reader(status.name), options)));
    const agents = statuses.flatMap(({ health }) => health?.agents ?? []);
    return [ok('hub', `it lists ${names(nodes)}`), ...found, ...agentFindings(agents, clock())];
  } finally {
    await site.close();
  }
}

async function nodeFinding(status: NodeStatus, reader: Reader, options: NodesOptions): Promise<Finding> {
  const { name, reachable, health, error = 'no answer' } = status;
  const check = `node ${name}`;
  const restart = `look at the log of data node ${name}, and start it again`;
  if (!reachable) return fail(check, `the hub lists it, but it does not answer: ${error}`, restart);
  if (health?.ok === false) {
    return fail(check, health.message ?? 'it says that it is not well', `mend that; the log of ${name} says more`);
  }
  let newest: number | null;
  try {
    newest = health?.newest ?? (await newestOf(reader, options));
  } catch (thrown) {
    return fail(check, `its data can't be had: ${toSisockError(thrown).message}`, restart);
  }
  if (newest === null) return warn(check, 'it has no recent sample', `look whether the source of ${name} gives data`);
  const age = options.clock() - newest;
  const text = `newest sample ${duration(age)} old`;
  if (age <= options.maxAgeSec || matchesName(options.archives, name)) return ok(check, text);
  return warn(check, text, `look whether its source still gives data; an archive belongs in DOCTOR_ARCHIVES`);
}

/**
 * Of a node that does not tell it: by what its fields say, else the newest sample of one field a timeline within the age
 * that is allowed; null where there is none.
 */
async function newestOf(reader: Reader, { clock, maxAgeSec, deadlineMs }: NodesOptions): Promise<number | null> {
  const signal = AbortSignal.timeout(deadlineMs);
  const { timelines } = await reader.catalog(allTime, signal);
  const ends = [...timelines.values()].map((timeline) => timeline.extent?.end ?? -Infinity);
  if (!ends.some(Number.isFinite)) {
    const recent = { start: clock() - maxAgeSec, end: clock() + 1 };
    const { fields } = await reader.catalog(recent, signal);
    const firsts = new Map([...fields.values()].map((field) => [field.timeline, field.name]));
    for (const [timeline, field] of [...firsts].slice(0, 5)) {
      const query = { timeline, fields: [field], range: recent, maxSamples: 100_000 };
      const { batches } = await reader.read(query, signal);
      ends.push(batches.at(-1)?.t.at(-1) ?? -Infinity);
    }
  }
  const newest = Math.max(-Infinity, ...ends);
  return Number.isFinite(newest) ? newest : null;
}

function names(nodes: readonly NodeInfo[]): string {
  const all = nodes.map((node) => node.name);
  return all.length <= 10 ? all.join(', ') : `${all.slice(0, 10).join(', ')} and ${all.length - 10} more`;
}
