import { describe, expect, it } from '@jest/globals';
import { MemoryReader } from '@sisock/core';
import { batchOf } from '@sisock/testkit';
import { hanging, iso, like, query, ramp, start, t0, weather } from './helpers.js';

/** As the simPod data source sends it, unknown keys and all. */
const simPod = {
  app: 'panel-viewer',
  requestId: 'SQR101',
  timezone: 'browser',
  range: { from: iso(t0), to: iso(t0 + 50), raw: { from: 'now-1h', to: 'now' } },
  interval: '5s',
  intervalMs: 5000,
  targets: [
    {
      refId: 'A',
      target: 'weather::toco.temp',
      payload: {},
      editorMode: 'code',
      datasource: { type: 'simpod-json-datasource', uid: 'u' },
    },
    { refId: 'B', target: 'weather::toco.wind', payload: {}, editorMode: 'code' },
  ],
  maxDataPoints: 500,
  scopedVars: {
    __sceneObject: { text: '__sceneObject' },
    __interval: { text: '5s', value: '5s' },
    undefined: { text: 'x' },
  },
  startTime: 1795187703067,
  rangeRaw: { from: 'now-1h', to: 'now' },
  scopes: [],
  panelId: 1,
  panelName: 'p',
  panelPluginId: 'timeseries',
  dashboardUID: 'sisock',
};

/** As SimpleJson sends it. */
const simpleJson = {
  panelId: 'Q-1599986187842-0.16-0',
  range: { from: iso(t0), to: iso(t0 + 50), raw: { from: 'now-6h', to: 'now' } },
  rangeRaw: { from: 'now-6h', to: 'now' },
  interval: '30s',
  intervalMs: 30000,
  targets: [{ target: 'weather::toco.temp', refId: 'A', type: 'timeserie' }],
  adhocFilters: [{ key: 'City', operator: '=', value: 'Berlin' }],
  format: 'json',
  maxDataPoints: 550,
};

describe('POST /query', () => {
  it("answers simPod's request field by field", async () => {
    const { post } = await start({ weather: weather() });
    const { status, json } = await post('/query', simPod);
    expect(status).toBe(200);
    const pairs = (value: (i: number) => number, n: number) =>
      Array.from({ length: n }, (_, i) => [value(i), (t0 + 10 * i) * 1000]);
    // One sample beyond the end, so that the line reaches the edge.
    expect(json).toEqual([
      {
        target: 'weather::toco.temp',
        refId: 'A',
        unit: 'celsius',
        datapoints: pairs((i) => i + 0.5, 6),
        meta: {
          custom: { reduced: false, method: 'raw', samples: 6, points: 6, finalizedUntil: t0 + 590, final: true },
        },
      },
      {
        target: 'weather::toco.wind',
        refId: 'B',
        unit: 'velocitykmh',
        datapoints: pairs((i) => 2 * i, 6),
        meta: {
          custom: { reduced: false, method: 'raw', samples: 6, points: 6, finalizedUntil: t0 + 590, final: true },
        },
      },
    ]);
  });

  it("answers SimpleJson's request, and the README's kind without refId", async () => {
    const { post } = await start({ weather: weather() });
    const { json } = await post('/query', simpleJson);
    expect(json).toHaveLength(1);
    expect(json[0]).toMatchObject({ target: 'weather::toco.temp', refId: 'A' });
    expect(json[0].datapoints[0]).toEqual([0.5, t0 * 1000]);
    const old = { ...simpleJson, targets: [{ target: 'weather::toco.temp' }] };
    const { json: again } = await post('/query', old);
    expect(again[0].datapoints).toEqual(json[0].datapoints);
    expect(again[0]).not.toHaveProperty('refId');
  });

  it('takes the literal name first, then the escapes and lists of template variables', async () => {
    const odd = new MemoryReader({
      timelines: [{ name: 'l', batches: [batchOf([t0], { 'a\\.b': [1], 'a.b': [2], '(a|b)': [3], c: [4] })] }],
    });
    const { post } = await start({ odd, weather: weather() });
    const names = async (target: string) => {
      const { json } = await post('/query', query([target], t0 - 1, t0 + 50));
      return (json as { target: string; datapoints: number[][] }[]).map((s) => [s.target, s.datapoints[0]?.[0]]);
    };
    expect(await names('odd::a\\.b')).toEqual([['odd::a\\.b', 1]]);
    expect(await names('odd::(a|b)')).toEqual([['odd::(a|b)', 3]]);
    expect(await names('weather::toco\\.temp')).toEqual([['weather::toco.temp', 0.5]]);
    expect(await names('(weather::toco\\.temp|weather::toco\\.wind)')).toEqual([
      ['weather::toco.temp', 0.5],
      ['weather::toco.wind', 0],
    ]);
    expect(await names('weather::toco.(temp|wind)')).toEqual([
      ['weather::toco.temp', 0.5],
      ['weather::toco.wind', 0],
    ]);
  });

  it('skips hidden and empty targets and "select metric"', async () => {
    const { post } = await start({ weather: weather() });
    const targets = [
      { target: 'weather::toco.temp', hide: true, refId: 'A' },
      { target: '', refId: 'B' },
      { target: 'select metric', refId: 'C' },
      { refId: 'D' },
      { target: null, refId: 'E' },
      { target: 'weather::toco.wind', refId: 'F' },
    ];
    const { json } = await post('/query', { ...simPod, targets });
    expect(json.map((s: { refId: string }) => s.refId)).toEqual(['F']);
    expect((await post('/query', { range: simPod.range })).json).toEqual([]);
  });

  it('gives units their Grafana names, and others as a suffix', async () => {
    const units: [string | null, string | undefined][] = [
      ['K', 'kelvin'],
      ['C', 'celsius'],
      ['%', 'percent'],
      ['mBar', 'pressurembar'],
      ['km/h', 'velocitykmh'],
      ['deg', 'degree'],
      ['mm', 'lengthmm'],
      ['furlong', 'suffix:furlong'],
      [null, undefined],
    ];
    const fields = units.map(([unit], i) => ({ name: `f${i}`, units: unit }));
    const values = Object.fromEntries(fields.map(({ name }) => [name, [1]]));
    const node = new MemoryReader({ timelines: [{ name: 'l', fields, batches: [batchOf([t0], values)] }] });
    const { post } = await start({ n: node });
    const { json } = await post(
      '/query',
      query(
        fields.map(({ name }) => `n::${name}`),
        t0 - 1,
        t0 + 1,
      ),
    );
    expect(json.map((s: { unit?: string }) => s.unit)).toEqual(units.map(([, grafana]) => grafana));
  });

  it('breaks lines at gaps with a null inside the gap, and gives NaN as null', async () => {
    const node = new MemoryReader({
      timelines: [
        {
          name: 'l',
          interval: 1,
          batches: [batchOf([t0, t0 + 1, t0 + 2, t0 + 12, t0 + 13], { v: [1, NaN, 3, 4, 5] })],
        },
      ],
    });
    const running = await start({ n: node });
    const { json } = await running.post('/query', query(['n::v'], t0 - 1, t0 + 20));
    expect(json[0].datapoints).toEqual([
      [1, t0 * 1000],
      [null, (t0 + 1) * 1000],
      [3, (t0 + 2) * 1000],
      [null, (t0 + 7) * 1000],
      [4, (t0 + 12) * 1000],
      [5, (t0 + 13) * 1000],
    ]);
    expect(await running.metric('sisock_http_non_finite_total')).toBe(1);
  });

  it('finds gaps in reduced series too, and none where samples are merely sparse', async () => {
    const t = Array.from({ length: 20_000 }, (_, i) => t0 + i + (i >= 10_000 ? 3000 : 0));
    const gappy = new MemoryReader({
      timelines: [{ name: 'l', interval: 1, batches: [batchOf(t, { v: t.map(Math.sin) })] }],
    });
    // The node says 1 s, its samples come every minute: they are no gaps.
    const lying = new MemoryReader({
      timelines: [
        {
          name: 'm',
          interval: 1,
          batches: [
            batchOf(
              t.slice(0, 100).map((_, i) => t0 + 60 * i),
              { w: t.slice(0, 100) },
            ),
          ],
        },
      ],
    });
    const { post } = await start({ gappy, lying });
    const { json } = await post('/query', query(['gappy::v', 'lying::w'], t0, t0 + 23_000, 200));
    const nulls = (i: number) => json[i].datapoints.filter((p: (number | null)[]) => p[0] === null);
    expect(nulls(0)).toHaveLength(1);
    expect(nulls(0)[0][1]).toBeGreaterThan((t0 + 9999) * 1000);
    expect(nulls(0)[0][1]).toBeLessThan((t0 + 13_000) * 1000);
    expect(nulls(1)).toEqual([]);
  });

  it('tells texts as a frame and bools as 0 and 1', async () => {
    const { post } = await start({ weather: weather() });
    const { json } = await post(
      '/query',
      query(['weather::toco.state', 'weather::toco.open'], t0 + 180, t0 + 320, 1000),
    );
    const [state, open] = json;
    expect(state).toMatchObject({ refId: 'A', name: 'weather::toco.state' });
    expect(state.fields.map((f: { type: string }) => f.type)).toEqual(['time', 'string']);
    expect(state.fields[0].values.slice(0, 2)).toEqual([(t0 + 170) * 1000, (t0 + 180) * 1000]);
    expect(state.fields[1].values.at(-1)).toBe('storm "é"');
    expect(open.datapoints.map((p: number[]) => p[0])).toContain(0);
    expect(open.datapoints.at(-1)[0]).toBe(1);
  });

  it('keeps only the changes of texts when there are many', async () => {
    const t = Array.from({ length: 5000 }, (_, i) => t0 + i);
    const node = new MemoryReader({
      timelines: [{ name: 'l', interval: 1, batches: [batchOf(t, { s: t.map((_, i) => (i < 2500 ? 'a' : 'b')) })] }],
    });
    const { post } = await start({ n: node });
    const { json } = await post('/query', query(['n::s'], t0, t0 + 5000, 100));
    expect(json[0].fields[1].values).toEqual(['a', 'b', 'b']);
    expect(json[0].fields[0].values[1]).toBe((t0 + 2500) * 1000);
    expect(json[0].meta.custom).toMatchObject({ reduced: true, method: 'changes', samples: 5000 });
  });

  it('reduces long ranges to real samples within the budget, and says so', async () => {
    const { post } = await start({ n: ramp(50_000) });
    const { json } = await post('/query', query(['n::v'], t0, t0 + 50_000, 300));
    const points = json[0].datapoints as [number, number][];
    expect(points.length).toBeLessThanOrEqual(4 * 300);
    expect(points.length).toBeGreaterThan(600);
    for (const [value, ms] of points) expect(value).toBe(Math.sin((ms / 1000 - t0) / 50));
    expect(json[0].meta.custom).toMatchObject({
      reduced: true,
      method: 'minmax',
      samples: 50_000,
      points: points.length,
    });
    expect(json[0].meta.notices[0].text).toMatch(/50000 samples/);
  });

  it('keeps the least and the greatest sample of each half of a column of pixels', async () => {
    const t = Array.from({ length: 8000 }, (_, i) => t0 + i);
    const v = t.map((_, i) => (i % 10 === 3 ? 1000 + i : i % 10 === 7 ? -1000 - i : i % 10));
    const node = new MemoryReader({ timelines: [{ name: 'l', interval: 1, batches: [batchOf(t, { v })] }] });
    const { post } = await start({ n: node });
    const { json } = await post('/query', query(['n::v'], t0, t0 + 8000, 400));
    const times = json[0].datapoints.map(([, ms]: [number, number]) => ms / 1000 - t0);
    expect(times).toEqual(t.map((_, i) => i).filter((i) => i % 10 === 3 || i % 10 === 7));
  });

  it('gives all samples where they are no more than the points', async () => {
    const { post } = await start({ n: ramp(500), irregular: ramp(500, null) });
    const { json } = await post('/query', query(['n::v', 'irregular::v'], t0, t0 + 500, 500));
    for (const series of json) {
      expect(series.meta.custom).toMatchObject({ reduced: false, samples: 500 });
      expect(series.datapoints).toHaveLength(500);
    }
  });

  it('asks each timeline of a node once', async () => {
    const asked: unknown[] = [];
    const node = weather();
    const counting = like(node, {
      read: (q, signal) => {
        asked.push(q.fields);
        return node.read(q, signal);
      },
    });
    const { post } = await start({ weather: counting });
    const all = ['temp', 'wind', 'open', 'state', 'temp'].map((f) => `weather::toco.${f}`);
    const { json } = await post('/query', query(all, t0, t0 + 600));
    expect(json).toHaveLength(5);
    expect(asked).toEqual([['toco.temp', 'toco.wind', 'toco.open', 'toco.state']]);
  });

  it('says what is unknown beside what is known', async () => {
    const { post } = await start({ weather: weather() });
    const targets = ['nonsense', 'nowhere::x', 'weather::nothing', 'weather::toco.temp'];
    const { status, json } = await post('/query', query(targets, t0, t0 + 100));
    expect(status).toBe(200);
    const notices = json.map((s: { meta: { notices?: { text: string }[] } }) => s.meta.notices?.[0]?.text);
    expect(json.slice(0, 3).map((s: { datapoints: unknown }) => s.datapoints)).toEqual([[], [], []]);
    expect(notices[0]).toMatch(/"nonsense" is not of the form node::field/);
    expect(notices[1]).toMatch(/"nowhere": there are weather/);
    expect(notices[2]).toMatch(/"nothing" is not a field of data node weather/);
    expect(json[3].datapoints.length).toBeGreaterThan(5);
  });

  it('finds a shortened name that only one field can mean', async () => {
    const fields = {
      'observatory.LSA22YE.feeds.temperatures.Channel_01': [7],
      'observatory.B.feeds.x.Channel_02': [8],
      'observatory.C.feeds.x.Channel_02': [9],
    };
    const node = new MemoryReader({ timelines: [{ name: 'l', batches: [batchOf([t0], fields)] }] });
    const { post } = await start({ g3: node });
    const { json } = await post(
      '/query',
      query(['g3::LSA22YE.temperatures.Channel_01', 'g3::Channel_02'], t0 - 1, t0 + 1),
    );
    expect(json[0]).toMatchObject({ target: 'g3::LSA22YE.temperatures.Channel_01', datapoints: [[7, t0 * 1000]] });
    expect(json[1].meta.notices[0].text).toMatch(/may mean 2 fields/);
  });

  it('answers an empty or reversed range with no points', async () => {
    const { post } = await start({ weather: weather() });
    for (const [from, to] of [
      [t0, t0],
      [t0 + 10, t0],
    ] as const) {
      const { status, json } = await post('/query', query(['weather::toco.temp'], from, to));
      expect(status).toBe(200);
      expect(json[0].datapoints).toEqual([]);
    }
  });

  it('answers ranges of a millisecond and of thousands of years', async () => {
    const { post } = await start({ weather: weather() });
    const narrow = await post('/query', query(['weather::toco.temp'], t0, t0 + 0.001, 20_000));
    expect(narrow.json[0].datapoints).toContainEqual([0.5, t0 * 1000]);
    const body = { ...simpleJson, range: { from: '0001-01-01T00:00:00.000Z', to: '9999-12-31T23:59:59.999Z' } };
    const wide = await post('/query', body);
    expect(wide.status).toBe(200);
    expect(wide.json[0].datapoints.length).toBeGreaterThan(0);
  });

  it('lets a node that hangs or fails cost its own fields only, and tells', async () => {
    const bad = like(weather(), {
      read: () => Promise.reject(new TypeError('boom')),
      reduce: () => Promise.reject(new TypeError('boom')),
    });
    const running = await start(
      { bad, hangs: hanging(), weather: weather() },
      { limits: { nodeDeadlineMs: 1500, catalogDeadlineMs: 200 } },
    );
    const answer = await running.post(
      '/query',
      query(['bad::toco.temp', 'hangs::x', 'weather::toco.temp'], t0, t0 + 100),
    );
    expect(answer.status).toBe(200);
    expect(answer.json[0]).toMatchObject({ datapoints: [], meta: { notices: [{ severity: 'error' }] } });
    expect(answer.json[1].meta.notices[0].text).toMatch(/hangs did not answer within 0.2 s/);
    expect(answer.json[2].datapoints.length).toBeGreaterThan(5);
    expect(answer.headers.get('sisock-missing')).toBe('bad, hangs');
    expect(await running.metric('sisock_http_node_failures_total{node="hangs",code="timeout"}')).toBe(1);
    expect(await running.metric('sisock_http_node_failures_total{node="bad",code="internal"}')).toBe(1);
    expect(await running.metric('sisock_http_partial_answers_total{route="/query"}')).toBe(1);
  });

  it.each([
    ['no JSON', '{"range":', 400, /not JSON/],
    ['no object', '[]', 400, /body \(a list of 0\)/],
    ['an empty body', '', 400, /range \(missing\)/],
    ['no range', { targets: [] }, 400, /range \(missing\)/],
    ['a wrong time', { range: { from: 'yesterday', to: iso(t0) } }, 400, /range\.from "yesterday"/],
    ['a wrong target', { range: simPod.range, targets: [{ target: 7 }] }, 400, /targets\.0\.target 7/],
    ['targets that are no list', { range: simPod.range, targets: 'x' }, 400, /targets "x"/],
    ['wrong points', { range: simPod.range, maxDataPoints: -3 }, 400, /maxDataPoints -3/],
    ['a long body', JSON.stringify({ x: 'y'.repeat(5000) }), 413, /longer than 4000 bytes/],
    ['many targets', query(['a', 'b', 'c', 'd'], t0, t0 + 1), 413, /4 targets are more than the 3/],
    ['many fields', query(['n::(a|b|c|d|e|f)'], t0, t0 + 1), 413, /more than 5 fields/],
    ['many fields in few letters', query(['(a|b)'.repeat(60)], t0, t0 + 1), 413, /more than 5 fields/],
  ])('refuses %s with one clear error', async (_name, body, status, message) => {
    const running = await start({ weather: weather() }, { limits: { bodyBytes: 4000, targets: 3, fields: 5 } });
    const answer = await running.post('/query', body);
    expect(answer.status).toBe(status);
    expect(answer.json.message).toMatch(message);
    expect(answer.json.error.message).toBe(answer.json.message);
    expect(answer.text).not.toMatch(/\bat .*\.[jt]s/);
    const code = status === 413 ? 'too_large' : 'bad_request';
    expect(await running.metric(`sisock_http_bad_requests_total{route="/query",code="${code}"}`)).toBe(1);
  });
});
