import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import express, { type Express } from 'express';
import { type AccessPolicy, type Clock, openAccess, type Site, SisockError } from '@sisock/core';
import { createComplaints, type Logger, type Metrics, type Service } from '@sisock/runtime';
import type { BridgeContext } from './context.js';
import { logEvents } from './events/event-log.js';
import { endWith } from './http/end-with.js';
import { graphitePaths, graphiteRoutes, plainErrors } from './graphite/routes.js';
import { compress } from './http/compress.js';
import { crossOrigin } from './http/cross-origin.js';
import { errorHandler } from './http/errors.js';
import { limitRate } from './http/rate-limit.js';
import { admission, collapseSlashes, measure, securityHeaders } from './http/requests.js';
import { authenticate, mount, notFound, type Route } from './http/routes.js';
import { type BridgeLimits, withDefaults } from './limits.js';
import { listenOn } from './listen.js';
import { isLoopback, needsAccess } from './open-access.js';
import { attachLive, type LiveServer } from './live/server.js';
import { createMeters } from './meters.js';
import { annotationsRoute } from './routes/annotations.js';
import { eventsRoute } from './routes/events.js';
import { fieldsRoute } from './routes/fields.js';
import { latestRoute } from './routes/latest.js';
import { liveRoute } from './routes/live.js';
import { loginRoute } from './routes/login.js';
import { metricListRoute, payloadOptionsRoute } from './routes/metric-list.js';
import { nodesRoute, statusRoute } from './routes/nodes.js';
import { queryRoute } from './routes/query.js';
import { healthRoutes, metricsRoute, type PageMount, rootRoute } from './routes/root.js';
import { searchRoute, variableRoute } from './routes/search.js';
import { seriesRoute } from './routes/series.js';
import { tagKeysRoute, tagValuesRoute } from './routes/tags.js';
import { timelinesRoute } from './routes/timelines.js';
import { createCatalogs } from './site/catalogs.js';

export interface BridgeOptions {
  readonly site: Site;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** Who may see what. Unset: everybody everything, which is for a loopback `host` only. */
  readonly access?: AccessPolicy;
  /** Directories of the page; the one at `/` holds its `index.html`. */
  readonly page?: readonly PageMount[];
  /** Address to listen on; default 127.0.0.1. */
  readonly host?: string;
  /** TCP port; undefined: 5000 or the next free one, 0: any. */
  readonly port?: number | undefined;
  /** Origins, beside its own, whose pages may ask; `*`: all, but for the live WebSocket. */
  readonly allowedOrigins?: readonly string[];
  readonly limits?: Partial<BridgeLimits>;
}

/** Where the bridge listens. */
export interface BridgeAddress {
  readonly host: string;
  readonly port: number;
  readonly url: string;
}

export interface Bridge extends Service {
  readonly app: Express;
  /** @throws SisockError `bad_setting` when the address or port can't be had. */
  listen(): Promise<BridgeAddress>;
  /** Ends within a second, whatever clients do. */
  close(): Promise<void>;
}

/** How long clients have to take a last answer and a goodbye. */
const closeGraceMs = 400;

/**
 * HTTP for Grafana, scripts and the page, over any Site: docs/http-api.md.
 * @throws SisockError `bad_setting` for a limit that makes no sense, or an open address without an access policy.
 */
export function createBridge(options: BridgeOptions): Bridge {
  const { log, host = '127.0.0.1', port, allowedOrigins = [] } = options;
  if (options.access === undefined && !isLoopback(host)) throw needsAccess(host);
  const closed = new AbortController();
  const context = contextOf(options, closed.signal);
  const app = createApp(context, options.page ?? [], allowedOrigins);
  const server = createHttpServer(app, context);
  const connections = new Set<Socket>();
  server.on('connection', (socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  const live = attachLive(server, context, allowedOrigins);
  let closing: Promise<void> | undefined;
  return {
    app,
    listen: async () => {
      const got = await listenOn(server, host, port, log);
      const shown = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
      const url = `http://${shown}:${got}`;
      log.info({ url }, 'HTTP is up');
      return { host, port: got, url };
    },
    close: () => {
      closed.abort(new SisockError('unavailable', 'the bridge stops'));
      return (closing ??= closeServer(server, live, connections));
    },
  };
}

function contextOf(
  { site, log, metrics, clock, access = openAccess, limits: given }: BridgeOptions,
  signal: AbortSignal,
): BridgeContext {
  const limits = withDefaults(given);
  const { catalogDeadlineMs: deadlineMs, catalogCacheMs: cacheMs, catalogCacheMostMs: mostCacheMs } = limits;
  const { catalogStaleMs: staleMs } = limits;
  const catalogs = createCatalogs({ site, clock, deadlineMs, cacheMs, mostCacheMs, staleMs, signal });
  const complaints = createComplaints(log);
  const events = logEvents({ site, clock, limit: limits.events, settleMs: limits.eventsSettleMs, signal });
  events.ended.catch((error: unknown) => log.error({ err: error }, "the site's events ended: annotations stand still"));
  return { site, catalogs, events, access, limits, clock, log, complaints, meters: createMeters(metrics) };
}

function createApp(context: BridgeContext, page: readonly PageMount[], allowedOrigins: readonly string[]): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(measure(context), securityHeaders, collapseSlashes, crossOrigin(allowedOrigins), compress(context.limits));
  const admit = admission(context);
  mount(app, context, admit, healthRoutes);
  app.use(graphitePaths, plainErrors);
  app.use(limitRate(context.limits));
  app.use(authenticate(context));
  const routes: Route[] = [
    rootRoute(page),
    loginRoute,
    metricsRoute,
    metricListRoute,
    payloadOptionsRoute,
    searchRoute,
    variableRoute,
    queryRoute,
    annotationsRoute,
    tagKeysRoute,
    tagValuesRoute,
    nodesRoute,
    fieldsRoute,
    timelinesRoute,
    seriesRoute,
    latestRoute,
    eventsRoute,
    statusRoute,
    liveRoute,
    ...graphiteRoutes,
  ];
  mount(app, context, admit, routes);
  for (const { url, directory } of page) {
    app.use(url, express.static(directory, { index: false, redirect: false, dotfiles: 'ignore' }));
  }
  app.use(notFound);
  app.use(errorHandler(context));
  return app;
}

function createHttpServer(app: Express, { limits, meters, log }: BridgeContext): Server {
  const { headersTimeoutMs, requestTimeoutMs, keepAliveMs } = limits;
  const server = createServer(
    {
      headersTimeout: headersTimeoutMs,
      requestTimeout: Math.max(requestTimeoutMs, headersTimeoutMs),
      keepAliveTimeout: keepAliveMs,
      connectionsCheckingInterval: Math.max(10, Math.min(1000, headersTimeoutMs / 4)),
    },
    app,
  );
  server.maxConnections = limits.connections;
  // An answer nobody takes moves no byte: such a connection ends, once every node has had its time.
  server.setTimeout(limits.writeDeadlineMs + limits.nodeDeadlineMs + limits.catalogDeadlineMs);
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // One that just goes away did nothing wrong.
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
    meters.bad.inc({ route: 'other', code: 'bad_request' });
    const [status, reason] = problems.get(error.code) ?? [400, 'what came is no HTTP request'];
    log.debug({ error: error.code, reason }, 'request refused');
    endWith(socket, status, new SisockError('bad_request', reason));
  });
  return server;
}

/** What Node's HTTP server calls what came: status and words. */
const problems: ReadonlyMap<string | undefined, readonly [status: number, reason: string]> = new Map([
  ['ERR_HTTP_REQUEST_TIMEOUT', [408, 'no whole request came within the time for it']],
  ['HPE_HEADER_OVERFLOW', [431, 'the headers of the request are too long']],
]);

/** Upgraded connections are no longer the server's to close: hence the set of all. */
async function closeServer(server: Server, live: LiveServer, connections: ReadonlySet<Socket>): Promise<void> {
  live.close();
  const hard = setTimeout(() => {
    for (const socket of connections) socket.destroy();
  }, closeGraceMs);
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
  clearTimeout(hard);
}
