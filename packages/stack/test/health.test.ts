import { afterEach, describe, expect, it } from '@jest/globals';
import { createMetrics, type Health, type Service, silentLogger, systemClock } from '@sisock/runtime';
import { freePort } from '@sisock/testkit';
import { askHealth } from '../src/cli/ask-health.js';
import type { PreparedCommand } from '../src/cli/command.js';
import { commands } from '../src/cli/commands.js';
import { main } from '../src/cli/main.js';
import { startWithHealth } from '../src/cli/start-with-health.js';

const open: Service[] = [];
afterEach(async () => {
  for (const service of open.splice(0)) await service.close();
});

const context = {
  log: silentLogger(),
  metrics: createMetrics(),
  clock: systemClock,
  print: () => undefined,
  signal: new AbortController().signal,
};

async function start(healthPort: number | undefined, part: PreparedCommand['start']) {
  const service = await startWithHealth(
    { process: { LOGLEVEL: 'info', HEALTH_PORT: healthPort, STOP_DEADLINE: 60 }, start: part },
    context,
  );
  open.push(service);
  return service;
}

describe('a part with HEALTH_PORT', () => {
  it('is asked from its first moment on', async () => {
    const port = await freePort();
    let health!: Health;
    let go!: () => void;
    const started = start(port, (given) => {
      health = given.health;
      return new Promise((resolve) => (go = () => resolve({ close: async () => undefined })));
    });
    while ((await askHealth(port)).line.startsWith('nothing')) continue;
    expect(await askHealth(port)).toEqual({ ready: false, line: 'still starting' });
    go();
    await started;
    expect(await askHealth(port)).toEqual({ ready: true, line: 'ready' });
    health.add(() => 'no router');
    health.add(() => 'no hub');
    expect(await askHealth(port)).toEqual({ ready: false, line: 'no router; no hub' });
  });

  it('ends its listener with itself, and where the start fails', async () => {
    const port = await freePort();
    await expect(start(port, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect((await askHealth(port)).line).toBe(`nothing listens on HEALTH_PORT ${port}`);
    const service = await start(port, async () => ({ close: async () => undefined }));
    await service.close();
    expect((await askHealth(port)).ready).toBe(false);
  });
});

describe('sisock health', () => {
  const ask = async (env: Record<string, string>) => {
    const said = { out: '', err: '' };
    const status = await main(['health'], commands, {
      ...{ env, isTerminal: false, version: '1' },
      out: (text) => (said.out += text),
      err: (text) => (said.err += text),
    });
    return { status, ...said };
  };

  it('says in one line and by its status whether a part is ready', async () => {
    const port = await freePort();
    const env = { HEALTH_PORT: String(port) };
    expect(await ask(env)).toEqual({ status: 1, out: `nothing listens on HEALTH_PORT ${port}\n`, err: '' });
    await start(port, async ({ health }) => {
      health.add(() => null);
      return { close: async () => undefined };
    });
    expect(await ask(env)).toEqual({ status: 0, out: 'ready\n', err: '' });
  });

  it('wants to know the port', async () => {
    expect(await ask({})).toMatchObject({ status: 1, err: expect.stringContaining('HEALTH_PORT is not set') });
  });
});
