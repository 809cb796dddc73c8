import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** The metrics of one process. Made once by the composition root and handed on; never global. */
export interface Metrics {
  /** Names as Prometheus wants them (`sisock_..._total` for a counter). The same name gives the same metric again. */
  counter<L extends string = never>(name: string, help: string, labels?: readonly L[]): Counter<L>;
  gauge<L extends string = never>(name: string, help: string, labels?: readonly L[], collect?: () => void): Gauge<L>;
  histogram<L extends string = never>(
    name: string,
    help: string,
    labels: readonly L[],
    buckets: readonly number[],
  ): Histogram<L>;
  /** All of them in Prometheus' text form. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** An empty set of metrics. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  return {
    counter: <L extends string>(name: string, help: string, labels: readonly L[] = []) =>
      (registry.getSingleMetric(name) as Counter<L> | undefined) ??
      new Counter<L>({ name, help, labelNames: labels, registers }),
    gauge: <L extends string>(name: string, help: string, labels: readonly L[] = [], collect?: () => void) =>
      (registry.getSingleMetric(name) as Gauge<L> | undefined) ??
      new Gauge<L>({ name, help, labelNames: labels, registers, ...(collect && { collect }) }),
    histogram: <L extends string>(name: string, help: string, labels: readonly L[], buckets: readonly number[]) =>
      (registry.getSingleMetric(name) as Histogram<L> | undefined) ??
      new Histogram<L>({ name, help, labelNames: labels, buckets: [...buckets], registers }),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
