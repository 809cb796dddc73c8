import { setMaxListeners } from 'node:events';
import express, { type Express, type Request, type RequestHandler, type Response } from 'express';
import { type Principal, SisockError } from '@sisock/core';
import type { BridgeContext } from '../context.js';
import { type SiteView, viewFor } from '../site/view.js';
import { credentialsOf } from './credentials.js';
import { sendError } from './errors.js';

/** One request, with what the bridge adds to it. */
export interface BridgeRequest {
  readonly req: Request;
  readonly res: Response;
  readonly context: BridgeContext;
  /** Who asks. */
  readonly principal: Principal;
  /** The site as this client may see it. */
  readonly view: SiteView;
  /** Fires when the client goes away or the bridge closes. */
  readonly signal: AbortSignal;
}

export interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** Answered whatever the load. */
  readonly light?: boolean;
  /** The body is a form (application/x-www-form-urlencoded) instead of JSON. */
  readonly form?: boolean;
  readonly run: (request: BridgeRequest) => Promise<void> | void;
}

/** Finds out who asks, once for all routes behind it. */
export function authenticate({ access }: BridgeContext): RequestHandler {
  return async (req, res, next) => {
    res.locals['principal'] = await access.authenticate(credentialsOf(req), req.socket.remoteAddress);
    next();
  };
}

/** Mounts routes: each path answers its own methods and says so to others (405). */
export function mount(app: Express, context: BridgeContext, admit: RequestHandler, routes: readonly Route[]): void {
  const json = express.json({ limit: context.limits.bodyBytes, type: () => true, strict: false });
  const form = express.urlencoded({ limit: context.limits.bodyBytes, type: () => true, extended: false });
  for (const path of new Set(routes.map((route) => route.path))) {
    const here = app.route(path);
    const allowed: string[] = [];
    for (const route of routes.filter((r) => r.path === path)) {
      const steps: RequestHandler[] = [named(path)];
      if (!route.light) steps.push(admit);
      if (route.method === 'POST') here.post(...steps, route.form ? form : json, runner(context, route));
      else here.get(...steps, runner(context, route));
      allowed.push(route.method, ...(route.method === 'GET' ? ['HEAD'] : []));
    }
    here.all(named(path), (req, res) => {
      context.meters.bad.inc({ route: path, code: 'bad_request' });
      res.setHeader('Allow', allowed.join(', '));
      const message = `${path} answers ${allowed.join(' and ')}, not ${req.method}`;
      sendError(res, new SisockError('bad_request', message), 405);
    });
  }
}

/** The answer to a path that is none of ours. */
export const notFound: RequestHandler = (req) => {
  throw new SisockError(
    'not_found',
    `there is no ${JSON.stringify(req.path.slice(0, 200))} here: see docs/http-api.md`,
  );
};

function named(path: string): RequestHandler {
  return (_req, res, next) => {
    res.locals['route'] = path;
    next();
  };
}

function runner(context: BridgeContext, route: Route): RequestHandler {
  return async (req, res) => {
    const controller = new AbortController();
    // As many listen as a request has timelines: no leak.
    setMaxListeners(0, controller.signal);
    res.once('close', () => controller.abort());
    const principal = res.locals['principal'] as Principal;
    const view = viewFor(context.site, context.catalogs, context.access, principal);
    if (!res.hasHeader('Cache-Control')) res.setHeader('Cache-Control', 'no-store');
    await route.run({ req, res, context, principal, view, signal: controller.signal });
  };
}
