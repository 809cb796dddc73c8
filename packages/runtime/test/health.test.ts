import { afterEach, describe, expect, it } from '@jest/globals';
import { SisockError } from '@sisock/core';
import { createHealth, createMetrics, type HealthListener, startHealthListener } from '../src/index.js';

const open: HealthListener[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((listener) => listener.close()));
});

async function listen(health = createHealth(), port = 0) {
  const metrics = createMetrics();
  metrics.counter('sisock_things_total', 'things').inc(3);
  const listener = await startHealthListener({
    ...{ host: '127.0.0.1', port, settingName: 'HEALTH_PORT', health, metrics },
  });
  open.push(listener);
  return listener;
}

async function ask(url: string) {
  const response = await fetch(url);
  return { status: response.status, text: await response.text() };
}

describe('health', () => {
  it('is well without checks, and again when one is taken out', async () => {
    const health = createHealth();
    expect(await health.problems()).toEqual([]);
    const remove = health.add(() => 'no router');
    expect(await health.problems()).toEqual(['no router']);
    remove();
    expect(await health.problems()).toEqual([]);
  });

  it('tells each problem in one line, also of a check that fails or never answers', async () => {
    const health = createHealth({ deadlineMs: 20 });
    health.add(() => 'two\n  lines');
    health.add(() => null);
    health.add(() => Promise.reject(new SisockError('unavailable', 'database away')));
    health.add(() => new Promise(() => undefined));
    expect(await health.problems()).toEqual(['two; lines', 'database away', 'a check gave no answer within 20 ms']);
  });
});

describe('the health listener', () => {
  it('answers for life, readiness and metrics', async () => {
    const health = createHealth();
    const { url } = await listen(health);
    expect(await ask(`${url}/healthz`)).toEqual({ status: 200, text: 'ok\n' });
    expect(await ask(`${url}/readyz`)).toEqual({ status: 200, text: 'ok\n' });
    health.add(() => 'no router');
    health.add(() => 'no database');
    expect(await ask(`${url}/readyz?x`)).toEqual({ status: 503, text: 'no router\nno database\n' });
    expect(await ask(`${url}/healthz`)).toEqual({ status: 200, text: 'ok\n' });
    expect((await ask(`${url}/metrics`)).text).toContain('sisock_things_total 3');
  });

  it('knows nothing else', async () => {
    const { url } = await listen();
    expect((await ask(`${url}/etc/passwd`)).status).toBe(404);
    expect((await fetch(`${url}/readyz`, { method: 'POST' })).status).toBe(405);
  });

  it('names its setting when the port is taken', async () => {
    const { url } = await listen();
    const port = Number(new URL(url).port);
    await expect(listen(createHealth(), port)).rejects.toMatchObject({
      code: 'bad_setting',
      message: `HEALTH_PORT ${port} is taken on 127.0.0.1: choose another`,
    });
  });
});
