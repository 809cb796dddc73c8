import { describe, expect, it } from '@jest/globals';
import { until } from '@sisock/testkit';
import { errorOf, portions } from '../../page/data/ask.js';
import { parseMetrics, sumOf } from '../../page/data/prometheus.js';
import { createRequestQueue } from '../../page/data/request-queue.js';
import { eventsAbout } from '../../page/data/events.js';

describe('names in addresses', () => {
  it('are split where an address would become too long, none lost and in order', () => {
    const ids = Array.from({ length: 500 }, (_, i) => `feeds::observatory.agent_${i}.feeds.temperatures.Channel ${i}`);
    const parts = portions(ids);
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.flatMap((p) => p.getAll('field'))).toEqual(ids);
    for (const part of parts) expect(part.toString().length).toBeLessThan(8000);
    expect(portions([])).toEqual([]);
  });
});

describe('an error', () => {
  it('has the words of the server, or says that it is of something in between', () => {
    const body = JSON.stringify({ error: { code: 'unknown_node', message: 'no data node "x"' } });
    expect(errorOf(404, body)).toMatchObject({ code: 'unknown_node', message: 'no data node "x"' });
    expect(errorOf(502, '<html>Bad gateway</html>')).toMatchObject({ code: 'unreachable' });
    expect(errorOf(401, '')).toMatchObject({ code: 'not_authorized' });
    expect(errorOf(500, '{"error":"x"}').message).toContain('500');
  });
});

describe('requests', () => {
  it('run a few at a time, in order, and those given up never start', async () => {
    const queue = createRequestQueue(2);
    const started: number[] = [];
    const ends: (() => void)[] = [];
    const controllers = Array.from({ length: 4 }, () => new AbortController());
    const all = controllers.map((controller, i) =>
      queue.add(() => {
        started.push(i);
        return new Promise<number>((resolve) => ends.push(() => resolve(i)));
      }, controller.signal),
    );
    expect(started).toEqual([0, 1]);
    controllers[2]!.abort();
    await expect(all[2]).rejects.toMatchObject({ name: 'AbortError' });
    ends[0]!();
    expect(await all[0]).toBe(0);
    await until(() => started.length === 3);
    expect(started).toEqual([0, 1, 3]);
    const already = AbortSignal.abort();
    await expect(queue.add(() => Promise.resolve(9), already)).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('metrics', () => {
  it('are read as Prometheus writes them', () => {
    const metrics = parseMetrics(
      [
        '# HELP a A',
        'a 1',
        'b{x="1",y="a \\"quoted\\" {name}"} 2.5',
        'b{x="2"} NaN',
        'c{le="+Inf"} +Inf',
        'nonsense',
      ].join('\n'),
    );
    expect(metrics).toEqual([
      { name: 'a', labels: {}, value: 1 },
      { name: 'b', labels: { x: '1', y: 'a "quoted" {name}' }, value: 2.5 },
      { name: 'b', labels: { x: '2' }, value: NaN },
      { name: 'c', labels: { le: '+Inf' }, value: Infinity },
    ]);
    expect(sumOf(metrics, 'b', { x: '1' })).toBe(2.5);
    expect(sumOf(metrics, 'd')).toBeNull();
  });
});

describe('events', () => {
  const event = (...tags: string[]) => ({ from: 1, to: 1, title: '', text: '', tags, lasts: false });

  it('concern a plot when they are of its nodes and agents, or of the site', () => {
    const events = [
      event('router', 'went'),
      event('node', 'went', 'a'),
      event('agent', 'came', 'o.b'),
      event('node', 'c'),
    ];
    expect(eventsAbout(events, new Set(['a', 'o.b']))).toEqual(events.slice(0, 3));
  });
});
