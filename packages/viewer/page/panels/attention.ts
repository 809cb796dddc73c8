import { formatAge, formatDuration } from '../base/time.js';
import { instanceId } from '../data/catalog.js';
import { allowedAge, freshnessOf } from '../data/freshness.js';
import type { SiteEvent } from '../data/events.js';
import { type Metric, sumOf } from '../data/prometheus.js';
import type { Timeline } from '../data/site.js';
import type { SiteModel } from '../data/site-watch.js';

/** Something that a person should know of, worst first. */
export interface Attention {
  readonly level: 'bad' | 'warn';
  readonly text: string;
}

/** An archive gets frames of some minutes, and files are indexed as they grow: more behind than this is a fault. */
const archiveBehind = 1800;

/** What went away longer ago is not expected back, in seconds. */
const rememberedFor = 86_400;

/** What is not as it should be, in sentences. */
export function attentionOf(
  site: SiteModel,
  metrics: readonly Metric[],
  events: readonly SiteEvent[],
  now: number,
): readonly Attention[] {
  const { state, error } = site;
  if (error && error.code !== 'cancelled')
    return [{ level: 'bad', text: `The server does not answer: ${error.message}` }];
  if (!state) return [];
  const found: Attention[] = [];
  const bad = (text: string) => found.push({ level: 'bad', text });
  const warn = (text: string) => found.push({ level: 'warn', text });
  if (!state.connected) bad('The server has no session with the router: what is shown may be old.');
  for (const { name, reachable, error: why, trouble } of state.nodes) {
    if (!reachable) bad(`Data node ${name} does not answer${why ? `: ${why}` : ''}.`);
    else if (trouble !== null) warn(`Data node ${name}: ${trouble}.`);
  }
  for (const { title, from } of goneNodes(site, events, now))
    bad(`${capital(title)} ${formatAge(from, now)} and is not back.`);
  for (const agent of state.nodes.flatMap((node) => node.agents)) {
    const id = instanceId(agent.address);
    if (!agent.alive) bad(`Agent ${id} is silent: last heard of ${formatAge(agent.lastSeen, now)}.`);
    for (const [name, code] of Object.entries(agent.operations)) {
      if (code === 6) warn(`Agent ${id}: operation ${name} has failed.`);
      if (code === 8) warn(`Agent ${id}: operation ${name} runs degraded.`);
    }
  }
  for (const text of lateFeeds(site, now)) warn(text);
  for (const text of archivesBehind(site)) warn(text);
  if (sumOf(metrics, 'sisock_scanner_database_up') === 0)
    bad("The scanner's database does not answer: new files are not indexed.");
  if ((sumOf(metrics, 'sisock_feed_log_stalled') ?? 0) > 0)
    bad('The feed log can not be written: a restart would lose live data.');
  return found.sort((a, b) => Number(a.level === 'warn') - Number(b.level === 'warn'));
}

/** Data nodes that left the list not long ago: nobody else tells of them. */
function goneNodes({ state }: SiteModel, events: readonly SiteEvent[], now: number): readonly SiteEvent[] {
  const there = new Set(state!.nodes.map(({ name }) => name));
  return events.filter(({ tags, lasts, from }) => {
    const isNode = tags.includes('node') && tags.includes('went');
    return isNode && lasts && now - from < rememberedFor && !tags.some((tag) => there.has(tag));
  });
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Live feeds that give nothing, though their agent is not known to be silent. */
function lateFeeds({ timelines, state, catalog }: SiteModel, now: number): readonly string[] {
  const silent = new Set(state!.nodes.flatMap(({ agents }) => agents.filter((a) => !a.alive).map((a) => a.address)));
  const seen = new Set<string>();
  return catalog.entries.flatMap(({ field }): string[] => {
    const key = `${field.node}::${field.timeline}`;
    if (seen.has(key)) return [];
    seen.add(key);
    const timeline = timelines.get(key);
    const node = state!.nodes.find(({ name }) => name === field.node);
    const { agent, feed } = field.labels;
    const freshness = freshnessOf(timeline, node, now);
    if ((freshness !== 'late' && freshness !== 'stale') || (agent && silent.has(agent))) return [];
    const what = agent && feed ? `Feed ${feed} of ${instanceId(agent)}` : `${field.node}: ${field.timeline}`;
    return [`${what} gave nothing for ${formatDuration(now - timeline!.extent!.to)}.`];
  });
}

/** Archives that fell behind the live feeds of the same name: nothing is written, or nothing is indexed. */
function archivesBehind({ timelines, state }: SiteModel): readonly string[] {
  const live = new Map<string, Timeline>();
  const archives = new Map<string, number>();
  const isLive = new Map(state!.nodes.map((node) => [node.name, node.isLive]));
  for (const timeline of timelines.values()) if (isLive.get(timeline.node)) live.set(timeline.name, timeline);
  for (const timeline of timelines.values()) {
    const newest = live.get(timeline.name)?.extent?.to;
    if (isLive.get(timeline.node) !== false || newest === undefined || !timeline.extent) continue;
    const behind = newest - timeline.extent.to;
    if (behind <= archiveBehind + allowedAge(timeline.interval)) continue;
    archives.set(timeline.node, Math.max(behind, archives.get(timeline.node) ?? 0));
  }
  return [...archives].map(([node, behind]) => {
    return `Archive ${node} is ${formatDuration(behind)} behind the live feeds: nothing new is recorded or indexed.`;
  });
}

/** All of it in a few words, for the top of the page. */
export function healthWords(site: SiteModel, attention: readonly Attention[]): string {
  if (!site.state) return site.error ? 'no answer' : 'loading';
  const first = attention[0];
  if (first) return attention.length === 1 ? first.text : `${attention.length} things need attention`;
  const agents = site.state.nodes.reduce((n, node) => n + node.agents.length, 0);
  const count = (n: number, word: string) => `${n} ${word}${n === 1 ? '' : 's'}`;
  return `${count(site.state.nodes.length, 'data node')}, ${count(agents, 'agent')}: all well`;
}
