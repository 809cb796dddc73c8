import { checkMessage } from './serializers.js';
import type { OpenTransport } from './transport.js';

/** One end of a pipe to a router in this process: whole messages, no serialization in between. */
export interface LocalPipe {
  /** Called once, before anything is sent. */
  open(handlers: { readonly message: (message: unknown[]) => void; readonly close: (reason: string) => void }): void;
  send(message: unknown[]): void;
  close(): void;
}

/** WAMP over an in-process pipe; its "serializer" is called cbor, since it carries what CBOR does. */
export function localTransport(connect: () => LocalPipe): OpenTransport {
  return (events) => {
    let pipe: LocalPipe | null = null;
    let closed = false;
    const end = (reason: string) => {
      if (closed) return;
      closed = true;
      pipe?.close();
      queueMicrotask(() => events.close(reason));
    };
    queueMicrotask(() => {
      if (closed) return;
      try {
        pipe = connect();
        pipe.open({ message: (message) => closed || events.message(checkMessage(message)), close: end });
        events.open('cbor');
      } catch (error) {
        end((error as Error).message);
      }
    });
    return {
      send: (message) => {
        if (!closed) pipe?.send(message);
      },
      close: () => end('closed'),
      destroy: end,
    };
  };
}
