import { describe, expect, it } from '@jest/globals';
import { createMetrics, processMetrics } from '@sisock/runtime';
import type { Counter, Gauge } from 'prom-client';

describe('metrics', () => {
  it('are one under one name, whoever asks', async () => {
    const metrics = createMetrics();
    metrics.counter('sisock_reads_total', 'Reads', ['node']).inc({ node: 'a' });
    metrics.counter('sisock_reads_total', 'Reads', ['node']).inc({ node: 'a' }, 2);
    metrics.histogram('sisock_wait_seconds', 'Waits', [], [1, 2]).observe(1.5);
    metrics.histogram('sisock_wait_seconds', 'Waits', [], [1, 2]).observe(1.5);
    const text = await metrics.text();
    expect(text).toContain('# HELP sisock_reads_total Reads');
    expect(text).toContain('sisock_reads_total{node="a"} 3');
    expect(text).toContain('sisock_wait_seconds_count 2');
    expect(metrics.contentType).toContain('text/plain');
  });

  it('ask everybody who collects for a gauge', async () => {
    const metrics = createMetrics();
    for (const part of ['a', 'b']) {
      const gauge: Gauge<'part'> = metrics.gauge('sisock_rows', 'Rows', ['part'], () =>
        gauge.set({ part }, part.charCodeAt(0)),
      );
    }
    const text = await metrics.text();
    expect(text).toContain('sisock_rows{part="a"} 97');
    expect(text).toContain('sisock_rows{part="b"} 98');
  });

  it('ask everybody who collects for a counter', async () => {
    const metrics = createMetrics();
    for (const part of ['a', 'b']) {
      const counter: Counter<'part'> = metrics.counter('sisock_seen_total', 'Seen', ['part'], () =>
        counter.inc({ part }, 2),
      );
    }
    await metrics.text();
    const text = await metrics.text();
    expect(text).toContain('sisock_seen_total{part="a"} 4');
    expect(text).toContain('sisock_seen_total{part="b"} 4');
  });

  it('refuse a name that is another kind of metric', () => {
    const metrics = createMetrics();
    metrics.counter('sisock_things', 'Things');
    expect(() => metrics.gauge('sisock_things', 'Things')).toThrow(expect.objectContaining({ code: 'internal' }));
    expect(() => metrics.histogram('sisock_things', 'Things', [], [1])).toThrow('sisock_things');
  });

  it('are not shared between sets', async () => {
    createMetrics().counter('sisock_reads_total', 'Reads').inc();
    expect(await createMetrics().text()).not.toContain('sisock_reads_total');
  });
});

describe('metrics of the process', () => {
  it('tell its memory, its processor time and when it began', async () => {
    const metrics = createMetrics();
    processMetrics(metrics);
    const value = (text: string, name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)![1]);
    const first = await metrics.text();
    expect(value(first, 'process_resident_memory_bytes')).toBeGreaterThan(1e6);
    expect(value(first, 'nodejs_heap_size_used_bytes')).toBeGreaterThan(1e6);
    const began = value(first, 'process_start_time_seconds');
    expect(Date.now() / 1000 - began).toBeGreaterThan(0);
    expect(Date.now() / 1000 - began).toBeLessThan(86_400);
    const cpu = value(first, 'process_cpu_seconds_total');
    const used = process.cpuUsage();
    expect(cpu).toBeGreaterThan(0);
    expect(cpu).toBeLessThanOrEqual((used.user + used.system) / 1e6);
    // Asked twice it does not count twice.
    const later = await metrics.text();
    const { user, system } = process.cpuUsage();
    expect(value(later, 'process_cpu_seconds_total')).toBeLessThanOrEqual((user + system) / 1e6);
  });
});
