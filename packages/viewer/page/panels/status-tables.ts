import { make } from '../base/elements.js';
import { formatAge, formatDuration, formatRate, formatTime, type Zone } from '../base/time.js';
import { instanceId } from '../data/catalog.js';
import type { SiteEvent } from '../data/events.js';
import { freshnessOf, freshnessWords } from '../data/freshness.js';
import type { Agent, DataNode, Timeline } from '../data/site.js';
import type { SiteModel } from '../data/site-watch.js';

/** A cell: text, and how it is meant. */
export interface TableCell {
  readonly text: string;
  readonly look?: 'ok' | 'warn' | 'bad' | 'quiet' | undefined;
  readonly title?: string;
}

/** A table of words. */
export interface WordTable {
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly (TableCell | string)[])[];
  /** Said where there is no row. */
  readonly none: string;
}

/** OCS's words for the OpCodes of operations. */
const opCodes = ['', 'none', 'starting', 'running', 'stopping', 'succeeded', 'failed', 'expired', 'degraded'];

export function nodesTable({ state, timelines }: SiteModel, now: number, zone: Zone): WordTable {
  const fieldsOf = (node: string) => {
    const own = [...timelines.values()].filter((timeline) => timeline.node === node);
    return own.reduce((n, { fields }) => n + fields, 0);
  };
  const row = (node: DataNode): (TableCell | string)[] => [
    node.name,
    nodeState(node),
    node.isLive ? 'live' : 'archive',
    String(fieldsOf(node.name)),
    node.newest === null ? '–' : formatAge(node.newest, now, zone),
    { text: String((node.counters['requests'] ?? 0).toLocaleString('en')), look: 'quiet' },
    { text: node.error ?? node.trouble ?? node.description, look: node.error || node.trouble ? 'bad' : 'quiet' },
  ];
  return {
    caption: 'Data nodes',
    head: ['name', 'state', 'kind', 'fields', 'newest data', 'requests', 'about'],
    rows: (state?.nodes ?? []).map(row),
    none: 'No data node is there.',
  };
}

function nodeState({ reachable, trouble }: DataNode): TableCell {
  if (!reachable) return { text: 'does not answer', look: 'bad' };
  return trouble === null ? { text: 'well', look: 'ok' } : { text: 'in trouble', look: 'warn' };
}

export function agentsTable({ state }: SiteModel, now: number, zone: Zone): WordTable {
  const agents = (state?.nodes ?? []).flatMap((node) => node.agents);
  const row = (agent: Agent): (TableCell | string)[] => [
    { text: instanceId(agent.address), title: agent.address },
    { text: agent.agentClass ?? '–', look: 'quiet' },
    agent.alive
      ? { text: 'alive', look: 'ok' }
      : { text: `silent since ${formatTime(agent.lastSeen, zone)}`, look: 'bad' },
    formatAge(agent.lastSeen, now, zone),
    operationsCell(agent),
  ];
  return {
    caption: 'Agents',
    head: ['instance-id', 'class', 'state', 'heartbeat', 'operations'],
    rows: [...agents].sort((a, b) => Number(a.alive) - Number(b.alive)).map(row),
    none: 'No agent has been heard of.',
  };
}

function operationsCell({ operations }: Agent): TableCell {
  const words = Object.entries(operations).map(([name, code]) => `${name} ${opCodes[code] ?? `code ${code}`}`);
  const codes = Object.values(operations);
  const look = codes.includes(6) ? 'bad' : codes.includes(8) ? 'warn' : undefined;
  return { text: words.join(', ') || '–', look };
}

/** Feeds, with the rate of their samples. Of nodes that serve the same the one that is shown. */
export function feedsTable({ state, timelines, catalog }: SiteModel, now: number): WordTable {
  const seen = new Map<
    string,
    { agent: string; feed: string; block: string; timeline: Timeline | undefined; node: string }
  >();
  for (const { field } of catalog.entries) {
    const { agent, feed, block = '' } = field.labels;
    const key = `${field.node}::${field.timeline}`;
    if (!agent || !feed || seen.has(key)) continue;
    seen.set(key, { agent, feed, block, timeline: timelines.get(key), node: field.node });
  }
  const agents = new Map((state?.nodes ?? []).flatMap((node) => node.agents).map((agent) => [agent.address, agent]));
  const rows = [...seen.values()].map(({ agent, feed, block, timeline, node }): (TableCell | string)[] => {
    const freshness = freshnessOf(
      timeline,
      state?.nodes.find(({ name }) => name === node),
      now,
    );
    const words = freshnessWords(freshness, timeline?.extent?.to ?? null, now, agents.get(agent));
    const look = freshness === 'late' ? 'warn' : freshness === 'stale' || freshness === 'gone' ? 'bad' : undefined;
    return [
      { text: instanceId(agent), title: agent },
      feed,
      block,
      timeline?.interval ? formatRate(timeline.interval) : '–',
      String(timeline?.fields ?? 0),
      { text: words, look },
      { text: timeline?.extent ? formatDuration(timeline.extent.to - timeline.extent.from) : '–', look: 'quiet' },
    ];
  });
  return {
    caption: 'Feeds',
    head: ['instance-id', 'feed', 'block', 'rate', 'fields', 'newest sample', 'data of'],
    rows,
    none: 'No feed is known.',
  };
}

export function eventsTable(events: readonly SiteEvent[], zone: Zone): WordTable {
  const rows = [...events]
    .reverse()
    .map(({ from, to, title, text, tags }): (TableCell | string)[] => [
      formatTime(from, zone),
      { text: title, look: tags.includes('went') || tags.includes('trouble') ? 'bad' : 'ok' },
      { text: to > from ? `for ${formatDuration(to - from)}` : '', look: 'quiet' },
      { text, look: 'quiet' },
    ]);
  return {
    caption: 'What came and went',
    head: ['time', 'event', 'how long', 'about'],
    rows,
    none: 'Nothing has come or gone since the server began.',
  };
}

/** The table as an element. A caption of its own tells what it is. */
export function tableElement({ caption, head, rows, none }: WordTable): HTMLElement {
  const title = make('h2', '', caption);
  if (rows.length === 0) return make('section', 'sheet', [title, make('p', 'quiet', none)]);
  const headRow = make(
    'tr',
    '',
    head.map((text) => {
      const cell = make('th', '', text);
      cell.scope = 'col';
      return cell;
    }),
  );
  const body = rows.map((row) =>
    make(
      'tr',
      '',
      row.map((one, i) => {
        const {
          text,
          look,
          title: hint,
        } = typeof one === 'string' ? { text: one, look: undefined, title: undefined } : one;
        const cell = make(i === 0 ? 'th' : 'td', look ?? '', text);
        if (i === 0) cell.setAttribute('scope', 'row');
        if (hint) cell.title = hint;
        return cell;
      }),
    ),
  );
  const table = make('table', '', [make('thead', '', [headRow]), make('tbody', '', body)]);
  table.setAttribute('aria-label', caption);
  const scroll = make('div', 'scroll', [table]);
  scroll.tabIndex = 0;
  scroll.setAttribute('role', 'region');
  scroll.setAttribute('aria-label', caption);
  return make('section', 'sheet', [title, scroll]);
}
