import { type ClientOptions, WebSocket } from 'ws';
import { toSisockError } from '@sisock/core';
import { readTrust } from '../crossbar-files.js';
import { checkMessage, type Serializer, type SerializerName, serializerOf } from './serializers.js';
import { certificateFault, mayBeWrongPort, wrongPort } from './tls-fault.js';
import type { OpenTransport } from './transport.js';

export interface WebSocketOptions {
  readonly url: string;
  readonly serializers: readonly SerializerName[];
  /** PEM file of the certificate authority (or the self-signed certificate) that wss must match; else the system's. */
  readonly caFile?: string;
  readonly connectTimeoutMs: number;
  readonly closeTimeoutMs: number;
  /** A connection that is silent this long is asked for a sign of life; after as long again it is given up. */
  readonly pingMs: number;
  readonly maxMessageBytes: number;
  /** Most bytes waiting to be sent; a router that reads slower than that is left. */
  readonly maxBufferedBytes: number;
}

/** WAMP over WebSocket (WAMP 5.3): one message a frame, serializer by subprotocol. */
export function webSocketTransport(options: WebSocketOptions): OpenTransport {
  return (events) => {
    let ca: string | undefined;
    try {
      ca = options.caFile === undefined ? undefined : readTrust(options.caFile);
    } catch (thrown) {
      const fault = toSisockError(thrown);
      queueMicrotask(() => events.close(fault.message, fault));
      return { send: () => undefined, close: () => undefined, destroy: () => undefined };
    }
    const socket = new WebSocket(
      options.url,
      options.serializers.map((name) => `wamp.2.${name}`),
      clientOptions(options, ca),
    );
    const peer = { url: options.url, caFile: options.caFile, ca };
    const left = new AbortController();
    let failure: Error | null = null;
    let serializer: Serializer | null = null;
    let reason = '';
    let heard = true;
    let ping: NodeJS.Timeout | undefined;
    let force: NodeJS.Timeout | undefined;

    const destroy = (why: string) => {
      reason ||= why;
      left.abort();
      socket.terminate();
    };
    // ws's own deadline does not cover a TLS handshake that nobody answers.
    const patience = setTimeout(() => {
      failure = new Error('Opening handshake has timed out');
      reason ||= failure.message;
      socket.terminate();
    }, options.connectTimeoutMs);
    socket.on('open', () => {
      clearTimeout(patience);
      serializer = serializerOf(socket.protocol);
      if (serializer === null) return destroy(`router chose the unknown subprotocol ${socket.protocol}`);
      ping = setInterval(() => {
        if (!heard) return destroy('no sign of life from the router');
        heard = false;
        socket.ping();
      }, options.pingMs);
      events.open(serializer.name);
    });
    socket.on('pong', () => (heard = true));
    socket.on('ping', () => (heard = true));
    socket.on('message', (data: Buffer) => {
      heard = true;
      if (serializer === null || reason !== '') return;
      let message: unknown[];
      try {
        message = checkMessage(serializer.decode(data));
      } catch (error) {
        return destroy(`undecodable ${serializer.name} message from the router: ${textOf(error)}`);
      }
      events.message(message);
    });
    socket.on('unexpected-response', (_, response) => destroy(`HTTP ${response.statusCode} instead of a WebSocket`));
    socket.on('error', (error) => {
      failure ??= error;
      reason ||= textOf(error);
    });
    /** Why it never opened, where that can be told from a router that is just away. */
    const fault = async () => {
      if (serializer !== null || failure === null) return null;
      const known = certificateFault(failure, peer);
      return known ?? (mayBeWrongPort(failure) ? wrongPort(peer, left.signal) : null);
    };
    socket.once('close', (code, text) => {
      clearInterval(ping);
      clearTimeout(force);
      clearTimeout(patience);
      const why = reason || text.toString('utf8', 0, 200) || `connection closed (${code})`;
      if (serializer !== null || left.signal.aborted) events.close(why);
      else void fault().then((found) => events.close(why, found));
    });

    return {
      send: (message) => {
        if (serializer === null || socket.readyState !== WebSocket.OPEN) return;
        const data = serializer.encode(message);
        if (socket.bufferedAmount > options.maxBufferedBytes) return destroy('router reads too slowly');
        socket.send(data, { binary: serializer.binary });
      },
      close: () => {
        if (socket.readyState === WebSocket.CONNECTING) return destroy('closed');
        force ??= setTimeout(() => destroy('closed'), options.closeTimeoutMs);
        socket.close(1000);
      },
      destroy,
    };
  };
}

function clientOptions(options: WebSocketOptions, ca: string | undefined): ClientOptions {
  return {
    maxPayload: options.maxMessageBytes,
    perMessageDeflate: false,
    // The router's own certificate may stand in the file though an authority signed it: then it is trusted as it is.
    ...(ca === undefined ? {} : { ca, allowPartialTrustChain: true }),
  };
}

function textOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  const text = typeof message === 'string' && message !== '' ? message : String(error);
  return (typeof code === 'string' && !text.includes(code) ? `${code} ${text}` : text).slice(0, 200);
}
