import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Logger } from '@sisock/runtime';
import { type WebSocket, WebSocketServer } from 'ws';
import { type AuthOptions, authenticatorOf } from '../auth/methods.js';
import type { Limits } from '../options.js';
import type { Gate } from '../peer.js';
import type { Realm, RouterContext } from '../realm.js';
import { type Format, formats } from '../wire/format.js';
import { type HttpAction, HttpCalls, type HttpPath } from './http-calls.js';
import { type OriginCheck, originCheck } from './origins.js';
import { SocketLink } from './socket-link.js';
import { Strangers } from './strangers.js';

export interface ListenerOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Path of the WebSocket; default `/ws`. */
  readonly path?: string;
  readonly auth: AuthOptions;
  /** Default: no HTTP paths. */
  readonly http?: { readonly call?: HttpPath; readonly publish?: HttpPath };
  /** PEM texts: `wss` and `https` instead of `ws` and `http`. */
  readonly tls?: TlsPair;
  /** Origins of browser pages that may connect beside those of the loopback; `*` for all. */
  readonly allowedOrigins?: readonly string[];
  /** Default: all serializers. */
  readonly serializers?: readonly Format[];
  /** Overrides of the router's limits. */
  readonly limits?: Partial<Limits>;
}

export interface Listener {
  readonly port: number;
  /** Of the WebSocket, `ws://127.0.0.1:8001/ws`. */
  readonly url: string;
  /** Uses another certificate for who connects from now on. @throws what node:tls says of a pair that can't be used. */
  renew(tls: TlsPair): void;
  close(): Promise<void>;
}

/** PEM texts of a certificate (its chain after it) and its private key. */
export interface TlsPair {
  readonly key: string;
  readonly cert: string;
}

/** What a listener is given by its router. */
export interface ListenerContext extends RouterContext {
  readonly log: Logger | undefined;
  /** The realm of this name, or the first. */
  realm(name?: string): Realm | undefined;
}

const subprotocol = 'wamp.2.';
const pollSec = 0.02;

/** Opens a port for WebSocket peers and, if asked for, HTTP callers. Rejects as `net.Server.listen` fails. */
export async function listen(options: ListenerOptions, context: ListenerContext): Promise<Listener> {
  const listener = new PortListener(options, context);
  await listener.open(options.port, options.host ?? '127.0.0.1');
  return listener;
}

class PortListener implements Listener {
  private readonly context: ListenerContext;
  private readonly limits: Limits;
  private readonly path: string;
  private readonly scheme: string;
  private readonly gate: Gate;
  private readonly originAllowed: OriginCheck;
  private readonly httpPaths = new Map<string, HttpCalls>();
  private readonly server: Server;
  private readonly webSockets: WebSocketServer;
  private readonly links = new Set<SocketLink>();
  private stopPing: () => void = () => undefined;
  private closing: Promise<void> | undefined;

  constructor(options: ListenerOptions, context: ListenerContext) {
    this.context = context;
    this.limits = { ...context.limits, ...options.limits };
    this.path = options.path ?? '/ws';
    this.scheme = options.tls ? 'wss' : 'ws';
    this.originAllowed = originCheck(options.allowedOrigins);
    const now = (): number => context.now();
    this.gate = {
      authenticator: authenticatorOf(options.auth, now),
      stats: context.stats,
      realm: (name) => context.realm(name),
    };
    this.addHttpPath('call', options.http?.call);
    this.addHttpPath('publish', options.http?.publish);
    const answer = (request: IncomingMessage, response: ServerResponse): void => this.answer(request, response);
    const timeout = this.limits.handshakeSec * 1000;
    const times = { headersTimeout: timeout, requestTimeout: timeout, connectionsCheckingInterval: timeout / 4 };
    this.server = options.tls ? createTlsServer({ ...options.tls, ...times }, answer) : createServer(times, answer);
    this.server.maxConnections = this.limits.maxConnections;
    this.server.on('drop', () => context.stats.count('refused_connection'));
    const strangers = new Strangers(this.scheme, context);
    this.server.on('tlsClientError', (error: Error, socket: Duplex) => strangers.tlsFailed(error, socket));
    this.server.on('clientError', (error: Error, socket: Duplex) => strangers.httpFailed(error, socket));
    this.server.on('upgrade', (request, socket, head) => this.upgrade(request, socket, head));
    const spoken = options.serializers ?? formats;
    this.webSockets = new WebSocketServer({
      noServer: true,
      maxPayload: this.limits.maxMessageBytes,
      perMessageDeflate: false,
      handleProtocols: (asked) => {
        for (const name of asked) if (formatOf(name, spoken) !== undefined) return name;
        return false;
      },
    });
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    const { address, family, port } = this.server.address() as AddressInfo;
    return `${this.scheme}://${family === 'IPv6' ? `[${address}]` : address}:${port}${this.path}`;
  }

  async open(port: number, host: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, () => {
        this.server.off('error', reject);
        resolve();
      });
    });
    this.server.on('error', (error) => this.context.log?.error({ error: error.message }, 'listener error'));
    this.repeatPing();
    this.context.log?.info({ url: this.url }, 'router listens');
  }

  renew(tls: TlsPair): void {
    if ('setSecureContext' in this.server) (this.server as TlsServer).setSecureContext({ ...tls });
  }

  close(): Promise<void> {
    return (this.closing ??= this.shutDown());
  }

  private async shutDown(): Promise<void> {
    this.stopPing();
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const link of this.links) link.session.shutDown();
    for (const path of this.httpPaths.values()) path.close();
    await this.drained();
    for (const link of this.links) {
      link.kill();
      link.session.finish();
    }
    this.server.closeAllConnections();
    await closed;
    this.webSockets.close();
  }

  /** Until all peers said goodbye, or the time for it is over. */
  private drained(): Promise<void> {
    return new Promise((resolve) => {
      let left = this.limits.closeSec;
      const look = (): void => {
        if (this.links.size === 0 || left <= 0) return resolve();
        left -= pollSec;
        this.context.timers.set(look, pollSec);
      };
      look();
    });
  }

  private addHttpPath(action: HttpAction, options: HttpPath | undefined): void {
    if (options === undefined) return;
    const realm = this.context.realm(options.realm);
    if (realm === undefined)
      throw new TypeError(`no realm "${String(options.realm)}" for the HTTP path ${options.path}`);
    this.httpPaths.set(options.path, new HttpCalls(action, options.role, realm, this.limits, this.context.stats));
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const path = this.httpPaths.get(pathOf(request));
    if (!this.originAllowed(request.headers.origin)) refuse(response, 403, 'this origin may not call');
    else if (path !== undefined) {
      path.handle(request, response).catch((error: Error) => {
        this.context.log?.debug({ error: error.message }, 'HTTP request failed');
        response.destroy();
      });
    } else if (pathOf(request) === this.path) refuse(response, 426, 'a WebSocket is expected here');
    else refuse(response, 404, 'nothing here');
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const { origin } = request.headers;
    if (pathOf(request) !== this.path) return refuseUpgrade(socket, '404 Not Found');
    if (!this.originAllowed(origin)) {
      this.context.stats.count('refused_connection');
      this.context.log?.warn({ origin }, 'connection refused: a page of this origin may not connect');
      return refuseUpgrade(socket, '403 Forbidden');
    }
    if (this.closing !== undefined) return refuseUpgrade(socket, '503 Service Unavailable');
    this.webSockets.handleUpgrade(request, socket, head, (webSocket) => this.accept(webSocket, socket, request));
  }

  private accept(webSocket: WebSocket, socket: Duplex, request: IncomingMessage): void {
    const serializer = formatOf(webSocket.protocol, formats);
    if (serializer === undefined) {
      webSocket.on('error', () => undefined);
      webSocket.close(1002, 'no subprotocol of WAMP that is spoken here');
      return;
    }
    const { remoteAddress, remotePort } = request.socket;
    const link = new SocketLink(webSocket, socket, {
      gate: this.gate,
      serializer,
      limits: this.limits,
      timers: this.context.timers,
      now: () => this.context.now(),
      log: this.context.log,
      peer: `tcp:${String(remoteAddress)}:${String(remotePort)}`,
    });
    this.links.add(link);
    webSocket.on('close', () => this.links.delete(link));
  }

  private repeatPing(): void {
    this.stopPing = this.context.timers.set(() => {
      for (const link of this.links) link.ping();
      this.repeatPing();
    }, this.limits.pingIntervalSec);
  }
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?', 1)[0] ?? '/';
}

function formatOf(name: string, spoken: readonly Format[]): Format | undefined {
  return spoken.find((format) => `${subprotocol}${format}` === name);
}

function refuse(response: ServerResponse, status: number, error: string): void {
  response.writeHead(status, { 'Content-Type': 'application/json; charset=UTF-8', Connection: 'close' });
  response.end(JSON.stringify({ error }));
}

function refuseUpgrade(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
