import { type Catalog, type FieldInfo, SisockError, type TimelineInfo, toSisockError } from '@sisock/core';
import type { SiteView } from '../site/view.js';
import { type FieldName, formatFieldName, matchesOfShortName, parseFieldName } from './field-name.js';

/** A field that was found, with what its node says of it. */
export interface KnownField {
  readonly node: string;
  readonly info: FieldInfo;
  readonly timeline: TimelineInfo | undefined;
}

/** A name, and what it stands for: a field, or why there is none. */
export type Resolved =
  { readonly name: string; readonly field: KnownField } | { readonly name: string; readonly error: SisockError };

/** The fields of the nodes that were asked, or why there are none. */
export type CatalogAnswers = ReadonlyMap<string, Catalog | SisockError>;

/**
 * Asks every node that the names mention, all at once; a node that fails is told in its own entry. `soon`: lists may be
 * somewhat older, and be there at once.
 */
export async function askCatalogs(
  view: SiteView,
  names: Iterable<string>,
  signal?: AbortSignal,
  soon = false,
): Promise<CatalogAnswers> {
  const nodes = new Set<string>();
  for (const name of names) {
    const node = parseFieldName(name)?.node;
    if (node !== undefined && view.has(node)) nodes.add(node);
  }
  return askNodes(view, nodes, signal, soon);
}

export async function askNodes(
  view: SiteView,
  nodes: Iterable<string>,
  signal?: AbortSignal,
  soon = false,
): Promise<CatalogAnswers> {
  const answers = await Promise.all(
    [...nodes].map(async (node): Promise<[string, Catalog | SisockError]> => {
      try {
        return [node, await (soon ? view.catalogSoon(node, signal) : view.catalog(node, signal))];
      } catch (thrown) {
        return [node, toSisockError(thrown)];
      }
    }),
  );
  return new Map(answers);
}

/** Finds a name among the answers: the exact field first, then the one field a shortened name can only mean. */
export function resolveName(view: SiteView, catalogs: CatalogAnswers, name: string): Resolved {
  const parsed = parseFieldName(name);
  if (!parsed) {
    return { name, error: new SisockError('unknown_field', `${quote(name)} is not of the form node::field`) };
  }
  const catalog = catalogs.get(parsed.node);
  if (!catalog) return { name, error: view.unknown(parsed.node) };
  if (!('fields' in catalog)) return { name, error: catalog };
  const info = catalog.fields.get(parsed.field);
  if (info) return { name, field: known(parsed.node, info, catalog) };
  return resolveShort(name, parsed, catalog);
}

function resolveShort(name: string, { node, field }: FieldName, catalog: Catalog): Resolved {
  const matches = matchesOfShortName(field, catalog.fields.keys());
  const only = matches.length === 1 ? catalog.fields.get(matches[0]!) : undefined;
  if (only) return { name, field: known(node, only, catalog) };
  const why =
    matches.length > 1
      ? `may mean ${matches.length} fields: ${matches.slice(0, 3).join(', ')}${matches.length > 3 ? ', ...' : ''}`
      : `is not a field of data node ${node}`;
  return { name, error: new SisockError('unknown_field', `${quote(field)} ${why}`) };
}

function known(node: string, info: FieldInfo, catalog: Catalog): KnownField {
  return { node, info, timeline: catalog.timelines.get(info.timeline) };
}

/** A caller's text inside a message: quoted, and not longer than a line. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}...` : text);
}

/** The name a found field has everywhere. */
export function fullName(field: KnownField): string {
  return formatFieldName(field.node, field.info.name);
}
