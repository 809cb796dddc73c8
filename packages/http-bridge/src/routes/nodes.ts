import { SisockError, type SiteStatus } from '@sisock/core';
import { onlyKnown } from '../api/parameters.js';
import type { BridgeRequest, Route } from '../http/routes.js';
import { withDeadline } from '../site/deadline.js';
import type { SiteView } from '../site/view.js';

/** `GET /api/v1/nodes`: the data nodes of the site. */
export const nodesRoute: Route = {
  method: 'GET',
  path: '/api/v1/nodes',
  run: ({ req, res, view, context }) => {
    onlyKnown(req.query, []);
    const nodes = view.nodes().map(({ name, description, features }) => ({ name, description, features }));
    res.json({ connected: context.site.connected(), nodes });
  },
};

/** `GET /api/v1/status`: how the nodes and the agents behind them are, and how old their data. */
export const statusRoute: Route = { method: 'GET', path: '/api/v1/status', run: answerStatus };

async function answerStatus({ req, res, view, signal, context, principal }: BridgeRequest): Promise<void> {
  onlyKnown(req.query, []);
  const now = context.clock();
  const status = await statusWithin(context.limits.nodeDeadlineMs, view, signal);
  const age = (t: number | null | undefined) => (typeof t === 'number' && Number.isFinite(t) ? now - t : null);
  res.json({
    connected: status.connected,
    now,
    login: context.access.hasLogins?.() ?? false,
    user: principal.kind === 'anonymous' ? null : principal.name,
    nodes: status.nodes.map(({ name, reachable, error, health }) => ({
      name,
      reachable,
      ...(error !== undefined && { error }),
      ...(health && {
        ok: health.ok,
        ...(health.message !== undefined && { message: health.message }),
        newest: health.newest,
        age: age(health.newest),
        counters: health.counters,
        agents: health.agents.map((agent) => ({ ...agent, age: age(agent.lastSeen) })),
      }),
    })),
  });
}

/** How long a site may take to sum up after the deadline told it which nodes did not answer. */
const graceMs = 500;

/** The site's signal fires at the deadline, so that a node that hangs is told as not reachable instead of failing all. */
function statusWithin(ms: number, view: SiteView, signal: AbortSignal): Promise<SiteStatus> {
  return withDeadline(ms + graceMs, signal, 'the site', async (within) => {
    const controller = new AbortController();
    const stop = () => controller.abort(new SisockError('timeout', `no answer within ${ms / 1000} s`));
    const timer = setTimeout(stop, ms);
    within.addEventListener('abort', stop, { once: true });
    try {
      return await view.status(controller.signal);
    } finally {
      clearTimeout(timer);
    }
  });
}
