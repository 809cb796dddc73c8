/**
 * One WAMP client as the cases see it, whatever its language.
 *
 * Values are JSON with the marks of python/wire_values.py: `{$float: '1.0'}`, `{$float: 'nan'}`, `{$int: '...'}`,
 * `{$bytes: 'hex'}`. JavaScript has one kind of number: its peers report an integral float as an integer.
 */
export type Serializer = 'json' | 'msgpack' | 'cbor';
export type Language = 'js' | 'python';
export type Match = 'exact' | 'prefix' | 'wildcard';
export type Invoke = 'single' | 'first' | 'last' | 'roundrobin' | 'random';
export type CancelMode = 'skip' | 'kill' | 'killnowait';

export interface Payload {
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
}

export interface SeenEvent extends Payload {
  readonly topic: string;
  readonly publication: number;
  readonly publisher: number | null;
}

export interface SeenInvocation extends Payload {
  readonly procedure: string;
  readonly caller: number | null;
  /** The caller wants progressive results. */
  readonly progressive: boolean;
}

/** What a procedure does when it is called. */
export type Behaviour =
  | { readonly does: 'echo' }
  | { readonly does: 'give'; readonly args?: readonly unknown[]; readonly kwargs?: Readonly<Record<string, unknown>> }
  | {
      readonly does: 'fail';
      readonly uri: string;
      readonly args?: readonly unknown[];
      readonly kwargs?: Readonly<Record<string, unknown>>;
    }
  | { readonly does: 'crash' }
  | { readonly does: 'steps'; readonly steps: readonly unknown[] }
  | { readonly does: 'hang' }
  | { readonly does: 'firstWaitsForSecond' };

export interface PublishOptions {
  readonly acknowledge?: boolean;
  readonly exclude_me?: boolean;
  readonly exclude?: readonly number[];
  readonly exclude_authid?: readonly string[];
  readonly exclude_authrole?: readonly string[];
  readonly eligible?: readonly number[];
  readonly eligible_authid?: readonly string[];
  readonly eligible_authrole?: readonly string[];
}

export interface CallOptions {
  readonly progress?: boolean;
  readonly timeoutMs?: number;
}

export interface Subscribed {
  readonly id: number;
  readonly seen: readonly SeenEvent[];
  unsubscribe(): Promise<void>;
}

export interface Registered {
  readonly id: number;
  readonly invocations: readonly SeenInvocation[];
  /** How many invocations the router interrupted. */
  readonly interrupted: number;
  /** A peer in another process tells of its invocations beside the router's answers: all of them are known after this. */
  unregister(): Promise<void>;
}

export interface Call {
  /** Rejects with a Refusal. */
  readonly result: Promise<Payload>;
  readonly progress: readonly Payload[];
  cancel(mode: CancelMode): Promise<void>;
}

export interface Welcome {
  readonly id: number;
  readonly realm: string;
  readonly authid: string;
  readonly authrole: string;
  readonly authmethod: string;
  /** Features that the router announced, by role. */
  readonly roles: Readonly<Record<string, readonly string[]>>;
}

export interface Peer {
  readonly language: Language;
  readonly welcome: Welcome;
  /** The reason of the router's GOODBYE, or 'lost' where the connection went without one. */
  readonly left: Promise<string>;
  subscribe(topic: string, match?: Match): Promise<Subscribed>;
  /** Gives the publication id where `acknowledge` is set. */
  publish(topic: string, payload?: Partial<Payload>, options?: PublishOptions): Promise<number | undefined>;
  register(procedure: string, behaviour: Behaviour, options?: { match?: Match; invoke?: Invoke }): Promise<Registered>;
  call(procedure: string, payload?: Partial<Payload>, options?: CallOptions): Call;
  /** Says GOODBYE; gives the reason of the answer. */
  leave(): Promise<string>;
  /** Cuts the connection. */
  drop(): Promise<void>;
}

export interface Joining {
  readonly url: string;
  readonly realm: string;
  readonly serializer: Serializer;
  readonly authid?: string;
  readonly secret?: string;
}

/** An ERROR or ABORT of the router or of the other peer. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly uri: string;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  constructor(uri: string, args: readonly unknown[] = [], kwargs: Readonly<Record<string, unknown>> = {}) {
    super(`${uri} ${JSON.stringify(args)}`);
    this.uri = uri;
    this.args = args;
    this.kwargs = kwargs;
  }
}
