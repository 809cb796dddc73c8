import { expandTarget } from '../grafana/target-text.js';
import { parseSearch } from '../grafana/request.js';
import { failuresOf, isError, reportFailures } from '../http/partial.js';
import type { BridgeRequest, Route } from '../http/routes.js';
import { formatFieldName } from '../plan/field-name.js';
import { askNodes } from '../plan/resolve.js';

/** `POST /search`: the names of all fields as `node::field`, or of those that hold the typed text. */
export const searchRoute: Route = { method: 'POST', path: '/search', run: answerSearch };

async function answerSearch(request: BridgeRequest): Promise<void> {
  const { req, res, view, signal, context } = request;
  const text = parseSearch(req.body);
  const nodes = view.nodes().map((node) => node.name);
  const catalogs = await askNodes(view, nodes, signal);
  reportFailures(request, failuresOf(catalogs));
  const names: string[] = [];
  for (const node of nodes) {
    const catalog = catalogs.get(node);
    if (!catalog || isError(catalog)) continue;
    for (const field of catalog.fields.keys()) names.push(formatFieldName(node, field));
  }
  res.json(filterNames(names, text, context.limits.fields));
}

/** Names that hold the literal text, else those that hold what it says as the value of a template variable. */
function filterNames(names: readonly string[], text: string, most: number): readonly string[] {
  if (text === '') return names;
  const literal = namesWith(names, [text]);
  if (literal.length > 0) return literal;
  return namesWith(names, expandTarget(text, most) ?? []);
}

function namesWith(names: readonly string[], texts: readonly string[]): string[] {
  const wanted = texts.map((text) => text.toLowerCase());
  return names.filter((name) => wanted.some((text) => name.toLowerCase().includes(text)));
}
