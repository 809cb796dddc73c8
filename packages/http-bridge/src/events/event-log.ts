import type { Clock, Site, SiteEvent, TimeRange } from '@sisock/core';

/** Something that came or went, as annotations tell it. Times are UNIX seconds. */
export interface LoggedEvent {
  /** Unique among the events of this process. */
  readonly id: number;
  readonly time: number;
  /** When what had gone was back; null while it is away, and for what is over at once. */
  readonly timeEnd: number | null;
  /** True for what has gone and is not back yet. */
  readonly lasts: boolean;
  readonly title: string;
  readonly text: string;
  readonly tags: readonly string[];
  /** What the access policy is asked about: a data node, or an agent no node is known for; null for the whole site. */
  readonly node: string | null;
}

/** What came and went since the bridge began, in memory. */
export interface EventLog {
  /** Events that touch the range, in the order of their times. */
  within(range: TimeRange): LoggedEvent[];
  /** How often a node of this name came since the bridge began. */
  arrivals(node: string): number;
  /** Resolves when the site's events end. */
  readonly ended: Promise<void>;
}

interface Options {
  readonly site: Site;
  readonly clock: Clock;
  /** Events that are kept; the oldest go first. */
  readonly limit: number;
  /** Agents first seen alive so soon after the beginning were there before it. */
  readonly settleMs: number;
  readonly signal: AbortSignal;
}

type Entry = { -readonly [K in keyof LoggedEvent]: LoggedEvent[K] };
type Told = Pick<LoggedEvent, 'title' | 'text' | 'tags' | 'node'>;

/** A scan that finds nothing for so long is over. */
const scanPauseSeconds = 60;

/** Listens to a site from now on. Repeated news (a node that is added again, an agent that still lives) is no event. */
export function logEvents({ site, clock, limit, settleMs, signal }: Options): EventLog {
  const entries: Entry[] = [];
  const away = new Map<string, Entry>();
  const present = new Set(site.nodes().map((node) => `node ${node.name}`));
  const arrivals = new Map<string, number>();
  const scans = new Map<string, { readonly entry: Entry; readonly files: number; readonly bad: number }>();
  const began = clock();
  let connected = site.connected();
  let nextId = 1;

  const add = (time: number, told: Told, lasts: boolean): Entry => {
    const entry = { id: nextId++, time, timeEnd: null, lasts, ...told };
    entries.push(entry);
    if (entries.length > limit) entries.shift();
    return entry;
  };
  const gone = (key: string, time: number, told: Told) => {
    if (away.has(key)) return;
    present.delete(key);
    away.set(key, add(time, told, true));
    if (away.size > limit) away.delete(away.keys().next().value!);
  };
  /** What lasted is over; true where there was something. */
  const over = (key: string, time: number): boolean => {
    const before = away.get(key);
    if (before) Object.assign(before, { timeEnd: time, lasts: false });
    return away.delete(key);
  };
  const came = (key: string, time: number, told: Told, quiet = false) => {
    const before = over(key, time);
    if (present.has(key)) return;
    present.add(key);
    if (!quiet || before) add(time, told, false);
  };

  /** Files that come one soon after the other are one event. */
  const indexed = ({ name, time, files, bad }: Extract<SiteEvent, { kind: 'files-indexed' }>) => {
    const before = scans.get(name);
    const goesOn = before !== undefined && time - (before.entry.timeEnd ?? before.entry.time) <= scanPauseSeconds;
    const all = { files: files + (goesOn ? before.files : 0), bad: bad + (goesOn ? before.bad : 0) };
    const told = filesTold(name, all.files, all.bad);
    const entry = goesOn ? Object.assign(before.entry, told, { timeEnd: time }) : add(time, told, false);
    scans.set(name, { entry, ...all });
  };

  const take = (event: SiteEvent) => {
    const { time } = event;
    switch (event.kind) {
      case 'connected':
        if (!connected) came('router', time, routerTold('came'));
        connected = true;
        break;
      case 'disconnected':
        if (connected) gone('router', time, routerTold('went'));
        connected = false;
        break;
      case 'node-added': {
        const { name, description } = event.node;
        arrivals.set(name, (arrivals.get(name) ?? 0) + 1);
        came(`node ${name}`, time, { ...nodeTold(name, 'came'), text: description });
        break;
      }
      case 'node-removed':
        gone(`node ${event.name}`, time, nodeTold(event.name, 'went'));
        over(`trouble ${event.name}`, time);
        scans.delete(event.name);
        break;
      case 'node-trouble':
        gone(`trouble ${event.name}`, time, troubleTold(event.name, event.message));
        break;
      case 'files-indexed':
        indexed(event);
        break;
      case 'node-well':
        over(`trouble ${event.name}`, time);
        break;
      case 'agent-alive':
      case 'agent-silent': {
        const { node = null, agent } = event;
        const key = `agent ${agent.address} ${node ?? ''}`;
        const alive = event.kind === 'agent-alive';
        const told = agentTold(agent.address, agent.agentClass, node, alive);
        if (alive) came(key, time, told, time - began <= settleMs / 1000);
        else gone(key, time, told);
        break;
      }
    }
  };

  const listen = async () => {
    for await (const event of site.events(signal)) take(event);
  };
  return {
    within: ({ start, end }) =>
      entries
        .filter(({ time, timeEnd, lasts }) => time < end && (lasts || (timeEnd ?? time) >= start))
        .sort((a, b) => a.time - b.time),
    arrivals: (node) => arrivals.get(node) ?? 0,
    ended: listen(),
  };
}

function routerTold(what: 'came' | 'went'): Told {
  const title = what === 'came' ? 'the router is back' : 'the router is away';
  return { title, text: '', tags: ['router', what], node: null };
}

function nodeTold(name: string, what: 'came' | 'went'): Told {
  return { title: `data node ${name} ${what}`, text: '', tags: ['node', what, name], node: name };
}

function troubleTold(name: string, message: string): Told {
  return { title: `data node ${name} is in trouble`, text: message, tags: ['node', 'trouble', name], node: name };
}

function filesTold(name: string, files: number, bad: number): Told {
  const title = `${name}: ${files} ${files === 1 ? 'file' : 'files'} indexed`;
  if (bad === 0) return { title, text: '', tags: ['scan', name], node: name };
  return { title, text: `${bad} damaged or unreadable`, tags: ['scan', 'trouble', name], node: name };
}

function agentTold(address: string, agentClass: string | null, node: string | null, alive: boolean): Told {
  const title = `agent ${address} ${alive ? 'lives' : 'is silent'}`;
  const text = [agentClass, node === null ? null : `seen by ${node}`].filter(Boolean).join(', ');
  return { title, text, tags: ['agent', alive ? 'came' : 'went', address], node: node ?? address };
}
