import { findNames } from '../grafana/find-names.js';
import { parseSearch, parseVariable } from '../grafana/name-query.js';
import type { Route } from '../http/routes.js';

/** `POST /search`: the names of all fields as `node::field`, of those that hold the typed text, or what a query asks. */
export const searchRoute: Route = {
  method: 'POST',
  path: '/search',
  run: async (request) => {
    const names = await findNames(request, parseSearch(request.req.body));
    request.res.json(names.map(({ value }) => value));
  },
};

/** `POST /variable`: the values of a simPod variable. Grafana drops those whose text stood before. */
export const variableRoute: Route = {
  method: 'POST',
  path: '/variable',
  run: async (request) => {
    const names = await findNames(request, parseVariable(request.req.body));
    request.res.json(names.map(({ label, value }) => ({ __text: label, __value: value })));
  },
};
