import { onlyKnown } from '../api/parameters.js';
import { nodeNotices } from '../api/select.js';
import { failuresOf, isError, reportFailures } from '../http/partial.js';
import type { BridgeRequest, Route } from '../http/routes.js';
import { askNodes } from '../plan/resolve.js';

/** `GET /api/v1/timelines`: how old the newest samples are, for all fields in one small answer. */
export const timelinesRoute: Route = { method: 'GET', path: '/api/v1/timelines', run: answerTimelines };

async function answerTimelines(request: BridgeRequest): Promise<void> {
  const { req, res, view, signal, context } = request;
  onlyKnown(req.query, []);
  const names = view.nodes().map((node) => node.name);
  const catalogs = await askNodes(view, names, signal);
  reportFailures(request, failuresOf(catalogs));
  const timelines = [];
  for (const [node, catalog] of catalogs) {
    if (isError(catalog)) continue;
    const asOf = context.catalogs.askedAt(node) ?? context.clock();
    for (const { name, interval, extent, fields } of catalog.timelines.values()) {
      timelines.push({ node, timeline: name, interval, extent, fields: fields.length, asOf });
    }
  }
  res.json({ now: context.clock(), timelines, notices: nodeNotices(catalogs) });
}
