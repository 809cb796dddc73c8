import { splitName } from '../base/names.js';
import type { DataNode, Field } from './site.js';

/** One thing that is measured. Several nodes may serve it: live, archived, and both joined. */
export interface Entry {
  /** The field that is shown: the joined one where there is one. */
  readonly field: Field;
  /** The same from other nodes. */
  readonly others: readonly Field[];
  /** Its own name, the last part. */
  readonly leaf: string;
  /** Where it belongs, from the outside in: data node, instance-id and feed for OCS; else node and what its name says. */
  readonly path: readonly string[];
}

/** Everything that can be shown, ordered by node, agent, feed and as the node lists its fields. */
export interface Catalog {
  readonly entries: readonly Entry[];
  readonly fields: ReadonlyMap<string, Field>;
  /** The entry that a field belongs to. */
  readonly entryOf: ReadonlyMap<string, Entry>;
  /** Nodes of which every field is shown as another node's: what they serve alone is still to be had. */
  readonly parts: readonly { readonly node: string; readonly of: string; readonly fields: readonly Field[] }[];
}

export const emptyCatalog: Catalog = { entries: [], fields: new Map(), entryOf: new Map(), parts: [] };

/** Finds what is the same in several nodes, and orders it. */
export function catalogOf(fields: readonly Field[], nodes: readonly DataNode[]): Catalog {
  const isLive = new Set(nodes.filter((node) => node.isLive).map((node) => node.name));
  const same = new Map<string, Field[]>();
  for (const field of fields) {
    const key = identityOf(field);
    const list = same.get(key);
    if (list) list.push(field);
    else same.set(key, [field]);
  }
  const rank = (field: Field) => (field.labels['joined'] ? 0 : isLive.has(field.node) ? 1 : 2);
  const entries = [...same.values()].map((list): Entry => {
    const [field, ...others] = list.sort((a, b) => rank(a) - rank(b)) as [Field, ...Field[]];
    return { field, others, ...placeOf(field) };
  });
  const order = orderOf(entries, nodes);
  const sorted = entries
    .map((entry, i) => ({ entry, i, key: order(entry) }))
    .sort((a, b) => compare(a.key, b.key) || a.i - b.i)
    .map(({ entry }) => entry);
  const entryOf = new Map<string, Entry>();
  for (const entry of sorted) for (const field of [entry.field, ...entry.others]) entryOf.set(field.id, entry);
  return { entries: sorted, fields: new Map(fields.map((f) => [f.id, f])), entryOf, parts: partsOf(fields, entryOf) };
}

/** What tells that two fields are the same measurement: agent, feed, block and field of OCS; else its own id. */
function identityOf({ id, labels }: Field): string {
  const { agent, feed, block, field } = labels;
  return agent && feed && field ? JSON.stringify([agent, feed, block ?? '', field]) : id;
}

/** `observatory.cryostat` is the agent with the instance-id `cryostat`. */
export function instanceId(agent: string): string {
  return agent.slice(agent.lastIndexOf('.') + 1);
}

function placeOf({ node, name, labels }: Field): { readonly leaf: string; readonly path: readonly string[] } {
  const { agent, feed, field } = labels;
  if (agent && feed && field) return { leaf: splitName(name).leaf, path: [node, instanceId(agent), feed] };
  const { group, leaf } = splitName(name);
  return { leaf, path: group === '' ? [node] : [node, group] };
}

/** Joined nodes come first, then live ones, then archives; within a node agents and feeds by their names. */
function orderOf(entries: readonly Entry[], nodes: readonly DataNode[]): (entry: Entry) => readonly string[] {
  const joined = new Set(entries.filter(({ field }) => field.labels['joined']).map(({ field }) => field.node));
  const rank = new Map(nodes.map(({ name, isLive }) => [name, joined.has(name) ? '0' : isLive ? '1' : '2']));
  return ({ path }) => [rank.get(path[0]!) ?? '3', ...path];
}

const collator = new Intl.Collator('en', { numeric: true });

function compare(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = collator.compare(a[i]!, b[i]!);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function partsOf(fields: readonly Field[], entryOf: ReadonlyMap<string, Entry>): Catalog['parts'] {
  const byNode = new Map<string, Field[]>();
  for (const field of fields) {
    const list = byNode.get(field.node);
    if (list) list.push(field);
    else byNode.set(field.node, [field]);
  }
  return [...byNode].flatMap(([node, own]) => {
    const hidden = own.filter((field) => entryOf.get(field.id)?.field !== field);
    const of = hidden[0] && entryOf.get(hidden[0].id)!.field.node;
    return of === undefined ? [] : [{ node, of, fields: hidden }];
  });
}
