import type { Metrics } from '@sisock/runtime';
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

const messageTypes = 72;

/** Counts kept as plain numbers, since every message counts; exported when somebody asks for the metrics. */
export class Stats {
  readonly received = new Float64Array(messageTypes);
  readonly sent = new Float64Array(messageTypes);
  readonly mishaps = new Map<Mishap, number>(mishaps.map((mishap) => [mishap, 0]));
  sessions = 0;

  count(mishap: Mishap, by = 1): void {
    this.mishaps.set(mishap, (this.mishaps.get(mishap) ?? 0) + by);
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
