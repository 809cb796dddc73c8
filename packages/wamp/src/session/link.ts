import { SisockError } from '@sisock/core';
import type { Logger } from '@sisock/runtime';
import { fromWampError } from '../errors.js';
import type { CallOptions, Kwargs, RegisterOptions, SessionDetails, SubscribeOptions } from '../session-types.js';
import { AutobahnSession, defer, type Handler, type Socket, WampError, WampResult } from './autobahn.js';
import { answerChallenge, type OnChallenge } from './challenge.js';
import { type Identity, notAuthorized, refusal, secretCure } from './refusal.js';
import type { OpenTransport, Transport } from './transport.js';

export interface LinkOptions extends Identity {
  readonly open: OpenTransport;
  readonly joinTimeoutMs: number;
  readonly callTimeoutMs: number;
  readonly closeTimeoutMs: number;
  readonly log: Logger;
  /** Told when the transport stands, before we join. */
  readonly onConnect?: (() => void) | undefined;
  /** Signs a challenge of the router instead of what WAMP_SECRET would. */
  readonly onChallenge?: OnChallenge | undefined;
}

const message = { error: 8, call: 48, cancel: 49, result: 50, invocation: 68, interrupt: 69, yield: 70 } as const;

interface RequestOptions extends CallOptions {
  /** Called when nobody waits for the answer any more. */
  readonly abandon?: () => void;
}

/** One joined WAMP session over one transport: from the join to the loss, never again after. */
export class Link {
  readonly details: SessionDetails;
  /** Resolves with the reason when the session is gone and its transport closed. */
  readonly lost: Promise<string>;

  readonly #session: AutobahnSession;
  readonly #transport: Transport;
  readonly #options: LinkOptions;
  readonly #socket: CallSocket;
  readonly #waiting = new Set<(error: SisockError) => void>();
  #ended: string | null = null;
  #resolveLost!: (reason: string) => void;

  constructor(
    details: SessionDetails,
    session: AutobahnSession,
    transport: Transport,
    socket: CallSocket,
    options: LinkOptions,
  ) {
    this.details = details;
    this.#session = session;
    this.#transport = transport;
    this.#socket = socket;
    this.#options = options;
    this.lost = new Promise((resolve) => (this.#resolveLost = resolve));
  }

  /** Told by the transport. */
  end(reason: string): void {
    this.fail(reason);
    this.#resolveLost(this.#ended ?? reason);
  }

  /** The session is of no use any more: who waits learns it now, before the transport has closed. */
  fail(reason: string): void {
    if (this.#ended !== null) return;
    this.#ended = reason;
    const error = this.#away();
    for (const reject of [...this.#waiting]) reject(error);
  }

  /** Says GOODBYE, waits for the answer (not for ever) and for the transport's end. */
  async leave(): Promise<void> {
    const force = setTimeout(() => this.#transport.destroy('closed'), this.#options.closeTimeoutMs);
    try {
      if (this.#ended === null && this.#session.isOpen) this.#session.leave('wamp.close.normal');
      else this.#transport.close();
      this.fail('closed');
      await this.lost;
    } finally {
      clearTimeout(force);
    }
  }

  async call(uri: string, args: readonly unknown[], kwargs: Kwargs, options: CallOptions): Promise<unknown> {
    let id = 0;
    const result = await this.#request(
      uri,
      () => {
        const answer = this.#session.call(uri, [...args], kwargs, {});
        id = this.#socket.lastCall;
        return answer;
      },
      {
        ...options,
        abandon: () => {
          delete this.#session._call_reqs[id];
          this.#transport.send([message.cancel, id, { mode: 'killnowait' }]);
        },
      },
    );
    return result instanceof WampResult ? (result.args[0] ?? null) : result;
  }

  async publish(topic: string, args: readonly unknown[], kwargs: Kwargs): Promise<void> {
    await this.#request(topic, () => this.#session.publish(topic, [...args], kwargs, { acknowledge: true }));
  }

  /** Resolves with how to undo it. */
  async register(uri: string, handler: Handler, options: RegisterOptions): Promise<() => Promise<unknown>> {
    const registration = await this.#request(uri, () => this.#session.register(uri, handler, { ...options }));
    return () => this.#request(uri, () => registration.unregister());
  }

  /** Resolves with how to undo it. */
  async subscribe(topic: string, handler: Handler, options: SubscribeOptions): Promise<() => Promise<unknown>> {
    const subscription = await this.#request(topic, () => this.#session.subscribe(topic, handler, { ...options }));
    return () => this.#request(topic, () => subscription.unsubscribe());
  }

  #away(): SisockError {
    return new SisockError('unavailable', `the router at ${this.#options.address} is away (${this.#ended})`);
  }

  /** Who is not known is not allowed much: say how to become known. */
  #withCure(error: SisockError): SisockError {
    const { authid, secret, onChallenge } = this.#options;
    if (error.code !== 'not_authorized' || secret !== undefined || onChallenge !== undefined) return error;
    return new SisockError('not_authorized', `${error.message}; we joined without a secret: ${secretCure(authid)}`);
  }

  /** One request with its deadline, its signal and the loss of the session, whichever comes first. */
  #request<T>(what: string, start: () => Promise<T>, options: RequestOptions = {}): Promise<T> {
    const { timeoutMs = this.#options.callTimeoutMs, signal, abandon } = options;
    return new Promise<T>((resolve, reject) => {
      if (this.#ended !== null) return reject(this.#away());
      if (signal?.aborted) return reject(new SisockError('cancelled', `${what}: cancelled`));
      let answer: Promise<T>;
      try {
        answer = start();
      } catch (thrown) {
        return reject(thrown instanceof Error ? thrown : new SisockError('internal', `${what}: ${String(thrown)}`));
      }
      const settle = () => {
        clearTimeout(deadline);
        this.#waiting.delete(fail);
        signal?.removeEventListener('abort', onAbort);
      };
      const fail = (error: SisockError) => {
        settle();
        reject(error);
      };
      const onAbort = () => {
        abandon?.();
        fail(new SisockError('cancelled', `${what}: cancelled`));
      };
      const deadline = setTimeout(() => {
        abandon?.();
        fail(new SisockError('timeout', `${what}: no answer within ${timeoutMs} ms`));
      }, timeoutMs);
      this.#waiting.add(fail);
      signal?.addEventListener('abort', onAbort);
      answer.then(
        (value) => {
          settle();
          resolve(value);
        },
        (thrown: unknown) => fail(this.#withCure(asError(thrown, what))),
      );
    });
  }
}

function asError(thrown: unknown, what: string): SisockError {
  if (thrown instanceof WampError) return fromWampError(thrown.error, thrown.args, what);
  return new SisockError('internal', `${what}: ${String(thrown)}`, { cause: thrown });
}

/** What autobahn's session writes to: keeps the id of the last CALL and answers for what can't be encoded. */
class CallSocket implements Socket {
  lastCall = 0;
  onmessage: (received: unknown[]) => void = () => undefined;
  readonly close: (code?: number, reason?: string) => void;
  readonly #transport: () => Transport;
  readonly #log: Logger;

  constructor(transport: () => Transport, close: (reason: string) => void, log: Logger) {
    this.#transport = transport;
    this.close = (_, reason) => close(reason ?? 'closed');
    this.#log = log;
  }

  send(sent: unknown[]): void {
    if (sent[0] === message.call) this.lastCall = sent[1] as number;
    try {
      this.#transport().send(sent);
    } catch (error) {
      if (sent[0] !== message.yield) throw error;
      this.#log.error({ err: error }, "answer of a procedure can't be encoded");
      const { error: uri, args } = unencodable;
      this.#transport().send([message.error, message.invocation, sent[1], {}, uri, args]);
    }
  }
}

const unencodable = { error: 'org.simonsobservatory.error.internal', args: ['internal error'] } as const;

/** True for what autobahn would close the session for, although it is in order: answers nobody waits for any more. */
function isLate(received: unknown[], session: AutobahnSession): boolean {
  const [type, a, b] = received;
  if (type === message.interrupt) return true;
  if (type === message.result) return !((a as number) in session._call_reqs);
  return type === message.error && a === message.call && !((b as number) in session._call_reqs);
}

/**
 * One attempt to join.
 * @throws SisockError `bad_setting` or `not_authorized` for what waiting does not mend, `unavailable` or `timeout`
 * otherwise, `cancelled` after the signal.
 */
export function joinRouter(options: LinkOptions, signal: AbortSignal): Promise<Link> {
  return new Promise((resolve, reject) => {
    let link: Link | null = null;
    let failure: SisockError | null = null;
    let serializer = '';
    const giveUp = (error: SisockError) => {
      failure ??= error;
      transport.destroy(error.message);
    };
    const onAbort = () => giveUp(new SisockError('cancelled', 'the session was closed'));
    const deadline = setTimeout(
      () =>
        giveUp(
          new SisockError(
            'timeout',
            `the router at ${options.address} did not let us join within ${options.joinTimeoutMs} ms`,
          ),
        ),
      options.joinTimeoutMs,
    );
    const socket = new CallSocket(
      () => transport,
      (reason) => {
        link?.fail(reason);
        transport.close();
      },
      options.log,
    );
    const session = new AutobahnSession(
      socket,
      defer,
      (_, method, extra) =>
        signature(options, method, extra ?? {}).catch((error: unknown) => {
          failure ??= notAuthorized((error as Error).message, options);
          throw error;
        }),
      (error) => options.log.debug({ err: error }, 'handler failed'),
      (error) => options.log.warn({ err: error }, 'protocol violation'),
    );
    session.onjoin = (details) => {
      clearTimeout(deadline);
      signal.removeEventListener('abort', onAbort);
      link = new Link(sessionDetails(session, details, serializer, options), session, transport, socket, options);
      resolve(link);
    };
    session.onleave = (reason, details) => {
      const { message: text } = (details ?? {}) as { message?: unknown };
      if (link === null) failure ??= refusal(reason, text, options);
      else link.fail(`the router closed the session: ${String(reason)}`);
      transport.close();
    };
    const transport = options.open({
      open: (name) => {
        serializer = name;
        options.onConnect?.();
        const anonymous = options.secret === undefined && options.onChallenge === undefined;
        session.join(options.realm, [anonymous ? 'anonymous' : 'wampcra'], options.authid);
      },
      message: (received) => {
        try {
          const isOver = link !== null && !session.isOpen;
          if (!isOver && !isLate(received, session)) socket.onmessage(received);
        } catch (error) {
          options.log.warn({ err: error, type: received[0] }, 'message of the router not understood');
          transport.destroy('message of the router not understood');
        }
      },
      close: (reason, fault) => {
        clearTimeout(deadline);
        signal.removeEventListener('abort', onAbort);
        if (link !== null) link.end(reason);
        else
          reject(
            fault ??
              failure ??
              new SisockError('unavailable', `can't reach the router at ${options.address}: ${reason}`),
          );
      },
    });
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
  });
}

async function signature(options: LinkOptions, method: string, extra: Readonly<Record<string, unknown>>) {
  return options.onChallenge?.({ method, extra }) ?? answerChallenge(options.secret, method, extra);
}

function sessionDetails(
  session: AutobahnSession,
  welcome: Record<string, unknown>,
  serializer: string,
  options: LinkOptions,
): SessionDetails {
  const text = (x: unknown) => (typeof x === 'string' ? x : null);
  return {
    sessionId: Number(session.id),
    realm: text(welcome['realm']) ?? options.realm,
    authid: text(welcome['authid']),
    authrole: text(welcome['authrole']),
    serializer,
  };
}
