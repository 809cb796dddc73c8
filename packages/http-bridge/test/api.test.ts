import { get as httpGet } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { type Chunk, MemoryReader } from '@sisock/core';
import { batchOf, until } from '@sisock/testkit';
import { hanging, like, never, ramp, start, t0, weather } from './helpers.js';

const range = `from=${t0}&to=${t0 + 600}`;

describe('GET /api/v1/nodes, fields, status', () => {
  it('lists nodes and fields, and finds fields by words', async () => {
    const { get } = await start({ weather: weather(), n: ramp(5) });
    expect((await get('/api/v1/nodes')).json).toEqual({
      connected: true,
      nodes: [
        { name: 'weather', description: 'weather node', features: [] },
        { name: 'n', description: 'n node', features: [] },
      ],
    });
    const { json } = await get('/api/v1/fields');
    expect(json.total).toBe(5);
    expect(json.fields[0]).toEqual({
      field: 'weather::toco.temp',
      node: 'weather',
      name: 'toco.temp',
      type: 'number',
      units: 'C',
      description: 'air',
      timeline: 'tenths',
      interval: 10,
      extent: { start: t0, end: t0 + 590 },
    });
    const names = async (parameters: string) =>
      (await get(`/api/v1/fields?${parameters}`)).json.fields.map((f: { field: string }) => f.field);
    expect(await names('q=DOME')).toEqual(['weather::toco.open']);
    expect(await names('q=km/h+wind')).toEqual(['weather::toco.wind']);
    expect(await names('node=n')).toEqual(['n::v']);
    expect(await names('limit=2')).toHaveLength(2);
    expect(await names(`from=${t0 - 100}&to=${t0 - 50}`)).toEqual([]);
    expect(await names(`from=${t0 + 10}&to=${t0 + 20}&node=weather`)).toHaveLength(4);
    expect((await get('/api/v1/fields?node=nowhere')).status).toBe(404);
  });

  it('names the nodes that did not answer', async () => {
    const { get } = await start({ hangs: hanging(), n: ramp(1) }, { limits: { catalogDeadlineMs: 100 } });
    for (const path of ['/api/v1/fields', `/api/v1/fields?${range}`]) {
      const { json } = await get(path);
      expect(json.fields).toHaveLength(1);
      expect(json.notices).toMatchObject([{ node: 'hangs', code: 'timeout' }]);
    }
  });

  it('asks a node the more seldom for its fields, the longer that takes', async () => {
    let asked = 0;
    let seconds = 0;
    const node = ramp(5);
    const counted = like(node, {
      catalog: async (range, signal) => {
        asked++;
        clock.advance(seconds);
        return node.catalog(range, signal);
      },
    });
    const { get, clock } = await start({ n: counted }, { limits: { catalogCacheMostMs: 6000 } });
    const askedAfter = async (wait: number) => {
      clock.advance(wait);
      const before = asked;
      const { json } = await get('/api/v1/timelines');
      return { asked: asked - before, age: clock() - json.timelines[0].asOf };
    };
    expect(await askedAfter(0)).toEqual({ asked: 1, age: 0 });
    expect(await askedAfter(0.9)).toMatchObject({ asked: 0 });
    expect(await askedAfter(0.2)).toMatchObject({ asked: 1 });
    seconds = 0.2;
    expect(await askedAfter(2)).toMatchObject({ asked: 1 });
    expect(await askedAfter(3)).toMatchObject({ asked: 0 });
    seconds = 2;
    expect(await askedAfter(2)).toMatchObject({ asked: 1 });
    expect(await askedAfter(3.9)).toMatchObject({ asked: 0 });
    expect(await askedAfter(0.2)).toMatchObject({ asked: 1 });
  });

  it('tells how old the newest samples are, a line a timeline', async () => {
    const { get } = await start(
      { weather: weather(), n: ramp(5, null), hangs: hanging() },
      { limits: { catalogDeadlineMs: 100 } },
    );
    const { json } = await get('/api/v1/timelines');
    const asOf = t0 + 3600;
    expect(json).toEqual({
      now: t0 + 3600,
      timelines: [
        { node: 'weather', timeline: 'tenths', interval: 10, extent: { start: t0, end: t0 + 590 }, fields: 4, asOf },
        { node: 'n', timeline: 'seconds', interval: null, extent: { start: t0, end: t0 + 4 }, fields: 1, asOf },
      ],
      notices: [{ node: 'hangs', code: 'timeout', message: expect.any(String) }],
    });
    expect((await get('/api/v1/timelines?node=n')).status).toBe(400);
  });

  it('tells how old data and agents are, and which node does not answer', async () => {
    const agent = {
      address: 'observatory.a',
      agentClass: 'Fake',
      alive: true,
      lastSeen: t0 + 3590,
      operations: { acq: 3 },
    };
    const healthy = like(ramp(5), {
      health: () => Promise.resolve({ ok: true, newest: t0 + 3598, counters: { rows: 5 }, agents: [agent] }),
    });
    const hangs = like(ramp(1), { health: never });
    const { get } = await start({ healthy, hangs }, { limits: { nodeDeadlineMs: 1500 } });
    const { json } = await get('/api/v1/status');
    expect(json).toMatchObject({ connected: true, now: t0 + 3600, user: null, login: false });
    expect(json.nodes[0]).toEqual({
      name: 'healthy',
      reachable: true,
      ok: true,
      newest: t0 + 3598,
      age: 2,
      counters: { rows: 5 },
      agents: [{ ...agent, age: 10 }],
    });
    expect(json.nodes[1]).toMatchObject({ name: 'hangs', reachable: false });
  });
});

describe('GET /api/v1/latest', () => {
  it('gives the newest sample of each field, of any type', async () => {
    const { get, clock } = await start({ weather: weather() });
    clock.set(t0 + 600);
    const fields = ['temp', 'open', 'state'].map((f) => `field=weather::toco.${f}`).join('&');
    const { json } = await get(`/api/v1/latest?${fields}&field=weather::none`);
    expect(json.latest.map((l: { time: number; age: number; value: unknown }) => [l.time, l.age, l.value])).toEqual([
      [t0 + 590, 10, 59.5],
      [t0 + 590, 10, true],
      [t0 + 590, 10, 'storm "é"'],
    ]);
    expect(json.notices).toMatchObject([{ field: 'weather::none', code: 'unknown_field' }]);
  });

  it('finds a field that is not in the newest rows, and one whose node knows no extent', async () => {
    const node = new MemoryReader({
      timelines: [
        { name: 'l', batches: [batchOf([t0, t0 + 1], { a: [1, 2], b: [3, 4] }), batchOf([t0 + 2], { a: [5] })] },
      ],
    });
    const vague = like(node, {
      catalog: async (r, signal) => {
        const { fields, timelines } = await node.catalog(r, signal);
        return { fields, timelines: new Map([...timelines].map(([k, v]) => [k, { ...v, extent: null }])) };
      },
    });
    const { get } = await start({ node, vague });
    for (const name of ['node', 'vague']) {
      const { json } = await get(`/api/v1/latest?field=${name}::a&field=${name}::b`);
      expect(json.latest.map((l: { time: number; value: unknown }) => [l.time, l.value])).toEqual([
        [t0 + 2, 5],
        [t0 + 1, 4],
      ]);
    }
  });
});

describe('GET /api/v1/series', () => {
  it('gives columns with times as UNIX seconds at full precision', async () => {
    const t = [t0 + 0.1234567, t0 + 1 / 3, t0 + 1];
    const node = new MemoryReader({ timelines: [{ name: 'l', batches: [batchOf(t, { v: [0.1, 1e-9, -0] })] }] });
    const { get } = await start({ n: node });
    const { json } = await get(`/api/v1/series?field=n::v&${range}`);
    expect(json).toMatchObject({ from: t0, to: t0 + 600, notices: [] });
    expect(json.series).toMatchObject([
      { field: 'n::v', node: 'n', timeline: 'l', type: 'number', reduced: false, method: 'raw', samples: 3, points: 3 },
    ]);
    expect(json.series[0].time).toEqual(t);
    expect(json.series[0].value).toEqual([0.1, 1e-9, 0]);
  });

  it('gives the nearest samples beside the range where edges are asked for', async () => {
    const { get } = await start({ n: ramp(600), w: weather() });
    const times = async (parameters: string) =>
      (await get(`/api/v1/series?${parameters}`)).json.series[0].time.map((t: number) => t - t0);
    const inside = `from=${t0 + 14}&to=${t0 + 36}`;
    expect(await times(`field=w::toco.temp&${inside}`)).toEqual([20, 30]);
    expect(await times(`field=w::toco.temp&${inside}&edges=true`)).toEqual([10, 20, 30, 40]);
    // Nothing is near: a line from there would tell what nobody measured.
    expect(await times(`field=w::toco.temp&from=${t0 + 620}&to=${t0 + 640}&edges=true`)).toEqual([]);
    const reduced = await times(`field=n::v&from=${t0 + 99.5}&to=${t0 + 300.5}&maxDataPoints=10&edges=true`);
    expect([reduced[0], reduced.at(-1)]).toEqual([99, 301]);
    expect((await get(`/api/v1/series?field=n::v&raw=true&edges=true&${inside}`)).status).toBe(400);
  });

  it('takes bools and texts as they are, and gaps only when asked', async () => {
    const node = new MemoryReader({
      timelines: [
        {
          name: 'l',
          interval: 1,
          batches: [batchOf([t0, t0 + 1, t0 + 100], { v: [1, 2, 3], b: [true, false, true], s: ['x', 'y', 'é'] })],
        },
      ],
    });
    const { get } = await start({ n: node });
    const { json } = await get(`/api/v1/series?field=n::v&field=n::b&field=n::s&${range}`);
    expect(json.series.map((s: { value: unknown }) => s.value)).toEqual([
      [1, 2, 3],
      [true, false, true],
      ['x', 'y', 'é'],
    ]);
    const gaps = (await get(`/api/v1/series?field=n::v&${range}&gaps=true`)).json.series[0];
    expect(gaps.value).toEqual([1, 2, null, 3]);
    expect(gaps.time[2]).toBe(t0 + 50.5);
  });

  it('reduces to maxDataPoints, or to one bucket an intervalMs', async () => {
    const { get } = await start({ n: ramp(20_000) });
    const series = async (p: string) =>
      (await get(`/api/v1/series?field=n::v&from=${t0}&to=${t0 + 20_000}&${p}`)).json.series[0];
    const byPoints = await series('maxDataPoints=100');
    expect(byPoints).toMatchObject({ reduced: true, method: 'm4', samples: 20_000 });
    expect(byPoints.points).toBeGreaterThan(200);
    expect(byPoints.points).toBeLessThanOrEqual(400);
    expect((await series('intervalMs=200000')).time).toEqual(byPoints.time);
    expect((await series('')).points).toBeLessThanOrEqual(4000);
  });

  it('gives rows for Infinity', async () => {
    const { get } = await start({ n: ramp(3) });
    const { json } = await get(`/api/v1/series?field=n::v&from=${t0}000&to=${t0 + 600}000&intervalMs=1000&format=rows`);
    expect(json).toEqual([0, 1, 2].map((i) => ({ time: (t0 + i) * 1000, field: 'n::v', value: Math.sin(i / 50) })));
  });

  it.each([
    [`${t0}`, t0],
    [`${t0}000`, t0],
    ['2017-07-14T02:40:00Z', t0],
    ['2017-07-14T02:40:00.000001', t0 + 1e-6],
    ['2017-07-14T04:40:00%2B02:00', t0],
    ['2017-07-14', t0 - 9600],
    ['now-1h', t0],
    ['now', t0 + 3600],
    ['now-90m', t0 - 1800],
    ['-3600', t0],
    ['0', t0 + 3600],
    ['1', 1],
  ])('understands the time %s', async (text, seconds) => {
    const { get } = await start({ n: ramp(3) });
    const { json } = await get(`/api/v1/series?field=n::v&from=${text}&to=now`);
    expect(json.from).toBe(seconds);
  });

  it('streams all samples as blocks of columns', async () => {
    const running = await start({ n: ramp(25_000), weather: weather() }, { limits: { chunkRows: 4000 } });
    const { json } = await running.get(
      `/api/v1/series?field=n::v&field=weather::toco.open&from=${t0}&to=${t0 + 30_000}&raw=true`,
    );
    const own = json.blocks.filter((b: { node: string }) => b.node === 'n');
    expect(own.length).toBeGreaterThan(5);
    const times = own.flatMap((b: { time: number[] }) => b.time);
    const values = own.flatMap((b: { values: Record<string, number[]> }) => b.values['n::v']);
    expect(times).toEqual(Array.from({ length: 25_000 }, (_, i) => t0 + i));
    expect(values).toEqual(times.map((t: number) => Math.sin((t - t0) / 50)));
    expect(json).toMatchObject({ raw: true, rows: 25_060, complete: true, notices: [] });
    const cut = (await running.get(`/api/v1/series?field=n::v&from=${t0}&to=${t0 + 30_000}&raw=true&limit=7000`)).json;
    expect(cut).toMatchObject({ rows: 7000, complete: false, notices: [{ code: 'too_large' }] });
    expect(cut.blocks.flatMap((b: { time: number[] }) => b.time)).toHaveLength(7000);
  });

  it('reads no further ahead than a slow client takes, and cuts off one that takes nothing', async () => {
    let chunks = 0;
    const endless = like(ramp(1), {
      read: async ({ maxSamples, cursor }): Promise<Chunk> => {
        chunks++;
        const first = Number(cursor ?? 0);
        const t = Float64Array.from({ length: maxSamples }, (_, i) => t0 + (first + i) / 1e4);
        const column = { kind: 'f64', v: t.map((x) => Math.sin(x)) } as const;
        return {
          batches: [{ t, columns: new Map([['v', column]]) }],
          cursor: String(first + maxSamples),
          done: false,
          finalizedUntil: 0,
          revision: '',
        };
      },
    });
    const running = await start({ endless, weather: weather() }, { limits: { writeDeadlineMs: 300 } });
    const url = `${running.url}/api/v1/series?field=endless::v&from=${t0}&to=${t0 + 1e6}&raw=true&format=csv`;
    const request = httpGet(url, (res) => res.pause().on('error', () => undefined)).on('error', () => undefined);
    await until(() => running.metric('sisock_http_cut_off_total'), { what: 'cutting off' });
    expect(chunks).toBeLessThan(50);
    expect((await running.get(`/api/v1/series?field=weather::toco.temp&${range}`)).status).toBe(200);
    request.destroy();
  });

  it('writes CSV by RFC 4180, with ISO or UNIX times', async () => {
    const node = new MemoryReader({
      timelines: [
        {
          name: 'l',
          batches: [
            batchOf([t0, t0, t0 + 0.000001], { v: [1.5, NaN, -Infinity], 'a,"b"': ['x,y', 'say "hi"\r\n', 'plain'] }),
          ],
        },
        { name: 'm', batches: [batchOf([t0, t0 + 2], { big: [2n ** 60n, 3n], on: [true, false] })] },
      ],
    });
    const { get } = await start({ n: node });
    const fields = 'field=n::v&field=n::a%2C%22b%22&field=n::big&field=n::on';
    const raw = await get(`/api/v1/series?${fields}&${range}&raw=true&format=csv`);
    expect(raw.headers.get('content-type')).toMatch(/^text\/csv/);
    const lines = [
      'time,n::v,"n::a,""b""",n::big,n::on',
      '2017-07-14T02:40:00.000000Z,1.5,"x,y",1152921504606846976,true',
      '2017-07-14T02:40:00.000000Z,NaN,"say ""hi""\r\n",,',
      '2017-07-14T02:40:00.000001Z,-inf,plain,,',
      '2017-07-14T02:40:02.000000Z,,,3,false',
      '',
    ];
    expect(raw.text).toBe(lines.join('\r\n'));
    const reduced = await get(`/api/v1/series?field=n::v&${range}&format=csv&time=unix`);
    expect(reduced.text).toBe(`time,n::v\r\n${t0},1.5\r\n${t0},NaN\r\n${t0 + 0.000001},-inf\r\n`);
  });

  it('tells of fields and nodes that are missing, beside the others', async () => {
    const fails = like(ramp(5), {
      read: () => Promise.reject(new Error('x')),
      reduce: () => Promise.reject(new Error('x')),
    });
    const { get } = await start({ fails, n: ramp(5) });
    for (const form of ['', '&raw=true']) {
      const { json, headers } = await get(`/api/v1/series?field=fails::v&field=n::v&field=n::w&${range}${form}`);
      expect(json.notices.map((n: { code: string }) => n.code)).toEqual(['unknown_field', 'internal']);
      expect(headers.get('sisock-missing')).toBe('fails');
    }
    const csv = await get(`/api/v1/series?field=fails::v&field=n::v&${range}&raw=true&format=csv`);
    expect(csv.headers.get('sisock-missing')).toBe('fails');
    expect(csv.text.split('\r\n')[1]).toBe('2017-07-14T02:40:00.000000Z,,0');
    for (const form of ['', '&raw=true', '&format=csv', '&raw=true&format=rows']) {
      expect((await get(`/api/v1/series?field=n::w&${range}${form}`)).status).toBe(404);
      expect((await get(`/api/v1/series?field=fails::v&${range}${form}`)).status).toBe(500);
    }
  });

  it.each([
    ['', /parameter field is missing/],
    ['field=n::v&from=yesterday', /parameter from "yesterday" is no time/],
    ['field=n::v&to=now%201h', /parameter to/],
    ['field=n::v&to=9e99', /parameter to/],
    ['field=n::v&from=1&from=2', /from is given more than once/],
    ['field=n::v&format=xml', /format "xml" is none of json, rows, wide, csv/],
    ['field=n::v&maxDataPoints=0', /maxDataPoints "0" is not a number from 1/],
    ['field=n::v&raw=maybe', /raw "maybe"/],
    ['field=n::v&limit=5', /limit belongs to raw=true/],
    ['field=n::v&maxdatapoints=5', /"maxdatapoints" is unknown here/],
    ['field=nonsense', /not of the form node::field/],
  ])('refuses ?%s', async (parameters, message) => {
    const { get } = await start({ n: ramp(3) });
    const { status, json } = await get(`/api/v1/series?${parameters}`);
    expect([400, 404]).toContain(status);
    expect(json.message).toMatch(message);
  });
});
