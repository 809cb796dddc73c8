import type { NodeState, SiteState } from './api.js';
import { byId, make, setText } from './elements.js';
import { formatAge, formatUtc } from './time.js';

/** A node whose newest data were this recent is a live one; when they grow older than the second bound it is late. */
const liveWithinSeconds = 600;
const lateAfterSeconds = 30;

export type NodeLook = 'live' | 'resting' | 'late' | 'gone';

/** How a node is shown. `wasLive`: its data were recent at some time since the page was opened. */
export function lookOf(node: NodeState, now: number, wasLive: boolean): NodeLook {
  if (!node.reachable) return 'gone';
  if (node.newest === null) return 'resting';
  const age = now - node.newest;
  if (age <= lateAfterSeconds) return 'live';
  return wasLive || age <= liveWithinSeconds ? 'late' : 'resting';
}

/** `stale`: connected, yet nothing new comes for what is shown. */
export type LiveLook = 'on' | 'stale' | 'off' | 'lost';

export interface StatusLine {
  show(site: SiteState, now: number): void;
  setLive(state: LiveLook): void;
  setClock(now: number): void;
  /** A sentence about what keeps the page from its data; null when nothing does. */
  setAlarm(text: string | null): void;
}

/** The line at the top. Nodes that went away while the page was open stay listed, as gone. */
export function createStatusLine(): StatusLine {
  const seen = new Map<string, { node: NodeState; wasLive: boolean }>();

  return {
    show(site, now) {
      const present = new Set(site.nodes.map((n) => n.name));
      for (const node of site.nodes) {
        const wasLive = seen.get(node.name)?.wasLive === true || lookOf(node, now, false) === 'live';
        seen.set(node.name, { node, wasLive });
      }
      for (const [name, { node, wasLive }] of seen) {
        if (!present.has(name)) seen.set(name, { node: { ...node, reachable: false, error: 'gone' }, wasLive });
      }
      const parts = [...seen.values()].map(({ node, wasLive }) => {
        const look = lookOf(node, now, wasLive);
        const silent = node.agents.filter((a) => !a.alive);
        const age =
          look === 'gone'
            ? ` ${node.error ?? 'gone'}`
            : node.newest === null
              ? ' no data yet'
              : ` ${look === 'live' ? 'live' : formatAge(node.newest, now)}`;
        const words = [make('span', '', node.name), make('span', 'age', age)];
        if (silent.length > 0) words.push(make('span', 'age', ` · ${silent.length} silent`));
        const element = make('span', `node ${silent.length > 0 && look === 'live' ? 'late' : look}`, words);
        element.title = [
          node.newest === null ? null : `newest data ${formatUtc(node.newest, true)} UTC`,
          ...silent.map((a) => `${a.address} silent since ${formatUtc(a.lastSeen)} UTC`),
          node.error ?? null,
        ]
          .filter(Boolean)
          .join('\n');
        return element;
      });
      if (parts.length === 0) parts.push(make('span', 'node gone', 'no data node is there'));
      byId('nodes').replaceChildren(...parts);
    },
    setLive(state) {
      const badge = byId('live');
      badge.className = `badge ${state}`;
      setText(badge, { on: 'live', stale: 'no new data', off: 'not live', lost: 'live lost, reconnecting' }[state]);
    },
    setClock(now) {
      setText(byId('clock'), `${formatUtc(now)} UTC`);
    },
    setAlarm(text) {
      const alarm = byId('alarm');
      alarm.hidden = text === null;
      setText(alarm, text ?? '');
    },
  };
}
