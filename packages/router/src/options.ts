import type { Logger, Metrics } from '@sisock/runtime';
import type { RoleTable } from './permissions.js';

/** Every limit of the router; each has a default (`defaultLimits`). */
export interface Limits {
  /** Bytes of a message, in and out. */
  readonly maxMessageBytes: number;
  /** Bytes of an HTTP request's body. */
  readonly maxBodyBytes: number;
  /** Bytes that wait for a session to read them; more and the session is dropped. */
  readonly maxQueueBytes: number;
  /** Sessions and connections without one yet, a listener. */
  readonly maxConnections: number;
  readonly maxSubscriptions: number;
  readonly maxRegistrations: number;
  /** Calls of a session that wait for their answer. */
  readonly maxPendingCalls: number;
  /** Seconds from the connection to the WELCOME. */
  readonly handshakeSec: number;
  readonly pingIntervalSec: number;
  /** Seconds of silence (no message, no pong) after which a peer is taken for dead. */
  readonly pingTimeoutSec: number;
  /** Seconds an HTTP call waits for its result. */
  readonly httpCallSec: number;
  /** Seconds `close` waits for peers to say goodbye. */
  readonly closeSec: number;
}

export const defaultLimits: Limits = {
  maxMessageBytes: 16 * 2 ** 20,
  maxBodyBytes: 2 ** 20,
  maxQueueBytes: 32 * 2 ** 20,
  maxConnections: 1000,
  maxSubscriptions: 10_000,
  maxRegistrations: 10_000,
  maxPendingCalls: 10_000,
  handshakeSec: 10,
  pingIntervalSec: 10,
  pingTimeoutSec: 40,
  httpCallSec: 60,
  closeSec: 2,
};

/** Timers, replaceable by tests. `set` gives a function that stops the timer. */
export interface Timers {
  set(callback: () => void, sec: number): () => void;
}

export const systemTimers: Timers = {
  set(callback, sec) {
    const timer = setTimeout(callback, sec * 1000);
    return () => clearTimeout(timer);
  },
};

export interface RouterOptions {
  /** What each role may do: `permissionsFrom`. */
  readonly roles: RoleTable;
  /** Default `['test_realm']`. */
  readonly realms?: readonly string[];
  readonly limits?: Partial<Limits>;
  /** Default: nothing is logged. */
  readonly log?: Logger;
  readonly metrics?: Metrics;
  /** UNIX seconds; default the system's clock. */
  readonly now?: () => number;
  readonly timers?: Timers;
  /** Uniform in [0, 1), for the invocation policy `random`. */
  readonly random?: () => number;
}
