import { createRequire } from 'node:module';
import type { Format, LocalPeer } from '../../src/index.js';

interface Result<T> {
  then<U>(resolve: (value: T) => U, reject?: (error: unknown) => U, progress?: (value: unknown) => void): Promise<U>;
}

export interface Subscription {
  readonly id: number;
  unsubscribe(): Result<unknown>;
}

type Handler = (args: unknown[], kwargs: Record<string, unknown>, details: Record<string, unknown>) => unknown;
type Options = Record<string, unknown>;

export interface Session {
  readonly id: number;
  call(uri: string, args?: unknown[], kwargs?: object, options?: Options): Result<unknown>;
  publish(uri: string, args?: unknown[], kwargs?: object, options?: Options): Result<unknown>;
  subscribe(uri: string, handler: Handler, options?: Options): Result<Subscription>;
  register(uri: string, handler: Handler, options?: Options): Result<{ readonly id: number }>;
  unregister(registration: unknown): Result<unknown>;
  leave(reason?: string, message?: string): void;
}

interface Connection {
  onopen: (session: Session, details: Record<string, unknown>) => void;
  onclose: (reason: string, details: Record<string, unknown>) => boolean;
  open(): void;
  close(): void;
}

interface Autobahn {
  Connection: new (options: object) => Connection;
  Session: new (socket: object, defer: unknown, onchallenge?: unknown) => Session & Joining;
  Error: new (uri: string, args?: unknown[], kwargs?: object) => Error;
  Result: new (args?: unknown[], kwargs?: object) => object;
  auth_cra: {
    sign(secret: string, challenge: string): string;
    derive_key(s: string, salt: string, i: number, k: number): string;
  };
}

interface Joining {
  join(realm: string, methods?: string[], authid?: string): void;
  onjoin: () => void;
}

interface Serializer {
  serialize(message: unknown): Promise<Uint8Array | string> | Uint8Array | string;
  unserialize(bytes: unknown): unknown;
}

const require = createRequire(import.meta.url);
export const autobahn = require('autobahn') as Autobahn;
// It tells every closed connection on the console.
(require('autobahn/lib/log.js') as { warn: unknown }).warn = () => undefined;
const serializers = require('autobahn/lib/serializer.js') as Record<string, new () => Serializer>;
const names: Record<Format, string> = { cbor: 'CBORSerializer', msgpack: 'MsgpackSerializer', json: 'JSONSerializer' };

export function serializerOf(format: Format): Serializer {
  const serializer = serializers[names[format]];
  if (serializer === undefined) throw new Error(`autobahn has no serializer ${format}`);
  return new serializer();
}

export interface JoinOptions {
  readonly realm?: string;
  readonly serializer?: Format;
  /** Joins by WAMP-CRA. */
  readonly user?: { readonly authid: string; readonly secret: string };
}

export interface Client {
  readonly session: Session;
  readonly welcome: Record<string, unknown>;
  close(): Promise<string>;
  readonly closed: Promise<string>;
}

/** Joins with autobahn-js; rejects with the reason's URI if that fails. */
export function join(
  url: string,
  { realm = 'test_realm', serializer = 'cbor', user }: JoinOptions = {},
): Promise<Client> {
  const connection = new autobahn.Connection({
    url,
    realm,
    serializers: [serializerOf(serializer)],
    max_retries: 0,
    on_user_error: () => undefined,
    ...(user && {
      authid: user.authid,
      authmethods: ['wampcra'],
      onchallenge: (_session: unknown, _method: string, extra: Record<string, unknown>) => {
        const { challenge, salt, iterations, keylen } = extra as {
          challenge: string;
          salt?: string;
          iterations: number;
          keylen: number;
        };
        const key =
          salt === undefined ? user.secret : autobahn.auth_cra.derive_key(user.secret, salt, iterations, keylen);
        return autobahn.auth_cra.sign(key, challenge);
      },
    }),
  });
  return new Promise((resolve, reject) => {
    let tellClosed: (reason: string) => void = () => undefined;
    const closed = new Promise<string>((tell) => (tellClosed = tell));
    connection.onopen = (session, welcome) => {
      const close = (): Promise<string> => {
        connection.close();
        return closed;
      };
      resolve({ session, welcome, close, closed });
    };
    connection.onclose = (reason, details) => {
      const uri = String(details['reason'] ?? reason);
      tellClosed(uri);
      reject(new Error(uri));
      return true;
    };
    connection.open();
  });
}

/** autobahn's session over a pipe into the router. */
export function joinLocal(peer: LocalPeer): Promise<Session> {
  const defer = (): object => {
    let resolve: unknown;
    let reject: unknown;
    const promise = new Promise((a, b) => ((resolve = a), (reject = b)));
    return { promise, resolve, reject, notify: () => undefined };
  };
  const serializer = serializerOf(peer.serializer);
  const socket = {
    info: { type: 'local', url: null, protocol: `wamp.2.${peer.serializer}` },
    send: async (message: unknown) => peer.send(await serializer.serialize(message)),
    close: () => peer.close(),
    onmessage: (_message: unknown): void => undefined,
  };
  peer.onMessage = (bytes) => socket.onmessage(serializer.unserialize(bytes));
  const session = new autobahn.Session(socket, defer);
  return new Promise((resolve) => {
    session.onjoin = () => resolve(session);
    session.join('test_realm', ['anonymous']);
  });
}
