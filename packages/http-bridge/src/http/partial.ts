import { type SisockError } from '@sisock/core';
import { routeOf } from './errors.js';
import { notFinal } from './finalized.js';
import type { BridgeRequest } from './routes.js';

/** True for what a node did wrong, false for what the client asked wrong. */
export function isNodeFailure(error: SisockError): boolean {
  return !['unknown_node', 'unknown_field', 'bad_request', 'cancelled'].includes(error.code);
}

/** Tells that nodes failed: a log line, two metrics, and the header `Sisock-Missing` for who gets no notices. */
export function reportFailures(request: BridgeRequest, failures: ReadonlyMap<string, SisockError>): void {
  const { res, context } = request;
  const { log, meters } = context;
  if (failures.size === 0) return;
  notFinal(request);
  const route = routeOf(res);
  for (const [node, error] of failures) {
    meters.nodeFailures.inc({ node, code: error.code });
    log.warn({ node, code: error.code, reason: error.message, err: error.cause, route }, 'a data node failed');
  }
  meters.partial.inc({ route });
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
