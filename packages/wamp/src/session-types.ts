import type { Service } from '@sisock/runtime';

export type Kwargs = Readonly<Record<string, unknown>>;

/** What a procedure or a subscription is told beside its arguments. */
export interface MessageDetails {
  /** The concrete URI, where the match was by prefix or wildcard. */
  readonly uri?: string;
  /** Session id of the caller or publisher, where it discloses itself. */
  readonly caller?: number;
  readonly publisher?: number;
}

export type Procedure = (args: readonly unknown[], kwargs: Kwargs, details: MessageDetails) => unknown;
export type Listener = (args: readonly unknown[], kwargs: Kwargs, details: MessageDetails) => void;

export interface RegisterOptions {
  readonly match?: 'exact' | 'prefix' | 'wildcard';
  readonly invoke?: 'single' | 'first' | 'last' | 'roundrobin' | 'random';
}

export interface SubscribeOptions {
  readonly match?: 'exact' | 'prefix' | 'wildcard';
}

export interface CallOptions {
  /** Longest wait for the answer. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** What a router said at joining. `serializer`: `cbor`, `msgpack` or `json`. */
export interface SessionDetails {
  readonly sessionId: number;
  readonly realm: string;
  readonly authid: string | null;
  readonly authrole: string | null;
  readonly serializer: string;
}

/**
 * A WAMP session that lives through losses: what was registered and subscribed is registered and subscribed again after
 * each join. Calls while away fail at once with `unavailable`.
 */
export interface WampSession extends Service {
  /** The present session, null while away. */
  readonly details: SessionDetails | null;
  /** Resolves at the first join. @throws SisockError what can't heal: wrong secret, no such realm. */
  readonly ready: Promise<SessionDetails>;
  /**
   * Rejects with `not_authorized` when, at a later join, the router does not allow any more what was registered or
   * subscribed; the session is closed then. Never resolves.
   */
  readonly failed?: Promise<never>;
  /**
   * Resolves when it is registered now (or, while away, will be at the next join).
   * @throws SisockError `name_taken` when the router refuses since another holds it, `not_authorized`.
   */
  register(uri: string, procedure: Procedure, options?: RegisterOptions): Promise<Service>;
  subscribe(topic: string, listener: Listener, options?: SubscribeOptions): Promise<Service>;
  /** The single result. @throws SisockError with the code our error table gives the WAMP error URI. */
  call(uri: string, args?: readonly unknown[], kwargs?: Kwargs, options?: CallOptions): Promise<unknown>;
  /** Acknowledged publication. */
  publish(topic: string, args?: readonly unknown[], kwargs?: Kwargs): Promise<void>;
  /** Called after each join, once registrations and subscriptions are restored. Returns how to stop listening. */
  onJoin(listener: (details: SessionDetails) => void): () => void;
  onLeave(listener: (reason: string) => void): () => void;
}
