import type { Complaints, Metrics } from '@sisock/runtime';
import { messageName } from './messages.js';

/** Names of the router's events that are counted, all of them things that went wrong. */
export type Mishap =
  | 'slow_reader'
  | 'handshake_timeout'
  | 'ping_timeout'
  | 'protocol_violation'
  | 'auth_failed'
  | 'denied'
  | 'non_finite'
  | 'unrepresentable'
  | 'stray_answer'
  | 'bad_http_request'
  | 'refused_connection'
  | 'tls_failed';

export const mishaps: readonly Mishap[] = [
  'slow_reader',
  'handshake_timeout',
  'ping_timeout',
  'protocol_violation',
  'auth_failed',
  'denied',
  'non_finite',
  'unrepresentable',
  'stray_answer',
  'bad_http_request',
  'refused_connection',
  'tls_failed',
];

/** How a log tells what a peer did wrong. */
const wrongdoings = {
  protocol_violation: 'session dropped: the peer broke the protocol',
  auth_failed: 'a peer could not prove who it is',
  denied: 'refused: the role of the peer may not do this',
  bad_http_request: 'HTTP request refused',
  refused_connection: 'connection refused',
  tls_failed: 'a connection that spoke not what the port speaks',
} as const satisfies Partial<Record<Mishap, string>>;

const messageTypes = 72;

/** Counts kept as plain numbers, since every message counts; exported when somebody asks for the metrics. */
export class Stats {
  readonly received = new Float64Array(messageTypes);
  readonly sent = new Float64Array(messageTypes);
  readonly mishaps = new Map<Mishap, number>(mishaps.map((mishap) => [mishap, 0]));
  sessions = 0;
  private readonly complaints: Complaints | undefined;

  constructor(complaints?: Complaints) {
    this.complaints = complaints;
  }

  count(mishap: Mishap, by = 1): void {
    this.mishaps.set(mishap, (this.mishaps.get(mishap) ?? 0) + by);
  }

  /** Counts what a peer did wrong, and logs it: one line a minute for each kind and host. */
  note(mishap: keyof typeof wrongdoings, peer: string, details: object): void {
    this.count(mishap);
    const host = peer.replace(/:\d+$/, '');
    this.complaints?.complain('warn', `${mishap} ${host}`, { peer, ...details }, wrongdoings[mishap]);
  }

  /** Shows the counts in a process' metrics. */
  expose(metrics: Metrics): void {
    // Metrics are collected in the order they were made: the gauge's collection brings the counters behind it up to date.
    const gauge = metrics.gauge('sisock_router_sessions', 'Open WAMP sessions', [], () => update());
    const messages = metrics.counter('sisock_router_messages_total', 'WAMP messages by type', ['direction', 'type']);
    const wrong = metrics.counter('sisock_router_mishaps_total', 'What peers did wrong or could not take', ['kind']);
    const seen = { received: new Float64Array(messageTypes), sent: new Float64Array(messageTypes) };
    const seenMishaps = new Map<Mishap, number>();
    const update = (): void => {
      gauge.set(this.sessions);
      for (const direction of ['received', 'sent'] as const) {
        this[direction].forEach((count, type) => {
          const more = count - (seen[direction][type] ?? 0);
          if (more > 0) messages.inc({ direction, type: messageName(type) }, more);
          seen[direction][type] = count;
        });
      }
      for (const [kind, count] of this.mishaps) {
        wrong.inc({ kind }, count - (seenMishaps.get(kind) ?? 0));
        seenMishaps.set(kind, count);
      }
    };
  }
}
