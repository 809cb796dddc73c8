import { askText } from '../data/ask.js';
import { type Metric, parseMetrics } from '../data/prometheus.js';
import type { MetricsNow } from '../panels/figures.js';

/** Figures of the server and how they change, while somebody looks. */
export interface MetricsWatch {
  now(): MetricsNow;
  /** Asks where the last answer is old. */
  look(): void;
}

const everyMs = 2500;

export function createMetricsWatch(onChange: () => void): MetricsWatch {
  let metrics: readonly Metric[] = [];
  let before: readonly Metric[] = [];
  let seconds = 0;
  let askedAt = -Infinity;
  let isAsking = false;

  return {
    now: () => ({ metrics, before, seconds }),
    look() {
      const at = performance.now();
      if (isAsking || at - askedAt < everyMs) return;
      isAsking = true;
      askText('/metrics')
        .then(
          (text) => {
            before = metrics;
            metrics = parseMetrics(text);
            seconds = before.length > 0 ? (at - askedAt) / 1000 : 0;
          },
          () => {
            [metrics, before] = [[], []];
          },
        )
        .finally(() => {
          askedAt = at;
          isAsking = false;
          onChange();
        });
    },
  };
}
