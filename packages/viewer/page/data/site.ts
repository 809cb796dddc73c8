import { ask } from './ask.js';
import type { Span } from '../state/range.js';

export type FieldType = 'number' | 'string' | 'bool';

/** A field as the page knows it; `id` is `node::name`. */
export interface Field {
  readonly id: string;
  readonly node: string;
  readonly name: string;
  readonly type: FieldType;
  readonly units: string | null;
  readonly description: string | null;
  readonly timeline: string;
  /** OCS's words where it comes from an agent: `agent`, `feed`, `block`, `agent_class`; `joined` for joined nodes. */
  readonly labels: Readonly<Record<string, string>>;
}

/** One set of times that its fields share. */
export interface Timeline {
  readonly node: string;
  readonly name: string;
  /** Usual seconds between samples; null: unknown. */
  readonly interval: number | null;
  /** Times of its first and newest sample; null: none, or unknown. */
  readonly extent: Span | null;
  /** How many fields it has. */
  readonly fields: number;
  /** When its node was asked for all this, UNIX seconds. */
  readonly asOf: number;
}

export interface Agent {
  readonly address: string;
  readonly agentClass: string | null;
  readonly alive: boolean;
  readonly lastSeen: number;
  /** OCS's OpCode of each operation. */
  readonly operations: Readonly<Record<string, number>>;
}

export interface DataNode {
  readonly name: string;
  readonly description: string;
  /** It can be followed: its data come as they are made. Others hold archives. */
  readonly isLive: boolean;
  readonly reachable: boolean;
  readonly error: string | null;
  /** What it says of itself where something is wrong. */
  readonly trouble: string | null;
  readonly newest: number | null;
  readonly counters: Readonly<Record<string, number>>;
  readonly agents: readonly Agent[];
}

/** How the site is at present. */
export interface SiteState {
  /** The server has a session with the router. */
  readonly connected: boolean;
  /** The server's present, UNIX seconds. */
  readonly time: number;
  /** Who is logged in; null: nobody. */
  readonly user: string | null;
  /** There is somebody to log in as: who is not may see less. */
  readonly hasLogins: boolean;
  readonly nodes: readonly DataNode[];
}

interface FieldJson {
  readonly field: string;
  readonly node: string;
  readonly name: string;
  readonly type: FieldType;
  readonly units: string | null;
  readonly description: string | null;
  readonly timeline: string;
  readonly labels?: Readonly<Record<string, string>>;
}

interface StatusJson {
  readonly connected: boolean;
  readonly now: number;
  readonly user: string | null;
  readonly login: boolean;
  readonly nodes: readonly {
    readonly name: string;
    readonly reachable: boolean;
    readonly error?: string;
    readonly ok?: boolean;
    readonly message?: string;
    readonly newest?: number | null;
    readonly counters?: Readonly<Record<string, number>>;
    readonly agents?: readonly Agent[];
  }[];
}

interface TimelineJson {
  readonly node: string;
  readonly timeline: string;
  readonly interval: number | null;
  readonly extent: { readonly start: number; readonly end: number } | null;
  readonly fields: number;
  readonly asOf: number;
}

/** What was answered about the fields of nodes, and which nodes gave no answer. */
export interface FieldsAnswer {
  readonly fields: readonly Field[];
  readonly failed: ReadonlySet<string>;
}

/** Every field of every node that answers. */
export async function askFields(): Promise<FieldsAnswer> {
  type Answer = { fields: readonly FieldJson[]; notices: readonly { node?: string }[] };
  const { fields, notices } = await ask<Answer>('fields');
  return {
    fields: fields.map(({ field: id, node, name, type, units, description, timeline, labels = {} }) => {
      return { id, node, name, type, units, description, timeline, labels };
    }),
    failed: new Set(notices.flatMap(({ node }) => (node === undefined ? [] : [node]))),
  };
}

/** How old the newest samples are. */
export async function askTimelines(): Promise<readonly Timeline[]> {
  const { timelines } = await ask<{ timelines: readonly TimelineJson[] }>('timelines');
  return timelines.map(({ node, timeline, interval, extent, fields, asOf }) => ({
    node,
    name: timeline,
    interval,
    extent: extent && { from: extent.start, to: extent.end },
    fields,
    asOf,
  }));
}

/** How the nodes are. */
export async function askStatus(): Promise<SiteState> {
  const [status, { nodes }] = await Promise.all([
    ask<StatusJson>('status'),
    ask<{ nodes: readonly { name: string; description: string; features: readonly string[] }[] }>('nodes'),
  ]);
  const listed = new Map(nodes.map((node) => [node.name, node]));
  return {
    connected: status.connected,
    time: status.now,
    user: status.user,
    hasLogins: status.login,
    nodes: status.nodes.map(({ name, reachable, error, ok, message, newest, counters, agents }) => ({
      name,
      description: listed.get(name)?.description ?? '',
      isLive: listed.get(name)?.features.includes('follow') ?? false,
      reachable,
      error: error ?? null,
      trouble: ok === false ? (message ?? 'it says that it is not well') : null,
      newest: newest ?? null,
      counters: counters ?? {},
      agents: agents ?? [],
    })),
  };
}

/** Names a timeline among those of all nodes. */
export function timelineKey(node: string, timeline: string): string {
  return `${node}::${timeline}`;
}
