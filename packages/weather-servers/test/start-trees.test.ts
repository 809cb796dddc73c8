import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startHub } from '@sisock/hub';
import { createMetrics, readSettings, silentLogger } from '@sisock/runtime';
import { localRouter, type LocalRouter } from '@sisock/testkit';
import type { WampSession } from '@sisock/wamp';
import { apexLayout } from '../src/apex-files.js';
import { apexWeatherSettings, radiometerSettings, startApexWeather, startRadiometer } from '../src/index.js';
import { radiometerLayout } from '../src/radiometer-files.js';
import { type TestTree, testTree } from './support/tree.js';

const day = 86_400;
const parts = { log: silentLogger(), metrics: createMetrics(), clock: () => 1_600_000_000 };

interface Answer {
  readonly data: Readonly<Record<string, number[]>>;
  readonly timeline: Readonly<Record<string, { t: number[]; finalized_until: number | null }>>;
}

const nodes = [
  {
    name: 'apex_weather',
    field: 'windspeed',
    layout: apexLayout,
    settings: apexWeatherSettings,
    start: startApexWeather,
    fileName: (i: number) => `APEX_windspeed_${i * day}_${(i + 1) * day}.dat`,
    line: (i: number, minute: number) => `${i * day + 60 * minute}.0`,
  },
  {
    name: 'ucsc_radiometer',
    field: 'pwv',
    layout: radiometerLayout,
    settings: radiometerSettings,
    start: startRadiometer,
    fileName: (i: number) => `PWV_UCSC_1970-${String(i + 1).padStart(3, '0')}.txt`,
    line: (i: number, minute: number) => String(i + 1 + minute / 1440),
  },
] as const;

describe.each(nodes)('the node $name', ({ name, field, layout, settings, start, fileName, line }) => {
  let router: LocalRouter;
  let consumer: WampSession;
  let hub: Awaited<ReturnType<typeof startHub>>;
  let tree: TestTree;
  const value = (i: number, minute: number) =>
    i === 1 && minute === 700 ? 99 : Math.round(10 * Math.sin(minute / 99));
  beforeEach(async () => {
    tree = await testTree(layout);
    for (let i = 0; i < 3; i++) {
      const head = name === 'ucsc_radiometer' ? ['header'] : [];
      const lines = Array.from({ length: 1440 }, (_, minute) => `${line(i, minute)} ${value(i, minute)}`);
      await tree.write(fileName(i), `${[...head, ...lines].join('\n')}\n`);
    }
    router = await localRouter();
    hub = await startHub({ session: await router.session('server'), ...parts });
    consumer = await router.session('consumer');
  });
  afterEach(async () => {
    await hub.close();
    await router.close();
    await tree.remove();
  });
  const withNode = async (env: Readonly<Record<string, string>>, test: () => Promise<void>) => {
    const session = await router.session('server');
    const read = readSettings(settings, { DATA_DIRECTORY: tree.directory, ...env });
    const node = await start({ session, settings: read, ...parts });
    await node.listed;
    try {
      await test();
    } finally {
      await node.close();
    }
  };
  const call = (procedure: string, ...args: unknown[]) =>
    consumer.call(`org.simonsobservatory.consumer.${name}.${procedure}`, args);
  const getData = async (begin: number, end: number) => (await call('get_data', [field], begin, end)) as Answer;

  it('answers in the original form, cut to the range', () =>
    withNode({}, async () => {
      expect(hub.nodes()).toMatchObject([{ name }]);
      expect(await call('get_fields', 1, 0)).toMatchObject([{ [field]: { timeline: field } }, { [field]: {} }]);
      const { data, timeline } = await getData(day + 600, 2 * day + 600);
      expect(data[field]).toHaveLength(1440);
      const { t } = timeline[field]!;
      expect([t[0], t.at(-1)]).toEqual([day + 600, 2 * day + 540]);
      expect((await getData(1, 0)).data[field]).toHaveLength(3 * 1440 - 1); // without the sample of time 0
    }));

  it('fault 5: never gives more than MAX_POINTS, and keeps the extremes', async () => {
    for (const max of [1, 99, 100, 2000]) {
      await withNode({ MAX_POINTS: String(max) }, async () => {
        const few = (await getData(1, 0)).data[field]!;
        expect(few.length).toBeLessThanOrEqual(max);
        expect(few.length).toBeGreaterThanOrEqual(max / 2);
        if (max > 1) expect([Math.min(...few), Math.max(...few)]).toEqual([-10, 99]);
      });
    }
  });

  it('fault 5: MAX_POINTS may be unset, and is refused by name when it is no number', () => {
    expect(readSettings(settings, {})).toMatchObject({ NAME: name, MAX_POINTS: undefined, CACHE_BYTES: 64e6 });
    for (const wrong of ['0', '-1', 'many', '1.5', 'NaN']) {
      expect(() => readSettings(settings, { MAX_POINTS: wrong })).toThrow(/MAX_POINTS .* is not a whole number from 1/);
    }
  });
});
