import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo, DropArgument, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Logger } from '@sisock/runtime';
import { type WebSocket, WebSocketServer } from 'ws';
import { type AuthOptions, authenticatorOf } from '../auth/methods.js';
import type { Limits } from '../options.js';
import type { Gate } from '../peer.js';
import type { Realm, RouterContext } from '../realm.js';
import { type Format, formats } from '../wire/format.js';
import { type HttpAction, HttpCalls, type HttpPath } from './http-calls.js';
import { peerName } from './peer-name.js';
import { type OriginCheck, originCheck } from './origins.js';
import { SocketLink } from './socket-link.js';
import { type FailedRequest, isTlsHello, tlsMistake } from './strangers.js';

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

const pollSec = 0.02;
const jsonType = 'application/json; charset=UTF-8';

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
  private readonly spoken: readonly Format[];
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
    this.spoken = options.serializers ?? formats;
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
    this.server.on('drop', (data?: DropArgument) => {
      const most = `there are ${this.limits.maxConnections} connections already, the most allowed`;
      context.stats.note('refused_connection', peerName(data ?? {}), { reason: most });
    });
    this.server.on('tlsClientError', (error: NodeJS.ErrnoException, socket: Duplex) => this.notTls(error, socket));
    this.server.on('clientError', (error: FailedRequest, socket) => this.notHttp(error, socket));
    this.server.on('upgrade', (request, socket, head) => this.upgrade(request, socket, head));
    this.webSockets = new WebSocketServer({
      noServer: true,
      maxPayload: this.limits.maxMessageBytes,
      perMessageDeflate: false,
      handleProtocols: (asked) => {
        const format = spokenOf([...asked], this.spoken);
        return format === undefined ? false : subprotocolOf(format);
      },
    });
    this.webSockets.on('wsClientError', (error, socket, request) => {
      this.refuse(request, 400, error.message, (text) => endWith(socket, 400, text));
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
    const refuse = (status: number, reason: string) =>
      this.refuse(request, status, reason, (text) => {
        response.writeHead(status, { 'Content-Type': jsonType, Connection: 'close' });
        response.end(text);
      });
    if (!this.originAllowed(request.headers.origin)) refuse(403, 'a page of this origin may not call');
    else if (path !== undefined) {
      path.handle(request, response).catch((error: NodeJS.ErrnoException) => {
        const isGone = error.code === 'ECONNRESET';
        if (!isGone) this.context.log?.error({ err: error, path: request.url?.slice(0, 200) }, 'HTTP request failed');
        response.destroy();
      });
    } else if (pathOf(request) === this.path) refuse(426, 'a WebSocket is expected here');
    else refuse(404, `nothing here: the WebSocket is at ${this.path}`);
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const { origin } = request.headers;
    const refuse = (status: number, reason: string) =>
      this.refuse(request, status, reason, (text) => endWith(socket, status, text));
    if (pathOf(request) !== this.path) return refuse(404, `nothing here: the WebSocket is at ${this.path}`);
    if (!this.originAllowed(origin)) {
      const reason = 'a page of this origin may not connect';
      this.context.stats.note('refused_connection', peerName(request.socket), { origin, reason });
      return endWith(socket, 403, JSON.stringify({ error: reason }));
    }
    if (this.closing !== undefined) return endWith(socket, 503, JSON.stringify({ error: 'the router closes' }));
    const offered = request.headers['sec-websocket-protocol'] ?? '';
    const serializer = spokenOf(offered.split(','), this.spoken);
    if (serializer === undefined) {
      return refuse(400, `no subprotocol of WAMP that is spoken here: ${this.spoken.map(subprotocolOf).join(', ')}`);
    }
    this.webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      this.accept(webSocket, serializer, socket, request);
    });
  }

  private accept(webSocket: WebSocket, serializer: Format, socket: Duplex, request: IncomingMessage): void {
    const link = new SocketLink(webSocket, socket, {
      gate: this.gate,
      serializer,
      limits: this.limits,
      timers: this.context.timers,
      log: this.context.log,
      peer: peerName(request.socket),
    });
    this.links.add(link);
    webSocket.on('close', () => this.links.delete(link));
  }

  /** Tells, counts and logs that a request is not answered. */
  private refuse(request: IncomingMessage, status: number, reason: string, send: (text: string) => void): void {
    const details = { path: request.url?.slice(0, 200), status, reason };
    this.context.stats.note('bad_http_request', peerName(request.socket), details);
    send(JSON.stringify({ error: reason }));
  }

  /** What came is no HTTP, or not whole within the time for it. One that just goes away did nothing wrong. */
  private notHttp(error: FailedRequest, socket: Duplex): void {
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
    const isLate = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
    const reason = isLate
      ? 'no whole request within the time for it'
      : isTlsHello(error)
        ? 'this port is plain: ask it by ws://, not wss://'
        : 'what came is no HTTP';
    this.context.stats.note('bad_http_request', peerName(socket as Socket), { reason, error: error.code });
    endWith(socket, isLate ? 408 : 400, JSON.stringify({ error: reason }));
  }

  /** A handshake that failed, on a TLS port. */
  private notTls(error: NodeJS.ErrnoException, socket: Duplex): void {
    const reason = tlsMistake(error);
    if (reason === null) this.context.stats.count('tls_failed');
    else this.context.stats.note('tls_failed', peerName(socket as Socket), { reason });
    socket.destroy();
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

function subprotocolOf(format: Format): string {
  return `wamp.2.${format}`;
}

/** The first of the offered subprotocols that is spoken. */
function spokenOf(offered: readonly string[], spoken: readonly Format[]): Format | undefined {
  for (const name of offered) {
    const format = spoken.find((one) => subprotocolOf(one) === name.trim());
    if (format !== undefined) return format;
  }
  return undefined;
}

/** Answers on a connection that is not, or no longer, in the hands of the HTTP server. */
function endWith(socket: Duplex, status: number, body: string): void {
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    `Content-Type: ${jsonType}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  // The other side may never close its half: it is not waited for.
  socket.once('finish', () => socket.destroy());
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
