import { SisockError } from '@sisock/core';
import { z } from 'zod';
import { parseWith, show } from '../http/body.js';

/** A question for names: the nodes, or fields, of some nodes or of all; only those that hold the text. */
export interface NameQuery {
  readonly kind: 'nodes' | 'fields';
  /** As texts of template variables, escaped or `(a|b)`; none: all nodes. */
  readonly nodes: readonly string[];
  readonly text: string;
}

/** Most nodes one query may name. */
const mostNodes = 1000;

/**
 * A query's text: `nodes()`, `nodes(text)`, `fields()`, `fields(node)`, `fields(node, text)`, `node::`; any other text is
 * looked for in the names of fields.
 */
export function parseNameQuery(given: string): NameQuery {
  const text = given.trim();
  const call = /^(nodes|fields)\s*\(([^]*)\)$/.exec(text);
  if (call) {
    const inside = call[2]!.trim();
    if (call[1] === 'nodes') return { kind: 'nodes', nodes: [], text: inside };
    const { node, rest } = splitAtComma(inside);
    return { kind: 'fields', nodes: node === '' ? [] : [node], text: rest };
  }
  const node = /^(.+)::$/.exec(text)?.[1];
  if (node !== undefined && !node.includes('::')) return { kind: 'fields', nodes: [node], text: '' };
  return { kind: 'fields', nodes: [], text: given };
}

function splitAtComma(text: string): { node: string; rest: string } {
  const at = text.indexOf(',');
  return at < 0 ? { node: text, rest: '' } : { node: text.slice(0, at).trim(), rest: text.slice(at + 1).trim() };
}

const search = z.object({ target: z.string('a target is a text').nullish() }, 'an object is wanted').nullish();

/**
 * The body of `POST /search`: a typed text, or the query of a SimpleJson variable.
 * @throws SisockError `bad_request`
 */
export function parseSearch(body: unknown): NameQuery {
  const text = parseWith(search, body, 'body')?.target ?? '';
  return parseNameQuery(text === 'select metric' ? '' : text);
}

const variable = z
  .object({ payload: z.unknown().optional(), range: z.unknown().optional() }, 'an object is wanted')
  .nullish();

const variablePayload = z.object(
  {
    target: z.string('a target is a text').nullish(),
    node: z
      .union([z.string(), z.array(z.string()).max(mostNodes)], 'a node is a text, or a list of texts')
      .transform((node) => (typeof node === 'string' ? [node] : node))
      .nullish(),
    text: z.string('the text to look for is a text').nullish(),
  },
  'an object is wanted',
);

/**
 * The body of simPod's `POST /variable`: its payload is the typed text, or any JSON.
 * @throws SisockError `bad_request`
 */
export function parseVariable(body: unknown): NameQuery {
  const payload = parseWith(variable, body, 'body')?.payload ?? {};
  if (typeof payload === 'string') return wordOrQuery(payload);
  if (typeof payload !== 'object' || Array.isArray(payload)) {
    throw new SisockError('bad_request', `payload ${show(payload)} is neither a text nor an object`);
  }
  const { target, node, text } = parseWith(variablePayload, payload, 'payload');
  const query = wordOrQuery(target ?? '');
  const nodes = (node ?? []).filter((one) => one !== '');
  return { ...query, ...(nodes.length > 0 && { nodes }), ...(text && { text }) };
}

/** A variable has no other use for the bare words than a list of all. */
function wordOrQuery(text: string): NameQuery {
  const word = text.trim();
  if (word === 'nodes' || word === 'fields') return { kind: word, nodes: [], text: '' };
  return parseNameQuery(text);
}
