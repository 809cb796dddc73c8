import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { SisockError, toSisockError } from '@sisock/core';
import type { BridgeContext } from '../context.js';
import { credentialsOf } from '../http/credentials.js';
import { challenges, errorBody, statusOf } from '../http/errors.js';
import { viewFor } from '../site/view.js';
import { serveLive } from './client.js';
import { checkOrigin } from './origin.js';

export const livePath = '/api/v1/live';

const goingAway = 1001;

/** The WebSocket of the bridge. */
export interface LiveServer {
  /** Says goodbye to every client; their connections are the bridge's to end. */
  close(): void;
}

export function attachLive(server: Server, context: BridgeContext, allowedOrigins: readonly string[]): LiveServer {
  const { limits, access, site, catalogs } = context;
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: limits.liveMessageBytes,
    perMessageDeflate: false,
  });
  const answered = new WeakSet<WebSocket>();

  const admit = async (request: IncomingMessage) => {
    const path = (request.url ?? '').split('?')[0]!.replace(/\/{2,}/g, '/');
    if (path !== livePath)
      throw new SisockError('not_found', `there is no WebSocket at ${JSON.stringify(path.slice(0, 200))}`);
    checkOrigin(request, allowedOrigins);
    if (sockets.clients.size >= limits.liveClients) {
      throw new SisockError('unavailable', `${limits.liveClients} live clients are connected already`);
    }
    return access.authenticate(credentialsOf(request), request.socket.remoteAddress);
  };

  server.on('upgrade', (request, socket: Duplex, head) => {
    const ignore = () => socket.destroy();
    socket.on('error', ignore);
    admit(request).then(
      (principal) => {
        if (socket.destroyed) return;
        socket.off('error', ignore);
        sockets.handleUpgrade(request, socket, head, (client) => {
          answered.add(client);
          client.on('pong', () => answered.add(client));
          serveLive(client, viewFor(site, catalogs, access, principal), context);
        });
      },
      (thrown: unknown) => refuse(socket, toSisockError(thrown), context),
    );
  });

  const pings = setInterval(() => {
    for (const client of sockets.clients) {
      if (!answered.delete(client)) client.terminate();
      else client.ping();
    }
  }, limits.livePingMs).unref();

  return {
    close: () => {
      clearInterval(pings);
      for (const client of sockets.clients) client.close(goingAway, 'the bridge stops');
      sockets.close();
    },
  };
}

/** Answers an upgrade that is refused as any other request, and counts it. */
function refuse(socket: Duplex, error: SisockError, { meters, log }: BridgeContext): void {
  const status = error.code === 'bad_request' ? 403 : statusOf(error);
  meters.bad.inc({ route: 'live', code: error.code });
  log.debug({ code: error.code, reason: error.message }, 'a live client was refused');
  const body = JSON.stringify(errorBody(error));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    ...(status === 401 ? challenges.map((challenge) => `WWW-Authenticate: ${challenge}`) : []),
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
