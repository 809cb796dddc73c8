import type { BridgeRequest, Route } from '../http/routes.js';
import { SisockError } from '@sisock/core';
import { errorBody, sendError } from '../http/errors.js';
import type { SiteView } from '../site/view.js';

/** A directory of files and the URL they are served under. */
export interface PageMount {
  readonly url: string;
  readonly directory: string;
}

/**
 * `GET /`: Grafana's "Save & test" wants 200 when data can be reached and an error when not. A browser gets the page
 * either way: the page tells by itself what is missing.
 */
export function rootRoute(mounts: readonly PageMount[]): Route {
  const page = mounts.find((mount) => mount.url === '/');
  return {
    method: 'GET',
    path: '/',
    light: true,
    run: ({ req, res, context, view }) => {
      res.vary('Accept');
      if (page && req.accepts(['json', 'html']) === 'html') {
        res.setHeader('Cache-Control', 'no-cache');
        return new Promise((resolve, reject) =>
          res.sendFile('index.html', { root: page.directory, cacheControl: false }, (error?: Error) =>
            error && !res.headersSent ? reject(error) : resolve(),
          ),
        );
      }
      if (context.site.connected()) {
        res.json({ name: 'sisock', connected: true, nodes: view.nodes().length, api: '/api/v1' });
      } else sendError(res, notConnected());
    },
  };
}

export const healthRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/healthz',
    light: true,
    run: ({ res }) => void res.json({ alive: true }),
  },
  {
    method: 'GET',
    path: '/readyz',
    light: true,
    run: ({ res, context }: BridgeRequest) => {
      if (context.site.connected()) res.json({ ready: true });
      else res.status(503).json({ ready: false, ...errorBody(notConnected()) });
    },
  },
];

export const metricsRoute: Route = {
  method: 'GET',
  path: '/metrics',
  light: true,
  run: async ({ res, view, context: { meters } }) => {
    res.setHeader('Content-Type', meters.metrics.contentType);
    res.send(withoutHidden(await meters.metrics.text(), view));
  },
};

/** Lines about nodes that the client may not see are left out. */
function withoutHidden(text: string, view: SiteView): string {
  const isShown = (line: string) => {
    const node = /[{,]node="((?:[^"\\]|\\.)*)"/.exec(line)?.[1];
    return node === undefined || view.sees(node.replace(/\\([\\"])/g, '$1'));
  };
  return text.split('\n').filter(isShown).join('\n');
}

function notConnected(): SisockError {
  return new SisockError('unavailable', 'there is no session with the WAMP router: data nodes can not be reached');
}
