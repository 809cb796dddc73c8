import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MemoryReader, MemorySite } from '@sisock/core';
import { type Bridge, createBridge } from '@sisock/http-bridge';
import { createMetrics, silentLogger } from '@sisock/runtime';
import { batchOf } from '@sisock/testkit';
import { type Dashboard, dashboards, GrafanaUser, type Range, repetitions, type Series } from '../support/grafana.js';
import { type Stack, startStack } from '../support/stack-process.js';
import { until } from '../interop/peers/until.js';

/** The range a dashboard opens with; those that end now begin `now-6h`. */
function rangeOf({ time }: Dashboard): Range {
  const now = Math.floor(Date.now() / 1000);
  if (time.to === 'now') return { from: now - 6 * 3600, until: now };
  return { from: Date.parse(time.from) / 1000, until: Date.parse(time.to) / 1000 };
}

const withPoints = ({ datapoints }: Series) => datapoints.some(([value]) => value !== null);

/** Opens a dashboard; the panels (and their targets) without points. */
async function emptyTargets(user: GrafanaUser, dashboard: Dashboard): Promise<string[]> {
  const empty: string[] = [];
  const values = await user.variables(dashboard);
  const range = rangeOf(dashboard);
  for (const panel of dashboard.panels) {
    for (const shown of repetitions(panel, values)) {
      for (const { target } of panel.targets ?? []) {
        const series = await user.render(target, shown, range);
        if (!series.some(withPoints)) empty.push(`${dashboard.title}, ${panel.title}: ${target}`);
      }
      const { length } = panel.targets?.length ? await user.renderWrapped(panel.targets, shown, range) : ['text'];
      if (length === 0) empty.push(`${dashboard.title}, ${panel.title}, wrapped`);
    }
  }
  return empty;
}

describe.each([...dashboards])('%s over the demonstration', (_, dashboard) => {
  let stack: Stack;
  let user: GrafanaUser;
  beforeAll(async () => {
    stack = await demonstration();
    user = new GrafanaUser(stack.url);
  });

  it('every target of every panel has points', async () => {
    expect(await emptyTargets(user, dashboard)).toEqual([]);
  });

  it('repeats panels for what there is', async () => {
    const values = await user.variables(dashboard);
    for (const panel of dashboard.panels.filter(({ repeat }) => repeat !== undefined)) {
      expect(repetitions(panel, values).length).toBeGreaterThan(1);
    }
  });

  it('its annotations are answered', async () => {
    const asked = dashboard.annotations.list.filter(({ builtIn }) => !builtIn);
    const range = { ...rangeOf(dashboard), until: Math.ceil(Date.now() / 1000) + 1 };
    const found = await Promise.all(asked.map(({ target }) => user.events(target!.tags, range)));
    if (asked.length > 0) expect(found.flat().map(({ what }) => what)).toContain('data node ocs came');
  });
});

it('panels of weather have the units that the fields have', async () => {
  const user = new GrafanaUser((await demonstration()).url);
  const weather = dashboards.get('weather')!;
  const values = await user.variables(weather);
  const units: Record<string, string> = {
    C: 'celsius',
    '%': 'percent',
    mBar: 'pressurembar',
    mm: 'lengthmm',
    'km/h': 'velocitykmh',
  };
  for (const { targets, fieldConfig, title } of weather.panels) {
    const series = await user.render(targets![0]!.target, values, rangeOf(weather));
    expect({ title, units: series.map(({ tags }) => units[tags['units']!]) }).toEqual({
      title,
      units: series.map(() => fieldConfig!.defaults.unit),
    });
  }
});

let started: Promise<Stack> | undefined;
/** One stack for all dashboards, when what they show has come. */
function demonstration(): Promise<Stack> {
  started ??= startStack().then(async (stack) => {
    const user = new GrafanaUser(stack.url);
    const now = Math.floor(Date.now() / 1000);
    const has = async (target: string, range: Range) => (await user.render(target, new Map(), range)).some(withPoints);
    await until(
      'feeds, archive and weather are there',
      async () =>
        (await has('ocs.*.cryostat.feeds.*.*', { from: now - 600, until: now + 60 })) &&
        (await has('ocs.*.{compressor,weather-station}.feeds.*.*', { from: now - 600, until: now + 60 })) &&
        (await has('g3_reader.*.*.feeds.*.*', { from: now - 6 * 3600, until: now })) &&
        (await has('apex_archive.*', { from: 1_500_000_000, until: 1_500_100_000 })),
    );
    return stack;
  });
  return started;
}
afterAll(async () => {
  await (await started)?.stop('SIGKILL');
});

describe('over a lab', () => {
  const now = Date.now() / 1000;
  const times = Array.from({ length: 60 }, (_, i) => now - 600 + 10 * i);
  const numbered = (prefix: string, from: number, count: number) =>
    Array.from({ length: count }, (_, i) => `${prefix}${String(from + i).padStart(2, '0')}`);
  const reader = (fields: readonly string[], t: readonly number[]) =>
    new MemoryReader({
      timelines: fields.map((name) => ({
        name,
        interval: 10,
        fields: [{ name }],
        batches: [batchOf(t, { [name]: t.map((_, i) => 4 + i) })],
      })),
    });
  const lakeshore = numbered('observatory.LSA22YE.feeds.temperatures.Channel_', 1, 15);
  const fake = numbered('observatory.fake-data1.feeds.false_temperatures.channel_', 0, 16);
  const july = Array.from({ length: 48 }, (_, i) => 1_500_000_000 + 3600 * i);
  const apex = ['humidity', 'pressure', 'radiometer', 'temperature', 'windspeed'].map((name) => `apex_${name}`);

  let bridge: Bridge;
  let user: GrafanaUser;
  beforeAll(async () => {
    const clock = () => Date.now() / 1000;
    const site = new MemorySite(clock);
    for (const node of ['ocs', 'feeds', 'g3_reader']) site.add(node, reader([...lakeshore, ...fake], times), node);
    site.add('apex_archive', reader(apex, july), 'weather');
    bridge = createBridge({ site, log: silentLogger(), metrics: createMetrics(), clock, port: 0 });
    user = new GrafanaUser((await bridge.listen()).url);
  });
  afterAll(() => bridge.close());

  it('of other names every panel has points as well', async () => {
    for (const dashboard of dashboards.values()) expect(await emptyTargets(user, dashboard)).toEqual([]);
  });

  it('a readout of 15 channels is shown as eight and seven', async () => {
    const cryostat = dashboards.get('cryostat')!;
    const values = await user.variables(cryostat);
    expect(values.get('feed')).toEqual({
      options: ['ocs.observatory.LSA22YE.feeds.temperatures', 'ocs.observatory.fake-data1.feeds.false_temperatures'],
      text: 'ocs.observatory.LSA22YE.feeds.temperatures',
    });
    const names = await Promise.all(
      cryostat.panels.map(async ({ targets }) =>
        (await user.render(targets![0]!.target, values, rangeOf(cryostat))).map(({ target }) => target),
      ),
    );
    const channels = numbered('Channel_', 1, 15);
    expect(names).toEqual([channels.slice(0, 8), channels.slice(8), channels]);
  });
});
