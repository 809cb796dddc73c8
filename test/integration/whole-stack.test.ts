import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { json, type Stack, startSisock, startStack } from '../support/stack-process.js';
import { until } from '../interop/peers/until.js';

const still = 'feeds::observatory.cryostat.feeds.temperatures.still';
const humidity = 'apex_archive::apex_humidity';
/** 2017-07-14 to 2017-07-15, UTC. */
const july = { from: '2017-07-14T00:00:00.000Z', to: '2017-07-15T00:00:00.000Z' };

interface TimeSeries {
  readonly target: string;
  readonly datapoints: readonly (readonly [number | null, number])[];
}

describe('the whole stack in one process', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack.stop('SIGKILL'));

  const query = (target: string, range: { from: string; to: string }) =>
    json<TimeSeries[]>(`${stack.url}/query`, { range, maxDataPoints: 500, targets: [{ refId: 'A', target }] });
  const lastMinutes = () => ({
    from: new Date(Date.now() - 300_000).toISOString(),
    to: new Date(Date.now() + 1000).toISOString(),
  });

  it('lists live fields and those of 2017', async () => {
    await until('both are listed', async () => {
      const found = await json<string[]>(`${stack.url}/search`, { target: '' });
      return found.includes(still) && found.includes(humidity);
    });
  });

  it('answers /query for a live field, with samples that keep coming', async () => {
    const newest = async () => (await query(still, lastMinutes()))[0]!.datapoints.at(-1)?.[1] ?? 0;
    await until('a sample is there', async () => (await newest()) > 0);
    const first = await newest();
    expect(Math.abs(Date.now() - first)).toBeLessThan(600_000);
    await until('a newer sample is there', async () => (await newest()) > first);
  });

  it('answers /query for weather of 2017', async () => {
    const series = await until('the weather of a day', async () => {
      const [found] = await query(humidity, july);
      return found!.datapoints.length > 0 && found;
    });
    const inside = series.datapoints.filter(([, t]) => t >= Date.parse(july.from) && t < Date.parse(july.to));
    expect(inside).toHaveLength(24);
    expect(inside[0]![1]).toBe(Date.parse(july.from));
    expect(inside.every(([v]) => v !== null && v >= 0 && v <= 100)).toBe(true);
  });

  it('says that nodes and agents are well', async () => {
    interface Status {
      connected: boolean;
      nodes: { name: string; reachable: boolean; agents?: { address: string; alive: boolean }[] }[];
    }
    await until('all agents are alive', async () => {
      const { connected, nodes } = await json<Status>(`${stack.url}/api/v1/status`);
      const agents = nodes.find((n) => n.name === 'feeds')?.agents ?? [];
      return (
        connected && nodes.length === 4 && nodes.every((n) => n.reachable) && agents.filter((a) => a.alive).length === 3
      );
    });
    expect(await json(`${stack.url}/readyz`)).toMatchObject({ ready: true });
  });

  it('serves the page and what it needs under a strict policy', async () => {
    const page = await fetch(`${stack.url}/`, { headers: { Accept: 'text/html' } });
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('<title>sisock</title>');
    for (const path of ['/page/first.js', '/page/main.js', '/page/main.css', '/icon.svg']) {
      const file = await fetch(`${stack.url}${path}`);
      expect({ path, status: file.status }).toEqual({ path, status: 200 });
      await file.arrayBuffer();
    }
  });

  it('lets no anonymous client near the data nodes', async () => {
    const call = await fetch(stack.routerUrl.replace('ws://', 'http://').replace(/\/ws$/, '/call'), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ procedure: 'org.simonsobservatory.consumer.get_data_node' }),
    });
    expect(await call.json()).toMatchObject({ error: 'wamp.error.not_authorized' });
  });

  it('prints where everything is on one screen, and then nothing but the call that was refused', async () => {
    const lines = stack.stdout().trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(24);
    expect(Math.max(...lines.map((l) => l.length))).toBeLessThanOrEqual(110);
    expect(stack.stdout()).toContain(`wamp_server: ${stack.routerUrl}`);
    expect(stack.stdout()).toContain(stack.dataDirectory);
    await until('the call is told', () => stack.stderr().includes('refused'));
    // That a busy machine kept something waiting may be told as well.
    const told = stack.stderr().trimEnd().split('\n');
    const log = told.filter((line) => !/no answer within|did not answer within|serves again/.test(line));
    expect(log).toHaveLength(1);
    expect(log[0]).toContain('refused: the role of the peer may not do this');
  });
});

describe('stopping', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('by %s takes everything down with status 0', async (signal) => {
    const stack = await startStack();
    await json(`${stack.url}/search`, { target: '' });
    // Within STOP_DEADLINE: else the process would have ended itself with status 1.
    expect(await stack.stop(signal)).toBe(0);
    await expect(fetch(stack.url)).rejects.toThrow();
  });

  it('works while it is still starting', async () => {
    const sisock = startSisock(['up'], { PORT: '0', CROSSBAR_OCS_PORT: '0' });
    await until('it has begun', () => sisock.child.pid !== undefined);
    const status = await sisock.stop('SIGTERM');
    expect([0, 'SIGTERM']).toContain(status);
  });
});

describe('without the demonstration', () => {
  it('there is an empty site that says so', async () => {
    const stack = await startStack({ SISOCK_DEMO: 'no' });
    try {
      expect(await json(`${stack.url}/search`, { target: '' })).toEqual([]);
      expect(stack.stdout()).not.toContain('simulated');
    } finally {
      await stack.stop();
    }
  });
});
