import { createRequire } from 'node:module';
import { Refusal } from './peer.js';
import type { Behaviour, Joining, Payload, Peer, SeenEvent, SeenInvocation, Serializer } from './peer.js';
import { show, take } from './wire-values.js';

type Kwargs = Record<string, unknown>;

interface WampError {
  error: string;
  args: unknown[];
  kwargs: Kwargs;
}

interface Promised<T> {
  then(done: (value: T) => void, failed: (e: WampError) => void, progressed?: (value: unknown) => void): void;
}

interface InvocationDetails {
  procedure: string;
  caller?: number;
  progress: ((args: unknown[]) => void) | null;
}

interface EventDetails {
  topic: string;
  publication: number;
  publisher?: number;
}

interface Session {
  id: number;
  realm: string;
  subscribe(
    topic: string,
    on: (args: unknown[], kwargs: Kwargs, d: EventDetails) => void,
    o: object,
  ): Promised<{ id: number; unsubscribe(): Promised<unknown> }>;
  register(
    uri: string,
    on: (args: unknown[], kwargs: Kwargs, d: InvocationDetails) => unknown,
    o: object,
  ): Promised<{ id: number; unregister(): Promised<unknown> }>;
  publish(topic: string, args: unknown[], kwargs: Kwargs, o: object): Promised<{ id: number }> | undefined;
  call(uri: string, args: unknown[], kwargs: Kwargs, o: object): Promised<unknown>;
  leave(): void;
  _call_reqs: Record<string, unknown>;
  _send_wamp(message: unknown[]): void;
  _socket: { close(): void };
}

interface JoinDetails {
  realm: string;
  authid: string;
  authrole: string;
  authmethod: string;
  roles: Record<string, { features?: Record<string, boolean> }>;
}

interface Connection {
  onopen: (session: Session, details: JoinDetails) => void;
  onclose: (reason: string, details: { reason: string | null; message: string | null }) => boolean;
  open(): void;
}

interface Autobahn {
  Connection: new (options: object) => Connection;
  Result: new (args: unknown[], kwargs: Kwargs) => { args: unknown[]; kwargs: Kwargs };
  Error: new (error: string, args: unknown[], kwargs: Kwargs) => WampError;
  auth_cra: {
    sign(key: string, challenge: string): string;
    derive_key(s: string, salt: string, n: number, len: number): string;
  };
  serializer: Record<'JSONSerializer' | 'MsgpackSerializer' | 'CBORSerializer', new () => unknown>;
}

const require = createRequire(import.meta.url);
const autobahn = require('autobahn') as Autobahn;
// The library tells the console of every closed connection.
(require('autobahn/lib/log.js') as { warn: () => void }).warn = () => undefined;

const serializerClass = { json: 'JSONSerializer', msgpack: 'MsgpackSerializer', cbor: 'CBORSerializer' } as const;
const CANCEL = 49;

const settled = <T>(promised: Promised<T>, progressed?: (value: unknown) => void): Promise<T> =>
  new Promise((resolve, reject) =>
    promised.then(
      resolve,
      (e) => reject(new Refusal(e.error, show(e.args) as unknown[], show(e.kwargs) as Kwargs)),
      progressed,
    ),
  );

/** Joins with autobahn-js, on a connection of its own. */
export function joinJs(joining: Joining): Promise<Peer> {
  return new Promise((resolve, reject) => {
    const connection = new autobahn.Connection({
      url: joining.url,
      realm: joining.realm,
      serializers: [new autobahn.serializer[serializerClass[joining.serializer as Serializer]]()],
      authmethods: [joining.authid === undefined ? 'anonymous' : 'wampcra'],
      ...(joining.authid === undefined ? {} : { authid: joining.authid }),
      max_retries: 0,
      onchallenge: (
        _session: unknown,
        _method: string,
        extra: { challenge: string; salt?: string; iterations: number; keylen: number },
      ) =>
        autobahn.auth_cra.sign(
          extra.salt === undefined
            ? joining.secret!
            : autobahn.auth_cra.derive_key(joining.secret!, extra.salt, extra.iterations, extra.keylen),
          extra.challenge,
        ),
      on_user_error: () => undefined,
      on_internal_error: () => undefined,
    });
    let goes: (reason: string) => void;
    const left = new Promise<string>((r) => (goes = r));
    connection.onclose = (_why, details) => {
      const reason = details.reason ?? 'lost';
      goes(reason);
      // Without effect where the session had been joined.
      reject(new Refusal(reason === 'lost' ? 'transport.lost' : reason, [details.message ?? '']));
      return true;
    };
    connection.onopen = (session, details) => resolve(peerOf(session, details, left));
    connection.open();
  });
}

function peerOf(session: Session, details: JoinDetails, left: Promise<string>): Peer {
  return {
    language: 'js',
    left,
    welcome: {
      id: session.id,
      realm: details.realm,
      authid: details.authid,
      authrole: details.authrole,
      authmethod: details.authmethod,
      roles: Object.fromEntries(
        Object.entries(details.roles).map(([role, { features = {} }]) => [
          role,
          Object.keys(features)
            .filter((f) => features[f] === true)
            .sort(),
        ]),
      ),
    },
    async subscribe(topic, match) {
      const seen: SeenEvent[] = [];
      const subscription = await settled(
        session.subscribe(
          topic,
          (args, kwargs, d) =>
            seen.push({
              ...payload(args, kwargs),
              topic: d.topic,
              publication: d.publication,
              publisher: d.publisher ?? null,
            }),
          match ? { match } : {},
        ),
      );
      return { id: subscription.id, seen, unsubscribe: async () => void (await settled(subscription.unsubscribe())) };
    },
    async publish(topic, { args = [], kwargs = {} } = {}, options = {}) {
      const done = session.publish(topic, take(args) as unknown[], take(kwargs) as Kwargs, { ...options });
      return done && (await settled(done)).id;
    },
    async register(procedure, behaviour, options = {}) {
      const invocations: SeenInvocation[] = [];
      const registration = await settled(
        session.register(
          procedure,
          (args, kwargs, d) => {
            invocations.push({
              ...payload(args, kwargs),
              procedure: d.procedure,
              caller: d.caller ?? null,
              progressive: d.progress !== null,
            });
            return behave(behaviour, args, kwargs, d, invocations.length);
          },
          { ...options },
        ),
      );
      // autobahn-js does not announce that it can be interrupted.
      return {
        id: registration.id,
        invocations,
        interrupted: 0,
        unregister: async () => void (await settled(registration.unregister())),
      };
    },
    call(procedure, { args = [], kwargs = {} } = {}, { progress = false, timeoutMs } = {}) {
      const steps: Payload[] = [];
      const options = {
        ...(progress ? { receive_progress: true } : {}),
        ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
      };
      const call = session.call(procedure, take(args) as unknown[], take(kwargs) as Kwargs, options);
      const request = Math.max(...Object.keys(session._call_reqs).map(Number));
      const result = settled(call, (step) => steps.push(resultOf(step))).then(resultOf);
      result.catch(() => undefined);
      // The library's own cancel forgets the call at once; here the router's answer is the point.
      return { result, progress: steps, cancel: async (mode) => session._send_wamp([CANCEL, request, { mode }]) };
    },
    leave: async () => {
      session.leave();
      return left;
    },
    drop: async () => {
      session._socket.close();
      await left;
    },
  };
}

const payload = (args: unknown[], kwargs: Kwargs): Payload => ({
  args: show(args) as unknown[],
  kwargs: show(kwargs) as Kwargs,
});

/** autobahn-js gives null, the bare value or a Result, by the number of values: brought to one form. */
function resultOf(value: unknown): Payload {
  if (value instanceof autobahn.Result) return payload(value.args, value.kwargs);
  return payload(value === null || value === undefined ? [] : [value], {});
}

const gates = new WeakMap<Behaviour, { opened: Promise<void>; open(): void }>();

function behave(b: Behaviour, args: unknown[], kwargs: Kwargs, d: InvocationDetails, count: number): unknown {
  switch (b.does) {
    case 'echo':
      return new autobahn.Result(args, kwargs);
    case 'give':
      return new autobahn.Result(take(b.args ?? []) as unknown[], take(b.kwargs ?? {}) as Kwargs);
    case 'fail':
      throw new autobahn.Error(b.uri, take(b.args ?? []) as unknown[], take(b.kwargs ?? {}) as Kwargs);
    case 'crash':
      throw 'a plain exception';
    case 'steps':
      for (const step of b.steps) d.progress?.([take(step)]);
      return 'done';
    case 'hang':
      return new Promise(() => undefined);
    case 'firstWaitsForSecond':
      if (count > 1) {
        setTimeout(() => gate(b).open(), 50);
        return args[0];
      }
      return gate(b).opened.then(() => args[0]);
  }
}

function gate(b: Behaviour): { opened: Promise<void>; open(): void } {
  let found = gates.get(b);
  if (!found) {
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    gates.set(b, (found = { opened, open }));
  }
  return found;
}
