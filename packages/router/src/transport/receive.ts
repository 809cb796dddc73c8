import { parseMessage, ViolationError } from '../messages.js';
import type { Peer } from '../peer.js';
import type { Stats } from '../stats.js';
import { decodeMessage } from '../wire/codec.js';
import type { Format } from '../wire/format.js';
import { MalformedError } from '../wire/limits.js';

/** Hands the bytes of one message to its peer; what is no message ends the peer. */
export function receiveBytes(peer: Peer, format: Format, bytes: Buffer, maxBytes: number, stats: Stats): void {
  if (peer.over) return;
  try {
    const message = parseMessage(decodeMessage(format, bytes, maxBytes));
    stats.received[message.type] = (stats.received[message.type] ?? 0) + 1;
    peer.receive(message);
  } catch (error) {
    if (error instanceof MalformedError || error instanceof ViolationError) peer.violation(error.message);
    else throw error;
  }
}
