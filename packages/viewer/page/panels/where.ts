import type { Entry } from '../data/catalog.js';
import { instanceId } from '../data/catalog.js';
import type { Field } from '../data/site.js';

/** Where a field belongs, in OCS's words: instance-id and feed; else the node and what its name says. */
export function whereOf({ node, labels }: Field, entry: Entry | undefined): string {
  const { agent, feed } = labels;
  if (agent && feed) return `${instanceId(agent)} · ${feed}`;
  return entry && entry.path.length > 1 ? entry.path.join(' · ') : node;
}

/** Lines about a field: what it is called, what it is, where it comes from. */
export function aboutField(field: Field): readonly (readonly [label: string, text: string])[] {
  const { agent, agent_class: agentClass, feed, block } = field.labels;
  const rows: [string, string | null | undefined][] = [
    ['field', field.id],
    ['about', field.description],
    ['type', field.type],
    ['units', field.units],
    ['instance-id', agent && `${instanceId(agent)}${agentClass ? ` (${agentClass})` : ''}`],
    ['feed', feed && `${feed}${block && block !== feed ? `, block ${block}` : ''}`],
  ];
  return rows.flatMap(([label, text]) => (text ? [[label, text] as const] : []));
}
