import { WebSocket } from 'ws';
import { code } from '../../src/messages.js';
import { decodeMessage } from '../../src/wire/codec.js';
import { createWriter, type Format } from '../../src/wire/format.js';
import { visitValue } from '../../src/wire/value.js';
import { until } from './router.js';

/** A message's bytes, with whole numbers as integers. */
export function encodeValues(format: Format, message: unknown): Buffer {
  const writer = createWriter(format);
  writer.reset(Infinity);
  visitValue(message, writer);
  return writer.take();
}

/** A WebSocket peer that sends and sees bytes. */
export class RawPeer {
  readonly frames: Buffer[] = [];
  closed = false;
  readonly socket: WebSocket;
  readonly format: Format;

  private constructor(socket: WebSocket, format: Format) {
    this.socket = socket;
    this.format = format;
    socket.on('message', (data: Buffer) => this.frames.push(data));
    socket.on('error', () => undefined);
    socket.on('close', () => (this.closed = true));
  }

  static async connect(url: string, format: Format): Promise<RawPeer> {
    const peer = new RawPeer(new WebSocket(url, [`wamp.2.${format}`]), format);
    await until(() => peer.socket.readyState === WebSocket.OPEN || peer.closed, 'the connection');
    return peer;
  }

  static async join(url: string, format: Format): Promise<RawPeer> {
    const peer = await RawPeer.connect(url, format);
    peer.send([code.HELLO, 'test_realm', {}]);
    await peer.next();
    return peer;
  }

  send(message: unknown): void {
    this.sendBytes(encodeValues(this.format, message));
  }

  sendBytes(bytes: Buffer | string): void {
    this.socket.send(bytes, { binary: this.format !== 'json' });
  }

  async next(): Promise<Buffer> {
    await until(() => this.frames.length > 0, 'a message');
    return this.frames.shift() as Buffer;
  }

  /** The next message's header. */
  async header(): Promise<readonly unknown[]> {
    return decodeMessage(this.format, await this.next(), 1 << 20).header;
  }

  async ask(message: unknown): Promise<readonly unknown[]> {
    this.send(message);
    return this.header();
  }
}
