import { SisockError } from '@sisock/core';
import { Counter, Gauge, Histogram, type Metric, Registry } from 'prom-client';

/** The metrics of one process. Made once by the composition root and handed on; never global. */
export interface Metrics {
  /** Names as Prometheus wants them (`sisock_..._total` for a counter). The same name gives the same metric again; all who give a `collect` are asked. */
  counter<L extends string = never>(
    name: string,
    help: string,
    labels?: readonly L[],
    collect?: () => void,
  ): Counter<L>;
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
  const collectors = new Map<string, (() => void)[]>();

  /** The metric of that name if there is one. @throws SisockError `internal` when it is of another kind. */
  const known = <M extends Metric>(name: string, kind: new (...args: never[]) => M): M | undefined => {
    const metric: unknown = registry.getSingleMetric(name);
    if (metric === undefined || metric instanceof kind) return metric;
    throw new SisockError('internal', `metric ${name} is no ${kind.name.toLowerCase()}`);
  };

  /** What asks everybody who gave a `collect` for that metric, from now on this one too. */
  const collectorOf = (name: string, collect: (() => void) | undefined) => {
    const asked = collectors.get(name) ?? [];
    collectors.set(name, asked);
    if (collect !== undefined) asked.push(collect);
    return () => asked.forEach((one) => one());
  };

  return {
    counter: <L extends string>(name: string, help: string, labels: readonly L[] = [], collect?: () => void) => {
      const options = { name, help, labelNames: labels, registers, collect: collectorOf(name, collect) };
      return known<Counter<L>>(name, Counter) ?? new Counter<L>(options);
    },
    gauge: <L extends string>(name: string, help: string, labels: readonly L[] = [], collect?: () => void) => {
      const options = { name, help, labelNames: labels, registers, collect: collectorOf(name, collect) };
      return known<Gauge<L>>(name, Gauge) ?? new Gauge<L>(options);
    },
    histogram: <L extends string>(name: string, help: string, labels: readonly L[], buckets: readonly number[]) =>
      known<Histogram<L>>(name, Histogram) ??
      new Histogram<L>({ name, help, labelNames: labels, buckets: [...buckets], registers }),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
