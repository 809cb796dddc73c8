import { setMaxListeners } from 'node:events';
import type { WebSocket } from 'ws';
import { SisockError, toSisockError } from '@sisock/core';
import type { BridgeContext } from '../context.js';
import type { SiteView } from '../site/view.js';
import { errorMessage } from './encode.js';
import { parseSubscribe } from './messages.js';
import { outboxFor } from './outbox.js';
import { Subscription } from './subscription.js';

const policyViolation = 1008;

/** Serves one WebSocket client until it goes away. */
export function serveLive(socket: WebSocket, view: SiteView, context: BridgeContext): void {
  const { limits, meters, log } = context;
  const gone = new AbortController();
  const { signal } = gone;
  // As many listen as the client follows timelines: no leak.
  setMaxListeners(0, signal);
  const outbox = outboxFor(socket, {
    writeDeadlineMs: limits.liveWriteDeadlineMs,
    waitingBytes: limits.liveWaitingBytes,
    onSlow: () => {
      meters.liveSlow.inc();
      log.warn('a live client takes nothing: closed');
    },
  });
  const subscription = new Subscription({ outbox, view, context, signal });

  const failed = async (thrown: unknown) => {
    const error = toSisockError(thrown);
    if (error.code === 'cancelled') return;
    meters.bad.inc({ route: 'live', code: error.code });
    if (error.code === 'internal') log.error({ err: thrown }, 'a live message failed');
    await outbox.send(errorMessage(error)).catch(() => undefined);
  };
  const obey = async (data: unknown, isBinary: boolean) => {
    if (signal.aborted) return;
    if (isBinary) throw new SisockError('bad_request', 'messages are JSON texts, not binary');
    await subscription.replace(parseSubscribe(String(data)));
  };

  let waiting = 0;
  let retry: NodeJS.Timeout | undefined;
  let work = Promise.resolve();
  const inTurn = (run: () => Promise<void>) => {
    clearTimeout(retry);
    work = work
      .then(run)
      .catch(failed)
      .then(() => {
        // A node that is away, or a field that does not exist yet, may come.
        clearTimeout(retry);
        if (!signal.aborted && subscription.isLacking) {
          retry = setTimeout(() => void inTurn(() => subscription.lookAgain()), limits.liveRetryMs);
        }
      });
    return work;
  };
  socket.on('message', (data, isBinary) => {
    if (++waiting > limits.liveMessages) {
      meters.bad.inc({ route: 'live', code: 'too_large' });
      socket.close(policyViolation, 'too many messages');
      // Else its own goodbye would never be read.
      socket.resume();
      return;
    }
    socket.pause();
    void inTurn(() => obey(data, isBinary)).then(() => {
      if (--waiting === 0) socket.resume();
    });
  });
  socket.on('error', (error) => {
    // A frame that is too long or broken: ws closes the connection with the fitting status itself.
    meters.bad.inc({ route: 'live', code: 'bad_request' });
    log.debug({ err: error }, 'a live client sent a bad frame');
  });
  meters.liveClients.inc();
  socket.once('close', () => {
    meters.liveClients.dec();
    clearTimeout(retry);
    gone.abort();
    subscription.stop();
  });
}
