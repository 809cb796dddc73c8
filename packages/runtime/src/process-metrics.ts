import type { Metrics } from './metrics.js';

/** What this process takes of the machine, under the names that Prometheus' own clients use. */
export function processMetrics(metrics: Metrics): void {
  const resident = metrics.gauge('process_resident_memory_bytes', 'Memory that this process holds', [], () => {
    resident.set(process.memoryUsage.rss());
  });
  const heap = metrics.gauge('nodejs_heap_size_used_bytes', 'Memory in use by objects of JavaScript', [], () => {
    heap.set(process.memoryUsage().heapUsed);
  });
  const cpu = metrics.counter('process_cpu_seconds_total', 'Seconds of processor time since the start', [], () => {
    const { user, system } = process.cpuUsage();
    cpu.reset();
    cpu.inc((user + system) / 1e6);
  });
  const started = metrics.gauge('process_start_time_seconds', 'When this process was started, UNIX seconds');
  started.set(Date.now() / 1000 - process.uptime());
}
