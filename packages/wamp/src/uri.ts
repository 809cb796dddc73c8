import { SisockError } from '@sisock/core';

/** Root of every procedure and topic of ours. */
export const BASE_URI = 'org.simonsobservatory';

/** `uri('data_node.add')` is the full name of that procedure or topic. */
export function uri(name: string): string {
  return `${BASE_URI}.${name}`;
}

/** What the hub answers and announces. */
export const hubUris = {
  add: uri('data_node.add'),
  subtract: uri('data_node.subtract'),
  getDataNode: uri('consumer.get_data_node'),
  added: uri('consumer.data_node_added'),
  subtracted: uri('consumer.data_node_subtracted'),
} as const;

/** Procedures of a node beyond the original's; the ones it answers stand in its `features`. */
export const nodeFeatures = ['catalog', 'read', 'reduce', 'health', 'follow'] as const;
type OwnProcedure = (typeof nodeFeatures)[number];
export type NodeProcedure = 'get_fields' | 'get_data' | OwnProcedure;

/** Said by a node whose procedures take a ticket, and let the caller ask again for what takes long. */
export const ticketFeature = 'tickets';
export type NodeFeature = OwnProcedure | typeof ticketFeature;

/** The full name of a node's procedure. */
export function nodeUri(node: string, procedure: NodeProcedure): string {
  return uri(`consumer.${node}.${procedure}`);
}

/** The full name of a live topic of a node. */
export function liveUri(node: string, id: string): string {
  return uri(`consumer.${node}.live.${id}`);
}

/**
 * Routers may end the whole session for a URI that is none, so it never leaves. Patterns have empty parts.
 * @throws SisockError `bad_request` when it has a blank or `#` in it or, unless it is a pattern, an empty part (WAMP 4.1)
 */
export function checkUri(name: string, pattern: boolean): void {
  const part = pattern ? '[^\\s.#]*' : '[^\\s.#]+';
  if (name.length <= longestUri && new RegExp(`^${part}(\\.${part})*$`).test(name)) return;
  throw new SisockError('bad_request', `${JSON.stringify(name.slice(0, 100))} is not a WAMP URI`);
}

const longestUri = 1000;
const longestNodeName = 100;

/**
 * Why `name` can't be a data node's name, or null when it can. It becomes one part of a URI: no dots, blanks, `#` or control
 * characters; and two procedures of the hub stand where node names do.
 */
export function nodeNameProblem(name: unknown): string | null {
  if (typeof name !== 'string') return 'is not a string';
  if (name === '') return 'is empty';
  if (name.length > longestNodeName) return `is longer than ${longestNodeName} characters`;
  // eslint-disable-next-line no-control-regex
  if (/[.#\s\u0000-\u001f\u007f]/.test(name)) return 'has a dot, a blank, a # or a control character in it';
  if (name === 'get_data_node' || name === 'data_node_added' || name === 'data_node_subtracted') {
    return "is a name of the hub's own";
  }
  return null;
}
