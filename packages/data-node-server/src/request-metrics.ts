import { toSisockError } from '@sisock/core';
import type { Metrics } from '@sisock/runtime';
import type { NodeProcedure } from '@sisock/wamp';

/** What one node counts of its requests. */
export interface RequestMetrics {
  /** Times one request and counts how it ended. */
  observe<T>(procedure: NodeProcedure, work: () => Promise<T>): Promise<T>;
  points(count: number): void;
  /** Something in the node's own answers was wrong, and left out. */
  contained(): void;
  /** For `health`. */
  counters(): Readonly<Record<string, number>>;
}

const secondsBuckets = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30];

/** The counters of `node` in the process's metrics. */
export function requestMetrics(metrics: Metrics, node: string): RequestMetrics {
  const requests = metrics.counter('sisock_node_requests_total', 'Requests to data nodes, by how they ended', [
    'node',
    'procedure',
    'outcome',
  ]);
  const served = metrics.counter('sisock_node_points_total', 'Values served by data nodes', ['node']);
  const wrong = metrics.counter('sisock_node_contained_total', 'Wrong things in answers of data nodes, left out', [
    'node',
  ]);
  const seconds = metrics.histogram(
    'sisock_node_request_seconds',
    'Time of requests to data nodes',
    ['node', 'procedure'],
    secondsBuckets,
  );
  const counters = { requests: 0, failed: 0, points: 0, contained: 0 };
  return {
    async observe(procedure, work) {
      const stop = seconds.startTimer({ node, procedure });
      let outcome = 'ok';
      try {
        return await work();
      } catch (thrown) {
        outcome = toSisockError(thrown).code;
        counters.failed++;
        throw thrown;
      } finally {
        stop();
        counters.requests++;
        requests.inc({ node, procedure, outcome });
      }
    },
    points(count) {
      counters.points += count;
      served.inc({ node }, count);
    },
    contained() {
      counters.contained++;
      wrong.inc({ node });
    },
    counters: () => ({ ...counters }),
  };
}
