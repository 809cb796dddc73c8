import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { until } from '@sisock/testkit';
import { encodeForm, postForm } from './graphite-helpers.js';
import { type Running, start, t0, weather } from './helpers.js';

interface Target {
  readonly refId: string;
  readonly target: string;
  readonly targetFull?: string;
}

interface Dashboard {
  readonly templating: {
    readonly list: readonly { readonly query: string; readonly current: { readonly value: string | string[] } }[];
  };
  readonly annotations: { readonly list: readonly { readonly target: { readonly tags: readonly string[] } }[] };
  readonly panels: readonly {
    readonly title: string;
    readonly maxDataPoints?: number;
    readonly targets: readonly Target[];
  }[];
}

interface Series {
  readonly target: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly datapoints: readonly (readonly [number | null, number])[];
}

const dashboard = JSON.parse(
  readFileSync(new URL('./fixtures/graphite-dashboard.json', import.meta.url), 'utf8'),
) as Dashboard;

/** Variables are put in as Grafana's "glob" format does, and intervals spelt as Graphite spells them. */
const interpolate = (text: string) =>
  text
    .replaceAll('$node', 'weather')
    .replaceAll('$field', '{temp,wind}')
    .replace(/'(\d+)m'/g, "'$1min'")
    .replace(/'(\d+)M'/g, "'$1mon'");

const from = t0;
const end = t0 + 600;

/** A panel as Grafana 13's back end asks it: a request a target. */
async function byBackEnd(running: Running, targets: readonly Target[], maxDataPoints: number): Promise<Series[]> {
  const answers = targets.map(async ({ target, targetFull }) => {
    const form = { from, until: end, format: 'json', maxDataPoints, target: interpolate(targetFull ?? target) };
    return (await postForm(running, '/render', form)).json as Series[];
  });
  return (await Promise.all(answers)).flat();
}

/** A panel as Grafana 12's front end asks it: one request, each target in an aliasSub with its letter. */
async function byFrontEnd(running: Running, targets: readonly Target[], maxDataPoints: number): Promise<Series[]> {
  const target = targets.map(
    (one) => `aliasSub(${interpolate(one.targetFull ?? one.target)}, "(^.*$)", "\\1 ${one.refId}")`,
  );
  const { json } = await postForm(running, '/render', { target, from, until: end, format: 'json', maxDataPoints });
  return (json as Series[]).map((one) => {
    const words = one.target.split(' ');
    expect(targets.map(({ refId }) => refId)).toContain(words.pop());
    return { ...one, target: words.join(' ') };
  });
}

/** A panel as Grafana of before 2020 asks it: GET, relative times. */
async function byOldGrafana(running: Running, targets: readonly Target[], maxDataPoints: number): Promise<Series[]> {
  const target = targets.map((one) => interpolate(one.targetFull ?? one.target));
  const form = { target, from: '-10min', until: 'now', format: 'json', maxDataPoints };
  return (await running.get(`/render?${encodeForm(form)}`)).json as Series[];
}

describe('a Graphite dashboard', () => {
  it('its variables have values', async () => {
    const running = await start({ weather: weather(), apex: weather() });
    const found: string[][] = [];
    for (const { query } of dashboard.templating.list) {
      const asked = await postForm(running, `/metrics/find?from=${from}&until=${end}`, { query: interpolate(query) });
      found.push((asked.json as { text: string }[]).map(({ text }) => text));
    }
    expect(found).toEqual([
      ['apex', 'weather'],
      ['open', 'temp', 'wind'],
    ]);
    dashboard.templating.list.forEach(({ current }, i) => {
      for (const value of [current.value].flat()) expect(found[i]).toContain(value);
    });
  });

  it.each([
    ['by the back end', byBackEnd],
    ['by the front end', byFrontEnd],
    ['by an old Grafana', byOldGrafana],
  ])('its panels have data, asked %s', async (_how, ask) => {
    const running = await start({ weather: weather(), apex: weather() });
    running.clock.set(end);
    const shown = new Map<string, Series[]>();
    for (const { title, targets, maxDataPoints = 500 } of dashboard.panels) {
      const series = await ask(running, targets, maxDataPoints);
      for (const { datapoints } of series) {
        expect(datapoints.length).toBeLessThanOrEqual(maxDataPoints);
        // Buckets lie on multiples of their width: the first one may begin before the range.
        const first = from - Math.ceil((end - from) / (maxDataPoints - 1));
        expect(datapoints.every(([, t]) => Number.isInteger(t) && t > first && t <= end)).toBe(true);
      }
      shown.set(title, series);
    }
    const fields = shown.get('Fields')!;
    expect(fields.map((one) => [one.target, one.tags['units'], one.datapoints.length])).toEqual([
      ['weather.temp', 'C', 60],
      ['weather.wind', 'km/h', 60],
    ]);
    expect(fields[0]!.datapoints[1]).toEqual([1.5, t0 + 10]);
    const [now, before, line] = shown.get('Now and five minutes before')!;
    expect([now!.target, before!.target, line!.target]).toEqual(['now', 'before', '42']);
    expect(before!.datapoints[0]).toEqual([0.5, t0 + 300]);
    expect(before!.datapoints).toHaveLength(30);
    expect(line!.datapoints.map(([v]) => v)).toEqual([42, 42, 42]);
    const [mean] = shown.get('Mean of all nodes')!;
    expect(mean!.target).toBe('keepLastValue(averageSeries(*.toco.temp))');
    expect(mean!.datapoints.length).toBeGreaterThan(5);
  });

  it('its annotations are events', async () => {
    const running = await start({});
    running.site.add('weather', weather());
    const tags = dashboard.annotations.list[0]!.target.tags.join(' ');
    const url = `/events/get_data?${encodeForm({ from, until: end + 9000, tags })}`;
    await until(async () => ((await running.get(url)).json as unknown[]).length === 1);
    expect((await running.get(url)).json[0]).toMatchObject({ what: 'data node weather came', when: t0 + 3600 });
  });
});
