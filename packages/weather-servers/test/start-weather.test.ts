import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startHub } from '@sisock/hub';
import { createMetrics, type Environment, readSettings, silentLogger } from '@sisock/runtime';
import { localRouter, type LocalRouter } from '@sisock/testkit';
import type { WampSession } from '@sisock/wamp';
import { startWeather, weatherSettings } from '../src/index.js';

const directory = fileURLToPath(new URL('../../../test/fixtures/apex-weather', import.meta.url));
const parts = { log: silentLogger(), metrics: createMetrics(), clock: () => 1_600_000_000 };

interface Answer {
  readonly data: Readonly<Record<string, number[]>>;
  readonly timeline: Readonly<Record<string, { t: number[]; finalized_until: number | null }>>;
}

describe('the weather node', () => {
  let router: LocalRouter;
  let consumer: WampSession;
  let hub: Awaited<ReturnType<typeof startHub>>;
  beforeEach(async () => {
    router = await localRouter();
    hub = await startHub({ session: await router.session('server'), ...parts });
    consumer = await router.session('consumer');
  });
  afterEach(async () => {
    await hub.close();
    await router.close();
  });
  const start = async (env: Environment = {}) => {
    const settings = readSettings(weatherSettings, { WEATHER_DIRECTORY: directory, ...env });
    const node = await startWeather({ session: await router.session('server'), settings, ...parts });
    await node.listed;
    return node;
  };
  const call = async (procedure: string, ...args: unknown[]) =>
    (await consumer.call(`org.simonsobservatory.consumer.apex_archive.${procedure}`, args)) as Answer;

  it('is apex_archive, and gives all of 2017 in the original form', async () => {
    const node = await start();
    expect(hub.nodes()).toMatchObject([{ name: 'apex_archive' }]);
    const fields = ['apex_humidity', 'apex_pressure', 'apex_radiometer', 'apex_temperature', 'apex_windspeed'];
    const { data, timeline } = await call('get_data', fields, 1, 0);
    expect(fields.map((name) => data[name]!.length)).toEqual([350, 350, 20_167, 350, 20_168]);
    const lengths = Object.entries(timeline).map(([name, { t }]) => [name, t.length]);
    expect(Object.fromEntries(lengths)).toEqual({
      hourly: 350,
      'minutely.apex_radiometer': 20_167,
      'minutely.apex_windspeed': 20_168,
    });
    await node.close();
  });

  it('fault 5: never gives more than MAX_POINTS, and keeps the extremes', async () => {
    const whole = await start();
    const all = (await call('get_data', ['apex_radiometer'], 1, 0)).data['apex_radiometer']!;
    await whole.close();
    const node = await start({ MAX_POINTS: '100' });
    const { data } = await call('get_data', ['apex_radiometer'], 1, 0);
    const few = data['apex_radiometer']!;
    expect(few.length).toBeLessThanOrEqual(100);
    expect(few.length).toBeGreaterThan(50);
    expect([Math.min(...few), Math.max(...few)]).toEqual([Math.min(...all), Math.max(...all)]);
    await node.close();
  });
});
