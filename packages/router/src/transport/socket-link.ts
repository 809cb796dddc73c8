import type { Duplex } from 'node:stream';
import type { Logger } from '@sisock/runtime';
import type { WebSocket } from 'ws';
import type { Limits, Timers } from '../options.js';
import { type Gate, Peer } from '../peer.js';
import type { Link } from '../session.js';
import type { OutMessage } from '../wire/codec.js';
import type { Format } from '../wire/format.js';
import { encodeFor } from './encode.js';
import { receiveBytes } from './receive.js';

interface SocketOptions {
  readonly gate: Gate;
  readonly serializer: Format;
  readonly limits: Limits;
  readonly timers: Timers;
  readonly log: Logger | undefined;
  readonly peer: string;
}

/** A peer on a WebSocket. What is sent within one turn of the event loop leaves in one write. */
export class SocketLink implements Link {
  readonly peer: string;
  readonly session: Peer;
  private readonly options: SocketOptions;
  private readonly webSocket: WebSocket;
  private readonly socket: Duplex;
  private readonly receiving: Parameters<typeof receiveBytes>[3];
  /** Of the handshake first, of the closing later. */
  private stopTimer: () => void;
  /** Ping intervals since something was heard: unlike times, they know no steps of the clock and no pause of this process. */
  private silentIntervals = 0;
  private corked = false;
  private ended = false;

  constructor(webSocket: WebSocket, socket: Duplex, options: SocketOptions) {
    this.webSocket = webSocket;
    this.socket = socket;
    this.options = options;
    this.peer = options.peer;
    this.session = new Peer(options.gate, this);
    const { limits, gate, log } = options;
    this.receiving = { maxBytes: limits.maxMessageBytes, stats: gate.stats, log };
    this.stopTimer = options.timers.set(() => this.checkHandshake(), limits.handshakeSec);
    webSocket.on('message', (data: Buffer) => this.receive(data));
    webSocket.on('pong', () => (this.silentIntervals = 0));
    webSocket.on('error', (error: Error & { code?: string }) => {
      // ws names what breaks its own rules, a message that is too long among it.
      if (error.code?.startsWith('WS_ERR_') === true) {
        gate.stats.note('protocol_violation', this.peer, { reason: error.message });
      } else log?.warn({ peer: this.peer, reason: error.message }, 'connection failed');
    });
    webSocket.on('close', () => {
      this.ended = true;
      this.stopTimer();
      this.session.finish();
    });
  }

  send(message: OutMessage): boolean {
    if (this.ended) return true;
    const { gate, serializer, limits, log } = this.options;
    const bytes = encodeFor(message, serializer, gate.stats);
    if (bytes === undefined) return false;
    const queuedBytes = this.webSocket.bufferedAmount;
    if (queuedBytes + bytes.length > limits.maxQueueBytes) {
      gate.stats.count('slow_reader');
      log?.warn({ peer: this.peer, queuedBytes }, 'session dropped: it reads too slowly');
      this.kill();
      return true;
    }
    this.cork();
    this.webSocket.send(bytes, { binary: serializer !== 'json' });
    return true;
  }

  end(): void {
    if (this.ended) return;
    this.ended = true;
    this.stopTimer();
    this.stopTimer = this.options.timers.set(() => this.webSocket.terminate(), this.options.limits.closeSec);
    this.webSocket.close(1000);
  }

  /** Closes at once, without what is queued. */
  kill(): void {
    this.ended = true;
    this.webSocket.terminate();
  }

  /** Called every ping interval: a peer that says nothing is asked, one that stays silent is dropped. */
  ping(): void {
    const { limits, gate, log } = this.options;
    const silentSec = this.silentIntervals++ * limits.pingIntervalSec;
    if (silentSec > limits.pingTimeoutSec) {
      gate.stats.count('ping_timeout');
      log?.warn({ peer: this.peer, silentSec }, 'session dropped: it answers no ping');
      this.kill();
    } else if (!this.ended) this.webSocket.ping();
  }

  private receive(data: Buffer): void {
    this.silentIntervals = 0;
    receiveBytes(this.session, this.options.serializer, data, this.receiving);
  }

  private checkHandshake(): void {
    if (this.session.session !== undefined) return;
    this.options.gate.stats.count('handshake_timeout');
    this.options.log?.warn({ peer: this.peer }, 'connection dropped: no session within the handshake timeout');
    this.kill();
  }

  private cork(): void {
    if (this.corked) return;
    this.corked = true;
    this.socket.cork();
    queueMicrotask(() => {
      this.corked = false;
      this.socket.uncork();
    });
  }
}
