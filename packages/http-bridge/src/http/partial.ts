import { type SisockError } from '@sisock/core';
import type { BridgeContext } from '../context.js';
import { routeOf } from './errors.js';
import { notFinal } from './finalized.js';
import type { BridgeRequest } from './routes.js';

/** True for what a node did wrong, false for what the client asked wrong. */
export function isNodeFailure(error: SisockError): boolean {
  return !['unknown_node', 'unknown_field', 'bad_request', 'cancelled'].includes(error.code);
}

/** Tells that a node failed: a counter, and a log line where it was not told lately. */
export function reportNodeFailure(
  { complaints, meters }: BridgeContext,
  node: string,
  { code, message, cause }: SisockError,
  where: object,
): void {
  meters.nodeFailures.inc({ node, code });
  const isBug = code === 'internal';
  const details = { node, code, reason: message, ...where, ...(isBug && { err: cause }) };
  complaints.complain(isBug ? 'error' : 'warn', `${node} ${code}`, details, 'a data node failed');
}

/** Tells that an answer lacks what nodes failed to give: also by the header `Sisock-Missing`, for who gets no notices. */
export function reportFailures(request: BridgeRequest, failures: ReadonlyMap<string, SisockError>): void {
  const { res, context } = request;
  if (failures.size === 0) return;
  notFinal(request);
  const route = routeOf(res);
  for (const [node, error] of failures) reportNodeFailure(context, node, error, { route });
  context.meters.partial.inc({ route });
  if (!res.headersSent) res.setHeader('Sisock-Missing', [...failures.keys()].map(encodeURIComponent).join(', '));
}

/** The failed nodes among named outcomes, each with its first error. */
export function failuresOf(outcomes: Iterable<readonly [node: string, outcome: unknown]>): Map<string, SisockError> {
  const failures = new Map<string, SisockError>();
  for (const [node, outcome] of outcomes) {
    if (isError(outcome) && isNodeFailure(outcome) && !failures.has(node)) failures.set(node, outcome);
  }
  return failures;
}

export function isError(outcome: unknown): outcome is SisockError {
  return typeof outcome === 'object' && outcome !== null && 'code' in outcome && 'message' in outcome;
}
