import { SisockError } from '@sisock/core';
import { reportFailures } from '../http/partial.js';
import type { BridgeRequest } from '../http/routes.js';
import { findMatches, type Matches } from './find.js';
import { checkFormat, parametersOf } from './parameters.js';

/** `/metrics/find`: the parts of the tree that a pattern leads to. */
export async function answerFind(request: BridgeRequest): Promise<void> {
  const parameters = parametersOf(request.req);
  checkFormat(parameters, 'treejson');
  const query = parameters.one('query') ?? missing();
  const { found } = await findOrFail(request, [query]);
  const base = query.slice(0, query.lastIndexOf('.') + 1);
  const branches = new Map<string, object>();
  const leaves = new Map<string, object>();
  for (const { text, field, leadsOn } of found.get(query) ?? []) {
    const entry = (on: 0 | 1) => ({ text, expandable: on, leaf: 1 - on, id: base + text, allowChildren: on });
    if (leadsOn) branches.set(text, entry(1));
    if (field) leaves.set(text, entry(0));
  }
  request.res.json([...branches.values(), ...leaves.values()]);
}

/** `/metrics/expand`: the paths that patterns lead to. */
export async function answerExpand(request: BridgeRequest): Promise<void> {
  const parameters = parametersOf(request.req);
  const queries = parameters.all('query');
  if (queries.length === 0) missing();
  const leavesOnly = parameters.one('leavesOnly') === '1';
  const { found } = await findOrFail(request, queries);
  const paths = [...found.values()].flat().filter(({ field }) => field !== null || !leavesOnly);
  request.res.json({ results: [...new Set(paths.map(({ path }) => path))].sort() });
}

/** @throws SisockError of a node when there is nothing to show because of it. */
async function findOrFail(request: BridgeRequest, queries: readonly string[]): Promise<Matches> {
  const { view, signal, context } = request;
  const { graphiteTarget: length, fields: lists } = context.limits;
  const matches = await findMatches(view, queries, { length, lists }, signal);
  reportFailures(request, matches.failures);
  const [failure] = matches.failures.values();
  if (failure && [...matches.found.values()].every((list) => list.length === 0)) throw failure;
  return matches;
}

function missing(): never {
  throw new SisockError('bad_request', 'parameter query is missing: query=node.*');
}
