import { SisockError } from '@sisock/core';
import { fitsAll, keyValue } from '../grafana/filters.js';
import { keysOf, usableFilters } from '../grafana/known-keys.js';
import { parseTagRequest } from '../grafana/tag-request.js';
import { failuresOf, isError, reportFailures } from '../http/partial.js';
import type { BridgeRequest, Route } from '../http/routes.js';
import { askNodes, type CatalogAnswers } from '../plan/resolve.js';

/** `POST /tag-keys`: what ad-hoc filters go by. */
export const tagKeysRoute: Route = {
  method: 'POST',
  path: '/tag-keys',
  run: async (request) => {
    parseTagRequest(request.req.body);
    const keys = keysOf(await askAll(request));
    request.res.json(keys.map((text) => ({ type: 'string', text })));
  },
};

/** `POST /tag-values`: the values that fields have of a key, sorted. */
export const tagValuesRoute: Route = { method: 'POST', path: '/tag-values', run: answerValues };

async function answerValues(request: BridgeRequest): Promise<void> {
  const { key, filters } = parseTagRequest(request.req.body);
  if (key === null) throw new SisockError('bad_request', 'key (missing) is wrong: POST /tag-keys lists the keys');
  const { filters: usable } = await usableFilters(request, filters);
  const others = usable.filter((filter) => filter.key !== key);
  const values = new Set<string>();
  for (const [node, catalog] of await askAll(request)) {
    if (isError(catalog)) continue;
    for (const info of catalog.fields.values()) {
      const value = keyValue(node, info, key);
      if (value !== '' && fitsAll(others, node, info)) values.add(value);
    }
  }
  request.res.json([...values].sort().map((text) => ({ text })));
}

async function askAll(request: BridgeRequest): Promise<CatalogAnswers> {
  const { view, signal } = request;
  const catalogs = await askNodes(
    view,
    view.nodes().map((node) => node.name),
    signal,
  );
  reportFailures(request, failuresOf(catalogs));
  return catalogs;
}
