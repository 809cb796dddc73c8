import { findNames } from '../grafana/find-names.js';
import { fieldMetric, nodeMetric, parseMetrics, parseOptions } from '../grafana/metric-list.js';
import { payloadOptions } from '../grafana/payload.js';
import type { BridgeRequest, Route } from '../http/routes.js';

/** `POST /metrics`: what simPod's query builder offers; the `GET` of this path is Prometheus'. */
export const metricListRoute: Route = {
  method: 'POST',
  path: '/metrics',
  run: async (request) => {
    parseMetrics(request.req.body);
    const fields = await findNames(request, { kind: 'fields', nodes: [], text: '' });
    const nodes = request.view.nodes().map((node) => nodeMetric(node.name));
    request.res.json([...nodes, ...fields.map(({ value }) => fieldMetric(value))]);
  },
};

/** `POST /metric-payload-options`: what can be chosen in one select of the query builder; nothing for one not of ours. */
export const payloadOptionsRoute: Route = { method: 'POST', path: '/metric-payload-options', run: answerOptions };

async function answerOptions(request: BridgeRequest): Promise<void> {
  const { metric, name } = parseOptions(request.req.body);
  if (name === 'format' || name === 'strict') request.res.json(payloadOptions[name]);
  else if (name !== 'field' || !request.view.has(metric)) request.res.json([]);
  else {
    const { view, signal } = request;
    const catalog = await view.catalog(metric, signal);
    request.res.json([...catalog.fields.keys()].map((field) => ({ label: field, value: field })));
  }
}
