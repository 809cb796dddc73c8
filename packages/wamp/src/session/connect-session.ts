import { SisockError, toSisockError } from '@sisock/core';
import { type Logger, type Service, silentLogger } from '@sisock/runtime';
import { toWampError } from '../errors.js';
import type {
  CallOptions,
  Kwargs,
  Listener,
  Procedure,
  RegisterOptions,
  SessionDetails,
  SubscribeOptions,
  WampSession,
} from '../session-types.js';
import { checkUri } from '../uri.js';
import { type Handler, WampError } from './autobahn.js';
import { type Backoff, createBackoff, pause } from './backoff.js';
import { joinRouter, type Link, type LinkOptions } from './link.js';
import { type LocalPipe, localTransport } from './local.js';
import type { OnChallenge } from './challenge.js';
import { cannotHeal } from './refusal.js';
import { type SerializerName, serializerNames } from './serializers.js';
import { WantedList } from './wanted.js';
import { webSocketTransport } from './websocket.js';

/** Times are milliseconds. */
export interface SessionSettings {
  readonly realm?: string;
  readonly authid?: string | undefined;
  /** With it we join by WAMP-CRA, without it anonymously. */
  readonly secret?: string | undefined;
  /** Offered in this order. */
  readonly serializers?: readonly SerializerName[];
  /**
   * PEM file that the certificate of a wss router must match, read anew for each attempt; without it the system's
   * authorities count. Certificates and their names are always verified.
   */
  readonly caFile?: string | undefined;
  readonly log?: Logger;
  readonly firstDelayMs?: number;
  readonly maxDelayMs?: number;
  /** A session that lasted this long starts the delays from the first again. */
  readonly stableMs?: number;
  readonly joinTimeoutMs?: number;
  readonly callTimeoutMs?: number;
  readonly closeTimeoutMs?: number;
  readonly pingMs?: number;
  readonly retryRestoreMs?: number;
  readonly maxMessageBytes?: number;
  readonly maxBufferedBytes?: number;
  readonly random?: () => number;
  /** Told when a transport stands, before each attempt to join. */
  readonly onConnect?: (() => void) | undefined;
  /** Signs a challenge of the router instead of what `secret` would. */
  readonly onChallenge?: OnChallenge | undefined;
}

/** `local` opens a pipe to a router in this process, anew for each attempt. */
export type SessionOptions = SessionSettings & ({ readonly url: string } | { readonly local: () => LocalPipe });

/**
 * A session that keeps itself up until it is closed: joins, restores what was registered and subscribed, and after a loss
 * joins again with growing, jittered delays. Read {@link WampSession} for what is promised.
 */
export function connectSession(options: SessionOptions): WampSession {
  return new LastingSession(options);
}

class LastingSession implements WampSession {
  details: SessionDetails | null = null;
  readonly ready: Promise<SessionDetails>;
  readonly failed: Promise<never>;
  readonly #log: Logger;
  readonly #linkOptions: LinkOptions;
  readonly #backoff: Backoff;
  readonly #stableMs: number;
  readonly #controller = new AbortController();
  readonly #wanted: WantedList;
  readonly #joinListeners = new Set<(details: SessionDetails) => void>();
  readonly #leaveListeners = new Set<(reason: string) => void>();
  readonly #running: Promise<void>;
  #link: Link | null = null;
  #everJoined = false;
  #lastProblem = '';
  #resolveReady!: (details: SessionDetails) => void;
  #rejectReady!: (error: SisockError) => void;
  #fail!: (error: SisockError) => void;

  constructor(options: SessionOptions) {
    const { firstDelayMs = 200, maxDelayMs = 5000, random, stableMs = 10_000 } = options;
    this.#log = options.log ?? silentLogger();
    this.#linkOptions = linkOptions(options, this.#log);
    this.#backoff = createBackoff(firstDelayMs, maxDelayMs, random);
    this.#stableMs = stableMs;
    this.#wanted = new WantedList(this.#log, options.retryRestoreMs ?? 2000, this.#controller.signal);
    this.ready = new Promise((resolve, reject) => {
      this.#resolveReady = resolve;
      this.#rejectReady = reject;
    });
    this.ready.catch(() => undefined);
    this.failed = new Promise((_, reject) => (this.#fail = reject));
    this.failed.catch(() => undefined);
    this.#running = this.#run();
  }

  async register(uri: string, procedure: Procedure, options: RegisterOptions = {}): Promise<Service> {
    checkUri(uri, (options.match ?? 'exact') !== 'exact');
    const handler = this.#procedureHandler(uri, procedure);
    return this.#keep(uri, (link) => link.register(uri, handler, options));
  }

  async subscribe(topic: string, listener: Listener, options: SubscribeOptions = {}): Promise<Service> {
    checkUri(topic, (options.match ?? 'exact') !== 'exact');
    const handler: Handler = (args, kwargs, details) =>
      this.#guard(`listener of ${topic}`, () =>
        listener(args, kwargs, {
          uri: details.topic ?? topic,
          ...(typeof details.publisher === 'number' ? { publisher: details.publisher } : {}),
        }),
      );
    return this.#keep(topic, (link) => link.subscribe(topic, handler, options));
  }

  async call(uri: string, args: readonly unknown[] = [], kwargs: Kwargs = {}, options: CallOptions = {}) {
    checkUri(uri, false);
    return this.#present().call(uri, args, kwargs, options);
  }

  async publish(topic: string, args: readonly unknown[] = [], kwargs: Kwargs = {}): Promise<void> {
    checkUri(topic, false);
    await this.#present().publish(topic, args, kwargs);
  }

  onJoin(listener: (details: SessionDetails) => void): () => void {
    this.#joinListeners.add(listener);
    return () => void this.#joinListeners.delete(listener);
  }

  onLeave(listener: (reason: string) => void): () => void {
    this.#leaveListeners.add(listener);
    return () => void this.#leaveListeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#controller.abort();
    await this.#link?.leave();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#controller;
    while (!signal.aborted) {
      try {
        await this.#live(await joinRouter(this.#linkOptions, signal));
      } catch (thrown) {
        const error = toSisockError(thrown);
        if (signal.aborted) break;
        if (!this.#everJoined && cannotHeal(error)) {
          this.#controller.abort();
          return this.#rejectReady(error);
        }
        this.#report(error.message);
      }
      await pause(this.#backoff.next(), signal);
    }
    this.#rejectReady(new SisockError('cancelled', 'the session was closed before it joined'));
  }

  /** From a join to the loss. */
  async #live(link: Link): Promise<void> {
    this.#link = link;
    const since = performance.now();
    await this.#wanted.restore(link).catch((error: SisockError) => this.#end(error));
    let reason = await Promise.race([link.lost, Promise.resolve(null)]);
    if (reason === null && !this.#controller.signal.aborted) {
      this.details = link.details;
      this.#everJoined = true;
      this.#lastProblem = '';
      const { sessionId, authrole, serializer } = link.details;
      this.#log.info({ router: this.#linkOptions.address, sessionId, authrole, serializer }, 'joined');
      this.#resolveReady(link.details);
      for (const listener of [...this.#joinListeners]) this.#guard('join listener', () => listener(link.details));
    }
    if (this.#controller.signal.aborted) void link.leave();
    reason ??= await link.lost;
    const wasJoined = this.details !== null;
    this.#link = null;
    this.details = null;
    if (performance.now() - since >= this.#stableMs) this.#backoff.reset();
    if (!this.#controller.signal.aborted) this.#report(`lost the router at ${this.#linkOptions.address}: ${reason}`);
    if (wasJoined)
      for (const listener of [...this.#leaveListeners]) this.#guard('leave listener', () => listener(reason));
  }

  /** What can't heal while we try again: told, and no more is tried. */
  #end(error: SisockError): void {
    if (this.#controller.signal.aborted) return;
    this.#log.error({ reason: error.message }, 'what was registered is not allowed any more: the session ends');
    this.#controller.abort();
    this.#rejectReady(error);
    this.#fail(error);
  }

  /** One line a change, not one an attempt. */
  #report(problem: string): void {
    this.#log[problem === this.#lastProblem ? 'debug' : 'warn']({ reason: problem }, 'no WAMP session: trying again');
    this.#lastProblem = problem;
  }

  #present(): Link {
    if (this.#link !== null) return this.#link;
    throw new SisockError('unavailable', `the router at ${this.#linkOptions.address} is away`);
  }

  async #keep(uri: string, apply: (link: Link) => Promise<() => Promise<unknown>>): Promise<Service> {
    const wanted = { uri, apply };
    await this.#wanted.add(wanted, this.#link);
    return { close: () => this.#wanted.remove(wanted, this.#link) };
  }

  #procedureHandler(uri: string, procedure: Procedure): Handler {
    return async (args, kwargs, details) => {
      try {
        const result = await procedure(args, kwargs, {
          uri: details.procedure ?? uri,
          ...(typeof details.caller === 'number' ? { caller: details.caller } : {}),
        });
        return result ?? null;
      } catch (thrown) {
        const { code } = toSisockError(thrown);
        if (code === 'internal') this.#log.error({ err: thrown, uri }, 'procedure failed');
        const { error, message } = toWampError(thrown);
        // eslint-disable-next-line @typescript-eslint/only-throw-error -- autobahn's own, not an Error
        throw new WampError(error, [message]);
      }
    };
  }

  /** Calls what others gave us; a listener that is an async function after all is looked after too. */
  #guard(what: string, run: () => unknown): void {
    const failed = (error: unknown) => this.#log.error({ err: error }, `${what} failed`);
    try {
      Promise.resolve(run()).catch(failed);
    } catch (error) {
      failed(error);
    }
  }
}

function linkOptions(options: SessionOptions, log: Logger): LinkOptions {
  const { joinTimeoutMs = 10_000, callTimeoutMs = 30_000, closeTimeoutMs = 1000 } = options;
  const common = { realm: options.realm ?? 'test_realm', authid: options.authid, secret: options.secret };
  const { onConnect, onChallenge } = options;
  const limits = { joinTimeoutMs, callTimeoutMs, closeTimeoutMs, log, onConnect, onChallenge };
  if ('local' in options) {
    return { ...common, ...limits, address: 'this process', open: localTransport(options.local) };
  }
  const open = webSocketTransport({
    url: checkUrl(options.url),
    serializers: options.serializers ?? serializerNames,
    ...(options.caFile === undefined ? {} : { caFile: options.caFile }),
    // Before the deadline of the join, so that what went wrong can be looked into.
    connectTimeoutMs: joinTimeoutMs * 0.7,
    closeTimeoutMs,
    pingMs: options.pingMs ?? 10_000,
    maxMessageBytes: options.maxMessageBytes ?? 64 << 20,
    maxBufferedBytes: options.maxBufferedBytes ?? 64 << 20,
  });
  return { ...common, ...limits, address: options.url, open };
}

function checkUrl(url: string): string {
  if (!/^wss?:\/\/[^/\s]+/.test(url) || !URL.canParse(url)) {
    throw new SisockError('bad_setting', `WAMP_URI ${JSON.stringify(url)} is not a ws:// or wss:// address`);
  }
  return url;
}
