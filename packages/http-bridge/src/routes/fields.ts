import { type Catalog, type FieldInfo, type SisockError, type TimeRange, toSisockError } from '@sisock/core';
import { fieldJson } from '../api/field-json.js';
import { manyTexts, numberOf, oneText, onlyKnown } from '../api/parameters.js';
import { nodeNotices } from '../api/select.js';
import { rangeOf } from '../api/time.js';
import { failuresOf, isError, reportFailures } from '../http/partial.js';
import type { BridgeRequest, Route } from '../http/routes.js';
import { formatFieldName } from '../plan/field-name.js';
import { askNodes, type CatalogAnswers } from '../plan/resolve.js';
import { withDeadline } from '../site/deadline.js';

/** `GET /api/v1/fields`: what there is to plot. */
export const fieldsRoute: Route = { method: 'GET', path: '/api/v1/fields', run: answerFields };

async function answerFields(request: BridgeRequest): Promise<void> {
  const { req, res, view, signal, context } = request;
  onlyKnown(req.query, ['q', 'node', 'from', 'to', 'limit']);
  const wanted = manyTexts(req.query, 'node');
  wanted.forEach((node) => view.reader(node));
  const nodes = wanted.length > 0 ? wanted : view.nodes().map((node) => node.name);
  const limited = req.query['from'] !== undefined || req.query['to'] !== undefined;
  const range = rangeOf(req.query, context.clock());
  const limit = numberOf(req.query, 'limit', 1, 1e6) ?? Infinity;
  const catalogs = limited ? await askRange(request, nodes, range) : await askNodes(view, nodes, signal);
  reportFailures(request, failuresOf(catalogs));
  const matches = matcher(oneText(req.query, 'q') ?? '');
  const fields = [];
  let total = 0;
  for (const [node, catalog] of catalogs) {
    if (isError(catalog)) continue;
    for (const info of catalog.fields.values()) {
      if (!matches(node, info) || ++total > limit) continue;
      fields.push(fieldJson({ node, info, timeline: catalog.timelines.get(info.timeline) }));
    }
  }
  res.json({ fields, total, notices: nodeNotices(catalogs) });
}

/** Fields with samples in a range: asked of the nodes themselves, as the remembered lists are of all time. */
async function askRange(
  { view, signal, context }: BridgeRequest,
  nodes: readonly string[],
  range: TimeRange,
): Promise<CatalogAnswers> {
  const ask = async (node: string): Promise<[string, Catalog | SisockError]> => {
    try {
      const reader = view.reader(node);
      const what = `data node ${node}`;
      const ms = context.limits.catalogDeadlineMs;
      return [node, await withDeadline(ms, signal, what, (within) => reader.catalog(range, within))];
    } catch (thrown) {
      return [node, toSisockError(thrown)];
    }
  };
  return new Map(await Promise.all(nodes.map(ask)));
}

/** Every word of the text must stand somewhere in the field's name, description or units; case does not matter. */
function matcher(text: string): (node: string, info: FieldInfo) => boolean {
  const parts = text.toLowerCase().split(/\s+/).filter(Boolean);
  return (node, { name, description, units }) => {
    const hay = `${formatFieldName(node, name)} ${description ?? ''} ${units ?? ''}`.toLowerCase();
    return parts.every((part) => hay.includes(part));
  };
}
