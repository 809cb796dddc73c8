import type { Metrics } from '@sisock/runtime';

export type Meters = ReturnType<typeof createMeters>;

/** The bridge's metrics. */
export function createMeters(metrics: Metrics) {
  return {
    requests: metrics.counter('sisock_http_requests_total', 'HTTP requests answered', ['route', 'status']),
    seconds: metrics.histogram(
      'sisock_http_request_seconds',
      'Time from a request to the end of its answer',
      ['route'],
      [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30],
    ),
    bad: metrics.counter('sisock_http_bad_requests_total', 'Requests and messages refused as wrong', ['route', 'code']),
    samples: metrics.counter('sisock_http_samples_read_total', 'Samples that stood behind answers'),
    points: metrics.counter('sisock_http_points_sent_total', 'Points sent to clients, live ones included'),
    nonFinite: metrics.counter('sisock_http_non_finite_total', 'NaN and infinities sent as null'),
    nodeFailures: metrics.counter('sisock_http_node_failures_total', 'Nodes that failed or gave no answer in time', [
      'node',
      'code',
    ]),
    partial: metrics.counter('sisock_http_partial_answers_total', 'Answers that lack the data of a node', ['route']),
    liveClients: metrics.gauge('sisock_http_live_clients', 'WebSocket clients connected'),
    liveSlow: metrics.counter('sisock_http_live_slow_total', 'WebSocket clients closed because they took nothing'),
    liveGapRows: metrics.counter('sisock_http_live_gap_rows_total', 'Rows live clients were told to have missed'),
    cutOff: metrics.counter('sisock_http_cut_off_total', 'Answers cut off because the client took nothing'),
    metrics,
  };
}
