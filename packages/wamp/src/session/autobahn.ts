/* The part of autobahn 22.11 that is used here, typed: its Session only. Its Connection retries by its own lights, calls
 * `onclose` twice and loses the reason; its transports take the global WebSocket of newer Nodes, which has no private CA. */
import autobahn from 'autobahn';

export interface Deferred {
  readonly promise: Promise<unknown>;
  resolve(value: unknown): void;
  reject(reason: unknown): void;
  notify(value: unknown): void;
}

/** What a Session writes to and is fed by: whole messages. */
export interface Socket {
  send(message: unknown[]): void;
  close(code?: number, reason?: string): void;
  onmessage: (message: unknown[]) => void;
}

export interface HandlerDetails {
  readonly procedure?: string;
  readonly topic?: string;
  readonly caller?: number;
  readonly publisher?: number;
}

export type Handler = (args: unknown[], kwargs: Record<string, unknown>, details: HandlerDetails) => unknown;
export type Options = Readonly<Record<string, unknown>>;
export type OnChallenge = (session: unknown, method: string, extra: Readonly<Record<string, unknown>>) => unknown;
export type OnError = (error: unknown, what?: string) => void;

export interface AutobahnSession {
  readonly id: number | null;
  readonly isOpen: boolean;
  onjoin: (details: Record<string, unknown>) => void;
  onleave: (reason: unknown, details: unknown) => void;
  join(realm: string, authmethods: string[], authid?: string): void;
  leave(reason: string): void;
  call(uri: string, args: unknown[], kwargs: object, options: Options): Promise<unknown>;
  publish(topic: string, args: unknown[], kwargs: object, options: Options): Promise<unknown>;
  subscribe(topic: string, handler: Handler, options: Options): Promise<{ unsubscribe(): Promise<unknown> }>;
  register(uri: string, handler: Handler, options: Options): Promise<{ unregister(): Promise<unknown> }>;
  /** Calls without an answer yet, by request id. */
  readonly _call_reqs: Record<number, unknown>;
}

export interface WampErrorLike {
  readonly error: unknown;
  readonly args: unknown[];
}

interface Autobahn {
  readonly Session: new (
    socket: Socket,
    defer: () => Deferred,
    onChallenge: OnChallenge,
    onUserError: OnError,
    onInternalError: OnError,
  ) => AutobahnSession;
  readonly Error: new (error: string, args: unknown[]) => WampErrorLike;
  readonly Result: new (args: unknown[], kwargs: object) => { readonly args: unknown[] };
  readonly msgpack: (options: { forceFloat64: boolean }) => {
    encode(value: unknown): { slice(): Buffer };
    decode(bytes: Buffer): unknown;
  };
}

export const { Session: AutobahnSession, Error: WampError, Result: WampResult, msgpack } = autobahn as Autobahn;

/** Plain promises instead of `when`'s, which prints rejections that nobody took. */
export function defer(): Deferred {
  let resolve!: (value: unknown) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<unknown>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  promise.catch(() => undefined);
  return { promise, resolve, reject, notify: () => undefined };
}
