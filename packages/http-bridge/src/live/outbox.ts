import type { WebSocket } from 'ws';
import { SisockError } from '@sisock/core';

/** The way to one live client. Who writes waits until it is taken, so nothing piles up here. */
export interface Outbox {
  /** @throws SisockError `cancelled` once the client is gone, or took nothing in time and was closed. */
  send(message: string | Buffer): Promise<void>;
}

interface Options {
  readonly writeDeadlineMs: number;
  /** Bytes that may wait in the socket before who writes has to wait. */
  readonly waitingBytes: number;
  readonly onSlow: () => void;
}

/** Close status "try again later" (registered for RFC 6455). */
const tryAgainLater = 1013;
const goodbyeMs = 1000;

export function outboxFor(socket: WebSocket, { writeDeadlineMs, waitingBytes, onSlow }: Options): Outbox {
  return {
    send: (message) =>
      new Promise((resolve, reject) => {
        if (socket.readyState !== socket.OPEN) return reject(gone());
        const timer = setTimeout(() => {
          onSlow();
          socket.close(tryAgainLater, 'too slow');
          // While its buffers are full the goodbye can't arrive: a moment for it, then the connection is cut.
          setTimeout(() => socket.terminate(), goodbyeMs).unref();
          reject(gone());
        }, writeDeadlineMs);
        const done = (error?: Error | null) => {
          clearTimeout(timer);
          if (error) reject(gone());
          else resolve();
        };
        socket.send(message, { binary: false }, (error) => done(error));
        if (socket.bufferedAmount <= waitingBytes) done();
      }),
  };
}

function gone(): SisockError {
  return new SisockError('cancelled', 'the live client went away');
}
