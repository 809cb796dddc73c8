import type { Duplex } from 'node:stream';
import type { ListenerContext } from './listener.js';

const tlsHandshake = 0x16;
const mostTold = 100;

/** What node:http answers itself where nobody listens to its `clientError`. */
const statusOf: ReadonlyMap<string, string> = new Map([
  ['HPE_HEADER_OVERFLOW', '431 Request Header Fields Too Large'],
  ['ERR_HTTP_REQUEST_TIMEOUT', '408 Request Timeout'],
]);

/** Connections that never spoke what the port speaks: counted, and told once for each address and mistake. */
export class Strangers {
  private readonly told = new Set<string>();
  private readonly scheme: string;
  private readonly context: ListenerContext;

  constructor(scheme: string, context: ListenerContext) {
    this.scheme = scheme;
    this.context = context;
  }

  /** A handshake that failed, on a TLS port. */
  tlsFailed(error: Error & { readonly code?: string }, socket: Duplex): void {
    socket.destroy();
    this.context.stats.count('tls_failed');
    const { code = error.message } = error;
    if (code === 'ERR_SSL_HTTP_REQUEST') this.tell(socket, 'plain text on the TLS port: it must be asked by wss://');
    else if (code !== 'ECONNRESET') this.tell(socket, `TLS handshake failed (${code.slice(0, 100)})`);
  }

  /** What is no HTTP, on any port. */
  httpFailed(error: Error & { readonly code?: string; readonly rawPacket?: Uint8Array }, socket: Duplex): void {
    const status = statusOf.get(error.code ?? '') ?? '400 Bad Request';
    // In a TLS handshake nobody would read it.
    if (socket.writable && this.scheme === 'ws') socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
    else socket.destroy();
    if (this.scheme !== 'ws' || error.rawPacket?.[0] !== tlsHandshake) return;
    this.context.stats.count('tls_failed');
    this.tell(socket, 'TLS on the plain port: it must be asked by ws://');
  }

  private tell(socket: Duplex, mistake: string): void {
    const { remoteAddress } = socket as { remoteAddress?: string };
    const key = `${String(remoteAddress)} ${mistake}`;
    if (this.told.has(key) || this.told.size >= mostTold) return;
    this.told.add(key);
    this.context.log?.warn({ peer: remoteAddress, port: this.scheme }, mistake);
  }
}
