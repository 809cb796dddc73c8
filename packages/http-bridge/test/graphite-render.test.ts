import { describe, expect, it } from '@jest/globals';
import { type Buckets, MemoryReader, SisockError } from '@sisock/core';
import { batchOf } from '@sisock/testkit';
import { encodeForm, type Form, postForm } from './graphite-helpers.js';
import { hanging, like, ramp, type Running, start, t0, weather } from './helpers.js';

type Pair = [value: number | null, time: number];

/** Field `v` at the times given; NaN where a value is null. */
function samples(pairs: readonly Pair[], interval: number | null, name = 'v'): MemoryReader {
  const batches = [
    batchOf(
      pairs.map(([, t]) => t),
      { [name]: pairs.map(([v]) => v ?? NaN) },
    ),
  ];
  return new MemoryReader({ timelines: [{ name: 'times', interval, fields: [{ name }], batches }] });
}

const every = (step: number, n: number, value: (i: number) => number | null, from = t0): Pair[] =>
  Array.from({ length: n }, (_, i) => [value(i), from + i * step]);

/** The points of each series of targets, with their names. */
async function render(bridge: Running, target: string | readonly string[], more: Form = {}) {
  const form = { target, from: t0, until: t0 + 60, format: 'json', maxDataPoints: 500, ...more };
  const { status, text, json } = await bridge.get(`/render?${encodeForm(form)}`);
  if (status !== 200) throw new Error(`${status}: ${text}`);
  return json as { target: string; tags: Record<string, string>; datapoints: Pair[] }[];
}

const points = async (bridge: Running, target: string, more: Form = {}) =>
  (await render(bridge, target, more)).map((one) => one.datapoints);

describe('/render as Grafana asks', () => {
  it('"Save & test" of a data source: constantLine(100) over the last hour', async () => {
    const bridge = await start({});
    const now = bridge.clock();
    const form = { target: 'constantLine(100)', from: now - 3600, until: now, format: 'json', maxDataPoints: 100 };
    const { status, json } = await postForm(bridge, '/render', form);
    expect(status).toBe(200);
    expect(json).toEqual([
      {
        target: '100',
        tags: { name: '100' },
        datapoints: [
          [100, now - 3600],
          [100, now - 1800],
          [100, now],
        ],
      },
    ]);
  });

  it('the form of its back end is answered field by field', async () => {
    const bridge = await start({ weather: weather() });
    const form = {
      from: t0,
      until: t0 + 30,
      format: 'json',
      maxDataPoints: 500,
      target: 'weather.toco.temp',
    };
    const { status, headers, json } = await postForm(bridge, '/render', form);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toContain('application/json');
    expect(json).toEqual([
      {
        target: 'weather.toco.temp',
        tags: { name: 'weather.toco.temp', node: 'weather', units: 'C' },
        datapoints: [
          [0.5, t0],
          [1.5, t0 + 10],
          [2.5, t0 + 20],
        ],
      },
    ]);
  });

  it('old front ends: several targets, relative times, each in an aliasSub that carries its letter', async () => {
    const bridge = await start({ weather: weather() });
    bridge.clock.set(t0 + 20);
    const body =
      'target=aliasSub(weather.toco.temp%2C%20%22(%5E.*%24)%22%2C%20%22%5C1%20A%22)&target=' +
      'aliasSub(alias(weather.toco.wind%2C%20%27the%20wind%27)%2C%20%22(%5E.*%24)%22%2C%20%22%5C1%20B%22)' +
      '&from=-1min&until=now&format=json&maxDataPoints=1000';
    const { json } = await bridge.get(`/render?${body}`);
    expect(json).toEqual([
      {
        target: 'weather.toco.temp A',
        tags: { name: 'weather.toco.temp', node: 'weather', units: 'C' },
        datapoints: [
          [0.5, t0],
          [1.5, t0 + 10],
        ],
      },
      {
        target: 'the wind B',
        tags: { name: 'weather.toco.wind', node: 'weather', units: 'km/h' },
        datapoints: [
          [0, t0],
          [2, t0 + 10],
        ],
      },
    ]);
  });

  it('patterns mean every field they fit, sorted; bools are 0 and 1; texts have no place', async () => {
    const bridge = await start({ weather: weather(), other: weather() });
    const names = async (target: string) => (await render(bridge, target)).map((one) => one.target);
    expect(await names('weather.toco.*')).toEqual(['weather.toco.open', 'weather.toco.temp', 'weather.toco.wind']);
    expect(await names('{other,weather}.toco.[tw]*')).toEqual([
      'other.toco.temp',
      'other.toco.wind',
      'weather.toco.temp',
      'weather.toco.wind',
    ]);
    expect(await names('{weather.toco.temp,other.*.wind}')).toEqual(['other.toco.wind', 'weather.toco.temp']);
    expect(await names('weather.toco.state')).toEqual([]);
    expect(await names('weather.toco')).toEqual([]);
    expect(await names('nobody.toco.temp')).toEqual([]);
    expect(await points(bridge, 'weather.toco.open', { from: t0 + 280, until: t0 + 310 })).toEqual([
      [
        [0, t0 + 280],
        [0, t0 + 290],
        [1, t0 + 300],
      ],
    ]);
  });

  it('names that mean something elsewhere are reached by their paths', async () => {
    const bridge = await start({ 'lab.west': samples([[7, t0]], 10, 'Core 0 (°C)::a.b') });
    const { json } = await bridge.get('/metrics/expand?query=*.*.*');
    expect(json.results).toEqual(['lab~2Ewest.Core~200~20~28~B0C~29::a.b']);
    expect(await points(bridge, json.results[0])).toEqual([[[7, t0]]]);
    expect((await render(bridge, `aliasByNode(${json.results[0]},0,1)`))[0]!.target).toBe('lab.west.Core 0 (°C)::a');
  });
});

describe('times of answers', () => {
  it('are whole seconds, each its own, with the least and greatest value kept', async () => {
    const spike = 4321;
    const fast = every(0.1, 6000, (i) => (i === spike ? 99 : i === spike + 3 ? -99 : Math.sin(i / 7)));
    const bridge = await start({ fast: samples(fast, 0.1) });
    for (const maxDataPoints of [2, 3, 10, 100, 500, 5000]) {
      const [found] = await points(bridge, 'fast.v', { until: t0 + 600, maxDataPoints });
      const times = found!.map(([, t]) => t);
      expect(times.every((t) => Number.isInteger(t) && t >= t0 && t < t0 + 600)).toBe(true);
      expect(new Set(times).size).toBe(times.length);
      expect(times).toEqual([...times].sort((a, b) => a - b));
      expect(times.length).toBeLessThanOrEqual(maxDataPoints);
      const values = found!.map(([v]) => v!);
      expect(Math.max(...values)).toBe(99);
      expect(Math.min(...values)).toBe(-99);
      if (maxDataPoints >= 100) expect(Math.abs(times[values.indexOf(99)]! - (t0 + spike / 10))).toBeLessThan(12);
    }
  });

  it('few samples are all there, with what is left of their times', async () => {
    const bridge = await start({
      slow: samples(
        every(1.25, 8, (i) => i, t0 + 0.2),
        1.25,
      ),
    });
    expect(await points(bridge, 'slow.v')).toEqual([
      [0, 1.45, 2.7, 3.95, 5.2, 6.45, 7.7, 8.95].map((t, i) => [i, t0 + Math.floor(t)]),
    ]);
  });

  it('a gap is a null, and so is a value that is no number', async () => {
    const pairs: Pair[] = [...every(1, 5, (i) => i), [null, t0 + 5], ...every(1, 3, (i) => i, t0 + 6), [9, t0 + 30]];
    const bridge = await start({ gaps: samples(pairs, 1) });
    expect(await points(bridge, 'gaps.v')).toEqual([
      [
        [0, t0],
        [1, t0 + 1],
        [2, t0 + 2],
        [3, t0 + 3],
        [4, t0 + 4],
        [null, t0 + 5],
      ].concat([
        [0, t0 + 6],
        [1, t0 + 7],
        [2, t0 + 8],
        [null, t0 + 19],
        [9, t0 + 30],
      ]),
    ]);
  });

  it('until is not part of the range, and asking again a moment later gives the same buckets', async () => {
    const bridge = await start({ ramp: ramp(7200) });
    const [first] = await points(bridge, 'ramp.v', { until: t0 + 3600, maxDataPoints: 100 });
    const [second] = await points(bridge, 'ramp.v', { from: t0 + 5, until: t0 + 3605, maxDataPoints: 100 });
    expect(first!.length).toBeLessThanOrEqual(100);
    expect(second!.slice(2, 90)).toEqual(first!.slice(2, 90));
    expect(await points(bridge, 'ramp.v', { until: t0 + 2, maxDataPoints: 0 })).toEqual([
      [
        [0, t0],
        [Math.sin(1 / 50), t0 + 1],
      ],
    ]);
  });
});

describe('functions', () => {
  const two = () => ({
    a: samples(
      every(10, 6, (i) => i),
      10,
    ),
    b: samples(
      every(10, 6, (i) => 10 * i, t0 + 3),
      10,
    ),
  });
  const values = async (bridge: Running, target: string, more: Form = {}) =>
    (await points(bridge, target, more)).map((one) => one.map(([v]) => v));

  it('scale, offset and the removals work on each value, and are told in the name', async () => {
    const bridge = await start(two());
    expect(await values(bridge, 'scale(a.v,-2.5)')).toEqual([[-0, -2.5, -5, -7.5, -10, -12.5].map((v) => v + 0)]);
    expect(await values(bridge, 'offset(a.v,100)')).toEqual([[100, 101, 102, 103, 104, 105]]);
    expect(await values(bridge, 'removeBelowValue(a.v,2)')).toEqual([[2, 3, 4, 5]]);
    expect(await values(bridge, 'removeAboveValue(a.v,2)')).toEqual([[0, 1, 2]]);
    expect(await values(bridge, 'removeAboveValue(offset(scale(a.v,-1),3),1)')).toEqual([[1, 0, -1, -2]]);
    const [one] = await render(bridge, 'offset(scale(a.v,2),-1)');
    expect(one!.target).toBe('offset(scale(a.v,2),-1)');
    expect(one!.tags).toEqual({ name: 'a.v', node: 'a' });
  });

  it('what is removed between others is a null', async () => {
    const bridge = await start({
      s: samples(
        [
          [1, t0],
          [9, t0 + 1],
          [2, t0 + 2],
        ],
        1,
      ),
    });
    expect(await values(bridge, 'removeAboveValue(s.v,5)')).toEqual([[1, null, 2]]);
  });

  it('alias and aliasByNode name series', async () => {
    const bridge = await start({ weather: weather() });
    const names = async (target: string) => (await render(bridge, target)).map((one) => one.target);
    expect(await names('alias(weather.toco.*,"all")')).toEqual(['all', 'all', 'all']);
    expect(await names('aliasByNode(weather.toco.*,-1,0)')).toEqual(['open.weather', 'temp.weather', 'wind.weather']);
    expect(await names('aliasByNode(scale(weather.toco.temp,2),1,9)')).toEqual(['toco.']);
    expect(await names('aliasByNode(weather.toco.temp,"node","units","nothing")')).toEqual(['weather.C.']);
    expect(await names('aliasByNode(sumSeries(weather.toco.*),0,2)')).toEqual(['weather.*']);
  });

  it('timeShift shows another time in this one', async () => {
    const bridge = await start(two());
    const later = { from: t0 + 3600, until: t0 + 3630 };
    for (const shift of ['1h', '-1h', '60min', '-30min30min']) {
      expect(await points(bridge, `timeShift(a.v,"${shift}")`, later)).toEqual([
        [
          [0, t0 + 3600],
          [1, t0 + 3610],
          [2, t0 + 3620],
        ],
      ]);
    }
    expect(await values(bridge, 'timeShift(a.v,"+20s",true,false)', { until: t0 + 20 })).toEqual([[2, 3]]);
    expect(await values(bridge, 'sumSeries(a.v,timeShift(a.v,"10s"))', { from: t0 + 10, until: t0 + 40 })).toEqual([
      [1, 3, 5],
    ]);
  });

  it('sumSeries and averageSeries put series on common buckets', async () => {
    const bridge = await start(two());
    expect(await points(bridge, 'sumSeries(a.v,b.v)')).toEqual([every(10, 6, (i) => 11 * i)]);
    expect(await points(bridge, 'averageSeries({a,b}.v)')).toEqual([every(10, 6, (i) => 5.5 * i)]);
    expect(await points(bridge, 'sumSeries(sumSeries(a.v,b.v),averageSeries(a.v),constantLine(1000))')).toEqual([
      every(10, 6, (i) => 1000 + 12 * i),
    ]);
    const [one] = await render(bridge, 'sumSeries(*.v, a.v)');
    expect(one!.target).toBe('sumSeries(*.v,a.v)');
    expect(one!.tags).toEqual({ name: 'sumSeries(*.v,a.v)' });
    expect((await render(bridge, 'sumSeries(a.v)'))[0]!.tags['node']).toBe('a');
    expect(await render(bridge, 'sumSeries(nothing.*)')).toEqual([]);
  });

  it('buckets are as wide as the slowest series needs', async () => {
    const bridge = await start({
      fast: samples(
        every(1, 60, (i) => i % 10),
        1,
      ),
      slow: samples(
        every(20, 3, () => 100),
        20,
      ),
    });
    expect(await points(bridge, 'sumSeries(fast.v,slow.v)')).toEqual([every(20, 3, () => 104.5)]);
  });

  it('without a word of the node on its interval, it is learned', async () => {
    const bridge = await start({
      a: samples(
        every(10, 6, (i) => i),
        null,
      ),
      b: samples(
        every(10, 6, () => 1, t0 + 4),
        null,
      ),
    });
    expect(await points(bridge, 'sumSeries(a.v,b.v)')).toEqual([every(10, 6, (i) => i + 1)]);
  });

  it('a clock that is not exact makes no dents in a sum', async () => {
    const shaken = (seed: number) =>
      every(1, 60, () => 1).map(([v, t], i): Pair => [v, t + 0.5 + 0.49 * Math.sin(seed + i * i)]);
    const skipped = shaken(1).filter((_, i) => i % 7 !== 3);
    const bridge = await start({ a: samples(shaken(2), 1), b: samples(skipped, 1) });
    expect(await values(bridge, 'sumSeries(*.v)', { from: t0 + 2 })).toEqual([Array.from({ length: 58 }, () => 2)]);
  });

  it('a series that is away does not count, and is not held for long', async () => {
    const away = every(10, 12, (i) => i).filter((_, i) => i < 3 || i > 8);
    const bridge = await start({
      a: samples(
        every(10, 12, () => 100),
        10,
      ),
      b: samples(away, 10),
    });
    expect(await values(bridge, 'sumSeries(*.v)', { until: t0 + 120 })).toEqual([
      [100, 101, 102, 100, 100, 100, 100, 100, 100, 109, 110, 111],
    ]);
    expect(await values(bridge, 'averageSeries(*.v)', { until: t0 + 120 })).toEqual([
      [50, 50.5, 51, 100, 100, 100, 100, 100, 100, 54.5, 55, 55.5],
    ]);
  });

  it('sums of much data are of means', async () => {
    const bridge = await start({
      a: samples(
        every(1, 3600, (i) => i % 60),
        1,
      ),
      b: samples(
        every(1, 3600, () => 1),
        1,
      ),
    });
    const found = await points(bridge, 'sumSeries(*.v)', { until: t0 + 3600, maxDataPoints: 61 });
    expect(found[0]!.length).toBeLessThanOrEqual(61);
    expect(found[0]![5]).toEqual([30.5, t0 + 5 * 60]);
  });

  it('means over long ranges are asked for in buckets that are made up of stored ones', async () => {
    const asked: Buckets[] = [];
    const node = samples(
      every(600, 14 * 144, (i) => i),
      600,
    );
    const counting = like(node, {
      reduce: (q, signal) => {
        asked.push({ start: q.start, width: q.width, count: q.count });
        return node.reduce(q, signal);
      },
    });
    const bridge = await start({ a: counting });
    for (const days of [1, 3, 14]) {
      await points(bridge, 'sumSeries(a.v)', { until: t0 + days * 86_400, maxDataPoints: 300 });
    }
    expect(asked.map(({ width }) => width)).toEqual([384, 896, 4096]);
    for (const { start, width, count } of asked) {
      expect(start % width).toBe(0);
      expect(count).toBeLessThanOrEqual(300);
    }
  });

  it('keepLastValue fills gaps, up to its limit, and the end up to now', async () => {
    const pairs = [...every(10, 3, (i) => i), ...every(10, 2, (i) => 60 + i, t0 + 80)];
    const bridge = await start({ s: samples(pairs, 10) });
    const range = { until: t0 + 100 };
    const gap = [0, 1, 2, null, 60, 61];
    expect(await values(bridge, 's.v', range)).toEqual([gap]);
    expect(await points(bridge, 'keepLastValue(s.v)', range)).toEqual([
      [0, 1, 2, 2, 2, 2, 2, 2, 60, 61].map((v, i) => [v, t0 + 10 * i]),
    ]);
    expect(await values(bridge, 'keepLastValue(s.v,5)', range)).toEqual([[0, 1, 2, 2, 2, 2, 2, 2, 60, 61]]);
    expect(await values(bridge, 'keepLastValue(s.v,4)', range)).toEqual([gap]);
    expect(await values(bridge, 'keepLastValue(s.v,4)', { until: t0 + 140 })).toEqual([[...gap, 61, 61, 61, 61]]);
    expect(await values(bridge, 'keepLastValue(s.v,4)', { until: t0 + 150 })).toEqual([gap]);
    bridge.clock.set(t0 + 120);
    expect(await values(bridge, 'keepLastValue(s.v)', { from: t0 + 80, until: t0 + 1000 })).toEqual([[60, 61, 61, 61]]);
    expect(await values(bridge, 'keepLastValue(s.v)', { from: t0 + 95, until: t0 + 1000 })).toEqual([[]]);
    expect(await values(bridge, 'keepLastValue(removeAboveValue(s.v,1))', { until: t0 + 30 })).toEqual([[0, 1, 1]]);
    expect(await values(bridge, 'sumSeries(keepLastValue(s.v),s.v)', { until: t0 + 100 })).toEqual([
      [0, 2, 4, 2, 2, 2, 2, 2, 120, 122],
    ]);
  });
});

describe('what goes wrong', () => {
  it('is told as text: a function that is not there, and which are', async () => {
    const bridge = await start({ weather: weather() });
    const { status, headers, text } = await bridge.get('/render?target=movingAverage(weather.toco.temp,5)');
    expect(status).toBe(400);
    expect(headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(text).toBe(
      'there is no function "movingAverage" here: there are alias, aliasByNode, averageSeries, constantLine, ' +
        'keepLastValue, offset, removeAboveValue, removeBelowValue, scale, sumSeries, timeShift\n',
    );
  });

  it.each([
    ['', 400, 'parameter target is missing'],
    ['target=a.b&from=soon', 400, 'from "soon" is no time'],
    ['target=a.b&from=now&until=-1h', 400, 'is not after from'],
    ['target=a.b&from=1&from=2', 400, 'parameter from is given more than once'],
    ['target=a.b&format=png', 400, 'format "png" is not made here: ask json'],
    ['target=a.b&maxDataPoints=many', 400, 'maxDataPoints "many" is no number'],
    [`target=${'a'.repeat(2001)}`, 413, 'a target of 2001 characters is longer than the 2000 allowed'],
    ['target=scale(scale(scale(a.b,1),1),1)', 413, 'more than 2 deep'],
    ['target=a.b&target=a.b&target=a.b&target=a.b', 413, '4 targets are more than the 3 allowed'],
    ['target=weather.toco.*', 413, 'the targets mean 3 fields, more than the 2 allowed'],
    ['target=a.{b,c,d}', 413, 'mean more than 2 paths'],
    ['target=sumSeries(a.b,a.c,a.d)', 413, 'the patterns mean 3 paths, more than the 2 allowed'],
  ])('%s', async (query, status, message) => {
    const limits = { graphiteTarget: 2000, graphiteDepth: 2, targets: 3, fields: 2 };
    const bridge = await start({ weather: weather() }, { limits });
    const answer = await bridge.get(`/render?${query}`);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(answer.text).toContain(message);
    expect(answer.text).not.toMatch(/^[{[]/);
  });

  it('a wrong method, a wrong form and a refused client are told as text too', async () => {
    const nobody = {
      authenticate: () => Promise.reject(new SisockError('not_authorized', 'who are you?')),
      maySee: () => false,
    };
    const bridge = await start({}, { limits: { bodyBytes: 100 } });
    const wrong = await fetch(`${bridge.url}/render`, { method: 'DELETE' });
    expect([wrong.status, await wrong.text()]).toEqual([405, '/render answers GET and HEAD and POST, not DELETE\n']);
    const long = await postForm(bridge, '/render', { target: 'a'.repeat(200) });
    expect([long.status, long.text]).toEqual([413, 'the body is longer than 100 bytes\n']);
    const closed = await start({}, { access: nobody });
    const refused = await closed.get('/metrics/find?query=*');
    expect([refused.status, refused.text]).toEqual([401, 'who are you?\n']);
  });

  it('a bad node costs its own series only, and is told in header and metric', async () => {
    const failing = like(weather(), {
      read: () => Promise.reject(new SisockError('bad_data', 'its disk is broken')),
      reduce: () => Promise.reject(new SisockError('bad_data', 'its disk is broken')),
    });
    const nodes = { good: weather(), hangs: hanging(), 'fails.x': failing };
    const bridge = await start(nodes, { limits: { nodeDeadlineMs: 1000, catalogDeadlineMs: 50 } });
    const range = { from: t0, until: t0 + 20 };
    for (const target of ['*.toco.temp', 'sumSeries(*.toco.temp)']) {
      const { status, headers, json } = await postForm(bridge, '/render', { target, ...range });
      expect(status).toBe(200);
      expect(json).toHaveLength(1);
      expect(json[0].datapoints).toEqual([
        [0.5, t0],
        [1.5, t0 + 10],
      ]);
      expect(headers.get('sisock-missing')!.split(', ').sort()).toEqual(['fails.x', 'hangs']);
    }
    expect(await bridge.metric('sisock_http_node_failures_total{node="hangs",code="timeout"}')).toBe(2);
    expect(await bridge.metric('sisock_http_partial_answers_total{route="/render"}')).toBe(2);
    const alone = await postForm(bridge, '/render', { target: 'hangs.toco.temp', ...range });
    expect([alone.status, alone.text]).toEqual([504, 'data node hangs did not answer within 0.05 s\n']);
    const broken = await postForm(bridge, '/render', { target: 'fails~2Ex.toco.temp', ...range });
    expect([broken.status, broken.text]).toEqual([502, 'its disk is broken\n']);
    const beside = await postForm(bridge, '/render', { target: ['hangs.toco.temp', 'constantLine(1)'], ...range });
    expect(beside.json).toHaveLength(1);
  });

  it('a node that answers with something else than means costs its own series only', async () => {
    const lying = like(weather(), {
      reduce: async (query, signal) => {
        const { fields, ...rest } = await weather().reduce(query, signal);
        return {
          ...rest,
          fields: new Map([...fields].map(([name]) => [name, { kind: 'stats', mean: new Float64Array(1) }])),
        };
      },
    });
    const bridge = await start({ good: weather(), lying });
    const form = { target: 'sumSeries(*.toco.temp)', from: t0, until: t0 + 20 };
    const { headers, json } = await postForm(bridge, '/render', form);
    expect(json[0].datapoints).toHaveLength(2);
    expect(headers.get('sisock-missing')).toBe('lying');
  });

  it('hidden nodes are not there', async () => {
    const access = {
      authenticate: () => Promise.resolve({ kind: 'anonymous' } as const),
      maySee: (_: unknown, node: string) => node !== 'secret',
    };
    const bridge = await start({ secret: weather(), open: weather() }, { access });
    expect((await render(bridge, '*.toco.temp')).map((one) => one.target)).toEqual(['open.toco.temp']);
    expect(await render(bridge, 'secret.toco.temp')).toEqual([]);
    expect((await bridge.get('/metrics/find?query=*')).json).toHaveLength(1);
    expect((await bridge.get('/metrics/expand?query=secret.*')).json).toEqual({ results: [] });
  });
});
