import type { KnownField } from './resolve.js';

/** Fields that one call to one node can answer: they share a timeline. */
export interface Group {
  readonly node: string;
  readonly timeline: string;
  /** Usual seconds between samples, as the node says; null when it does not. */
  readonly interval: number | null;
  /** First and last known time; null when the node does not say. */
  readonly extent: { readonly start: number; readonly end: number } | null;
  readonly fields: readonly string[];
}

/** One group a node and timeline, every field once. */
export function groupFields(fields: readonly KnownField[]): Group[] {
  const groups = new Map<string, { first: KnownField; names: Set<string> }>();
  for (const field of fields) {
    const key = timelineKey(field.node, field.info.timeline);
    const group = groups.get(key);
    if (group) group.names.add(field.info.name);
    else groups.set(key, { first: field, names: new Set([field.info.name]) });
  }
  return [...groups.values()].map(({ first, names }) => ({
    node: first.node,
    timeline: first.info.timeline,
    interval: usable(first.timeline?.interval),
    extent: first.timeline?.extent ?? null,
    fields: [...names],
  }));
}

/** How a timeline is named where several nodes are: `node::timeline`. */
export function timelineKey(node: string, timeline: string): string {
  return `${node}::${timeline}`;
}

/** Names of a group's fields as `node::field`. */
export function groupNames(group: Group): string[] {
  return group.fields.map((field) => `${group.node}::${field}`);
}

function usable(interval: number | null | undefined): number | null {
  return typeof interval === 'number' && Number.isFinite(interval) && interval > 0 ? interval : null;
}
