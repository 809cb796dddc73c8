import type { Logger } from '@sisock/runtime';
import { parseMessage, ViolationError } from '../messages.js';
import type { Peer } from '../peer.js';
import type { Stats } from '../stats.js';
import { decodeMessage } from '../wire/codec.js';
import type { Format } from '../wire/format.js';
import { MalformedError } from '../wire/limits.js';

/**
 * Hands the bytes of one message to its peer; what is no message ends the peer. It never throws: a fault of the router's
 * own costs the session that met it, not the process.
 */
export function receiveBytes(peer: Peer, format: Format, bytes: Buffer, { maxBytes, stats, log }: Receiving): void {
  if (peer.over) return;
  try {
    const message = parseMessage(decodeMessage(format, bytes, maxBytes));
    stats.received[message.type] = (stats.received[message.type] ?? 0) + 1;
    peer.receive(message);
  } catch (error) {
    if (error instanceof MalformedError || error instanceof ViolationError) peer.violation(error.message);
    else {
      log?.error({ error }, 'session dropped: the router failed on its message');
      peer.violation('the router failed on this message');
    }
  }
}

interface Receiving {
  /** Of a message, also after a change of serializer. */
  readonly maxBytes: number;
  readonly stats: Stats;
  readonly log: Logger | undefined;
}
