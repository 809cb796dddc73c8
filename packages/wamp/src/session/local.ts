import { SisockError } from '@sisock/core';
import { checkMessage, serializerOf } from './serializers.js';
import type { OpenTransport } from './transport.js';

/** One end of a pipe to a router in this process; it carries what a socket would. */
export interface LocalPipe {
  readonly serializer: string;
  send(message: Uint8Array | string): void;
  /** Set before the first message is sent; never called from within `send`. */
  onMessage: (message: Buffer) => void;
  /** Called once, when either end closed. */
  onClose: () => void;
  close(): void;
}

/** WAMP over an in-process pipe. */
export function localTransport(connect: () => LocalPipe): OpenTransport {
  return (events) => {
    let pipe: LocalPipe | null = null;
    let send: (message: unknown[]) => void = () => undefined;
    let closed = false;
    let reason = '';
    const end = (why: string) => {
      if (closed) return;
      closed = true;
      pipe?.close();
      queueMicrotask(() => events.close(reason || why));
    };
    const open = () => {
      if (closed) return;
      pipe = connect();
      const serializer = serializerOf(`wamp.2.${pipe.serializer}`);
      if (serializer === null) throw new SisockError('bad_setting', `no serializer is called ${pipe.serializer}`);
      const { decode, encode, name } = serializer;
      pipe.onMessage = (data) => {
        if (closed) return;
        try {
          events.message(checkMessage(decode(data)));
        } catch (error) {
          end(`undecodable message from the router: ${(error as Error).message}`);
        }
      };
      pipe.onClose = () => end('the router closed the pipe');
      send = (message) => closed || pipe?.send(encode(message));
      events.open(name);
    };
    queueMicrotask(() => {
      try {
        open();
      } catch (error) {
        end((error as Error).message);
      }
    });
    return {
      send: (message) => send(message),
      close: () => end('closed'),
      destroy: (why) => {
        reason ||= why;
        end(why);
      },
    };
  };
}
