import { SisockError } from '@sisock/core';
import { failuresOf, isError, reportFailures } from '../http/partial.js';
import type { BridgeRequest } from '../http/routes.js';
import { formatFieldName } from '../plan/field-name.js';
import { askNodes, quote } from '../plan/resolve.js';
import type { NameQuery } from './name-query.js';
import { expandTarget } from './target-text.js';

/** A name that answers a query: short where the query names one node, so that it need not be said again. */
export interface FoundName {
  readonly label: string;
  /** As `POST /query` understands it. */
  readonly value: string;
}

/**
 * Names of nodes or fields. Nodes that fail are left out and reported.
 * @throws SisockError `unknown_node` when none of the named nodes is there.
 */
export async function findNames(request: BridgeRequest, { kind, nodes, text }: NameQuery): Promise<FoundName[]> {
  const { view, signal, context } = request;
  const all = view.nodes().map((node) => node.name);
  const most = context.limits.fields;
  if (kind === 'nodes') return holding(all.map(plain), text, most);
  const wanted = nodes.length === 0 ? all : nodesMeant(all, nodes, most);
  const catalogs = await askNodes(view, wanted, signal);
  reportFailures(request, failuresOf(catalogs));
  const names: FoundName[] = [];
  for (const node of wanted) {
    const catalog = catalogs.get(node);
    if (!catalog || isError(catalog)) continue;
    for (const field of catalog.fields.keys()) {
      const value = formatFieldName(node, field);
      names.push({ label: nodes.length > 0 && wanted.length === 1 ? field : value, value });
    }
  }
  return holding(names, text, most);
}

/** The nodes that texts of template variables mean: literally first, then unescaped, then each of `(a|b)`. */
function nodesMeant(all: readonly string[], texts: readonly string[], most: number): string[] {
  const there = new Set(all);
  const meant = new Set<string>();
  for (const text of texts) {
    const names = there.has(text) ? [text] : (expandTarget(text, most) ?? []);
    for (const name of names) if (there.has(name)) meant.add(name);
  }
  if (meant.size === 0) {
    throw new SisockError('unknown_node', `no data node ${texts.slice(0, 3).map(quote).join(', ')}`);
  }
  return [...meant];
}

/** Names that hold the literal text, else those that hold what it says as the value of a template variable. */
function holding(names: readonly FoundName[], text: string, most: number): FoundName[] {
  if (text === '') return [...names];
  const literal = withText(names, [text]);
  if (literal.length > 0) return literal;
  return withText(names, expandTarget(text, most) ?? []);
}

function withText(names: readonly FoundName[], texts: readonly string[]): FoundName[] {
  const wanted = texts.map((text) => text.toLowerCase());
  return names.filter(({ value }) => wanted.some((text) => value.toLowerCase().includes(text)));
}

function plain(name: string): FoundName {
  return { label: name, value: name };
}
