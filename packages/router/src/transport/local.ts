import type { Logger } from '@sisock/runtime';
import type { Limits } from '../options.js';
import { type Gate, Peer } from '../peer.js';
import type { Link } from '../session.js';
import type { OutMessage } from '../wire/codec.js';
import type { Format } from '../wire/format.js';
import { encodeFor } from './encode.js';
import { receiveBytes } from './receive.js';

/** The client's end of a pipe into the router. */
export interface LocalPeer {
  readonly serializer: Format;
  /** One message, in `serializer`. */
  send(message: Uint8Array | string): void;
  /** Set before the first message is sent. Never called from within `send`. */
  onMessage: (message: Buffer) => void;
  /** Called once, when either end closed. */
  onClose: () => void;
  close(): void;
}

/** Messages handed over before sockets get their turn again. */
const turnMessages = 256;

interface LocalOptions {
  readonly gate: Gate;
  readonly serializer: Format;
  readonly limits: Limits;
  readonly log: Logger | undefined;
  readonly label: string;
}

/** A peer without a socket: the bytes a socket would carry, handed over at the next turn of the event loop. */
export class LocalLink implements Link {
  readonly client: LocalPeer;
  readonly peer: string;
  readonly session: Peer;
  private readonly options: LocalOptions;
  private readonly queue: Buffer[] = [];
  private queuedBytes = 0;
  private scheduled = false;
  private ended = false;
  private closed = false;
  /** Resolves when the client was told that the pipe is closed. */
  readonly whenClosed: Promise<void>;
  private tellClosed: () => void = () => undefined;

  constructor(options: LocalOptions) {
    const { gate, serializer, limits, log, label } = options;
    const receiving = { maxBytes: limits.maxMessageBytes, stats: gate.stats, log };
    this.options = options;
    this.whenClosed = new Promise((resolve) => (this.tellClosed = resolve));
    this.peer = `local:${label}`;
    this.session = new Peer(gate, this);
    this.client = {
      serializer,
      onMessage: () => undefined,
      onClose: () => undefined,
      send: (message) => {
        const bytes = typeof message === 'string' ? Buffer.from(message) : asBuffer(message);
        if (bytes.length <= limits.maxMessageBytes) {
          receiveBytes(this.session, serializer, bytes, receiving);
        } else this.session.violation(`a message of more than ${limits.maxMessageBytes} bytes`);
      },
      close: () => this.session.finish(),
    };
  }

  send(message: OutMessage): boolean {
    if (this.ended) return true;
    const { gate, serializer, limits, log } = this.options;
    const bytes = encodeFor(message, serializer, gate.stats);
    if (bytes === undefined) return false;
    if (this.queuedBytes + bytes.length > limits.maxQueueBytes) {
      gate.stats.count('slow_reader');
      log?.warn({ peer: this.peer, queuedBytes: this.queuedBytes }, 'session dropped: it reads too slowly');
      this.drop();
      return true;
    }
    this.queue.push(bytes);
    this.queuedBytes += bytes.length;
    this.schedule();
    return true;
  }

  end(): void {
    this.ended = true;
    this.schedule();
  }

  /** Ends without what is queued; the session leaves at the next turn, not in the middle of somebody's publication. */
  private drop(): void {
    this.queue.length = 0;
    this.queuedBytes = 0;
    this.end();
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => this.flush());
  }

  /** A client that throws loses its session, nobody else's. */
  private hand(bytes: Buffer): void {
    try {
      this.client.onMessage(bytes);
    } catch (error) {
      this.options.log?.error({ peer: this.peer, error }, 'session dropped: its handler failed');
      this.drop();
    }
  }

  private flush(): void {
    this.scheduled = false;
    for (const bytes of this.queue.splice(0, turnMessages)) {
      this.queuedBytes -= bytes.length;
      this.hand(bytes);
    }
    if (this.queue.length > 0) this.schedule();
    else if (this.ended && !this.closed) {
      this.closed = true;
      this.session.finish();
      this.client.onClose();
      this.tellClosed();
    }
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
