import type { ErrorRequestHandler, Response } from 'express';
import { type ErrorCode, SisockError, toSisockError } from '@sisock/core';
import type { BridgeContext } from '../context.js';

/** The HTTP status of each error: the one table of this gateway. */
const statuses: Readonly<Record<ErrorCode, number>> = {
  bad_request: 400,
  bad_setting: 500,
  bad_data: 502,
  unknown_node: 404,
  unknown_field: 404,
  unknown_timeline: 404,
  not_found: 404,
  not_authorized: 401,
  name_taken: 409,
  too_large: 413,
  too_many: 429,
  unavailable: 503,
  timeout: 504,
  cancelled: 503,
  internal: 500,
};

export function statusOf(error: SisockError): number {
  return statuses[error.code];
}

/** What a 401 asks for. A browser asks its user for the first. */
export const challenges = ['Basic realm="sisock", charset="UTF-8"', 'Bearer realm="sisock"'];

/** `{error: {code, message}}`, and `message` again at the top, where Grafana looks for it. */
export function errorBody(error: SisockError): object {
  const { code, message } = error;
  return { error: { code, message }, message };
}

/** Answers with an error; an answer that has begun already is cut off, so that nobody takes it for whole. */
export function sendError(res: Response, error: SisockError, status = statusOf(error)): void {
  if (res.headersSent) {
    res.destroy();
    return;
  }
  if (status === 401) res.setHeader('WWW-Authenticate', challenges);
  if (status === 429 && !res.hasHeader('Retry-After')) res.setHeader('Retry-After', '60');
  if (status === 503) res.setHeader('Retry-After', '1');
  res.status(status).json(errorBody(error));
}

/** The last handler of the app: whatever was thrown becomes one JSON answer. Causes are logged, never sent. */
export function errorHandler({ log, meters }: BridgeContext): ErrorRequestHandler {
  return (thrown: unknown, req, res, _next) => {
    const { error, status } = explain(thrown);
    const route = routeOf(res);
    if (status < 500) meters.bad.inc({ route, code: error.code });
    if (error.code === 'internal')
      log.error({ err: thrown, route, url: req.originalUrl.slice(0, 300) }, 'request failed');
    else log.debug({ route, code: error.code, reason: error.message }, 'request refused');
    sendError(res, error, status);
  };
}

/** The route's name for logs and metrics. */
export function routeOf(res: Response): string {
  const { route } = res.locals;
  return typeof route === 'string' ? route : 'other';
}

/** Errors of express and its body parser carry a status and a type; the caller is told in our words. */
function explain(thrown: unknown): { error: SisockError; status: number } {
  if (thrown instanceof SisockError) return { error: thrown, status: statusOf(thrown) };
  const { status, type, message, limit } = Object(thrown) as Record<string, unknown>;
  if (typeof status === 'number' && status >= 400 && status < 500) {
    if (type === 'entity.too.large') {
      return { error: new SisockError('too_large', `the body is longer than ${String(limit)} bytes`), status };
    }
    if (type === 'entity.parse.failed') {
      return { error: new SisockError('bad_request', `the body is not JSON: ${String(message)}`), status };
    }
    return { error: new SisockError('bad_request', String(message)), status };
  }
  const error = toSisockError(thrown);
  return { error, status: statusOf(error) };
}
