import { isError } from '../http/partial.js';
import type { BridgeRequest } from '../http/routes.js';
import { askNodes, type CatalogAnswers, quote } from '../plan/resolve.js';
import { type FieldFilter, fixedKeys } from './filters.js';

/** Every key that a filter may have: the fixed ones, then those of labels, sorted. */
export function keysOf(catalogs: CatalogAnswers): string[] {
  const labels = new Set<string>();
  for (const catalog of catalogs.values()) {
    if (isError(catalog)) continue;
    for (const { labels: own } of catalog.fields.values()) for (const key of Object.keys(own ?? {})) labels.add(key);
  }
  for (const key of fixedKeys) labels.delete(key);
  return [...fixedKeys, ...[...labels].sort()];
}

/**
 * The filters whose keys some field of the site has, and a word on each other one: such a filter was made for another
 * data source of the dashboard, and would hide everything.
 */
export async function usableFilters(
  { view, signal }: BridgeRequest,
  filters: readonly FieldFilter[],
): Promise<{ filters: readonly FieldFilter[]; warnings: readonly string[] }> {
  const isFixed = ({ key }: FieldFilter) => (fixedKeys as readonly string[]).includes(key);
  if (filters.every(isFixed)) return { filters, warnings: [] };
  const nodes = view.nodes().map((node) => node.name);
  const keys = new Set(keysOf(await askNodes(view, nodes, signal)));
  const unknown = new Set(filters.map(({ key }) => key).filter((key) => !keys.has(key)));
  return {
    filters: filters.filter(({ key }) => keys.has(key)),
    warnings: [...unknown].map((key) => `no field has the key ${quote(key)}: that filter is left out`),
  };
}
