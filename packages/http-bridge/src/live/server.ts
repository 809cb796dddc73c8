import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { SisockError, toSisockError } from '@sisock/core';
import type { BridgeContext } from '../context.js';
import { credentialsOf } from '../http/credentials.js';
import { statusOf } from '../http/errors.js';
import { endWith } from '../http/end-with.js';
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
  sockets.on('wsClientError', (error, socket) => {
    refuse(socket, new SisockError('bad_request', error.message), context, 400);
  });
  const answered = new WeakSet<WebSocket>();
  const told = new Set<string>();

  /** Behind a proxy it is the page itself that is refused where nobody named its address: each is told, so many at most. */
  const admitOrigin = (request: IncomingMessage) => {
    try {
      checkOrigin(request, allowedOrigins);
    } catch (thrown) {
      const { message } = toSisockError(thrown);
      if (!told.has(message) && told.size < limits.liveOriginWarnings) {
        told.add(message);
        context.log.warn({ reason: message }, 'a page may not follow live');
      }
      throw thrown;
    }
  };

  const admit = async (request: IncomingMessage) => {
    const path = (request.url ?? '').split('?')[0]!.replace(/\/{2,}/g, '/');
    if (path !== livePath)
      throw new SisockError('not_found', `there is no WebSocket at ${JSON.stringify(path.slice(0, 200))}`);
    admitOrigin(request);
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
function refuse(
  socket: Duplex,
  error: SisockError,
  { meters, log }: BridgeContext,
  status = error.code === 'bad_request' ? 403 : statusOf(error),
): void {
  meters.bad.inc({ route: 'live', code: error.code });
  log.debug({ code: error.code, reason: error.message }, 'a live client was refused');
  endWith(socket, status, error);
}
