import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { MemoryReader } from '@sisock/core';
import { batchOf, until } from '@sisock/testkit';
import { infinityRequests, type PanelRequest, simpleJsonRequests, simPodRequests } from './dashboards.js';
import { hanging, query, ramp, type Running, start, t0, weather } from './helpers.js';

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Json = any;

const fixture = (name: string): Json =>
  JSON.parse(readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), 'utf8'));

interface Exchange {
  readonly name: string;
  /** A node came and went before. */
  readonly events?: boolean;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: object;
  readonly answer: unknown;
}

/** A node comes, goes 10 s later, and is away for 20 s. */
async function comeAndGo(running: Running): Promise<void> {
  running.site.add('late', ramp(1), 'late node');
  running.clock.advance(10);
  running.site.remove('late');
  running.clock.advance(20);
  const path = `/api/v1/events?from=${t0}&to=${t0 + 9000}`;
  await until(async () => (await running.get(path)).json.length === 2);
}

describe.each(['simple-json', 'simpod', 'infinity'])('what Grafana sends and gets: %s', (name) => {
  it.each((fixture(name) as Exchange[]).map((one) => [one.name, one] as const))('%s', async (_name, exchange) => {
    const running = await start({ weather: weather() });
    if (exchange.events) await comeAndGo(running);
    const { method, path, body } = exchange;
    const { status, json } = await (method === 'GET' ? running.get(path) : running.post(path, body ?? ''));
    expect(status).toBe(200);
    expect(json).toEqual(exchange.answer);
  });
});

const dashboards: [string, (dashboard: Json) => PanelRequest[]][] = [
  ['dashboard-simple-json', simpleJsonRequests],
  ['dashboard-simpod', simPodRequests],
  ['dashboard-infinity', infinityRequests],
];

/** Times of one element of an answer, whatever its form; for rows of a GET the row is the element. */
function timesOf(element: Json): number[] {
  if (element.datapoints) return element.datapoints.map((pair: number[]) => pair[1]);
  if (element.rows) return element.rows.map((row: number[]) => row[0]);
  if (element.fields) return element.fields[0].values;
  if (element.data) return element.data.values[0];
  return typeof element.time === 'number' ? [element.time] : [];
}

describe.each(dashboards)('%s', (name, requestsOf) => {
  it('is drawn at once by a bridge that was just started, though nobody opened a drop-down (fault 1)', async () => {
    const running = await start({});
    running.site.add('weather', weather());
    const requests = requestsOf(fixture(name)).filter(({ what }) => what.startsWith('panel'));
    expect(requests.length).toBeGreaterThan(1);
    for (const { what, method, path, body, refIds } of requests) {
      const { status, json } = await (method === 'GET' ? running.get(path) : running.post(path, body));
      expect([what, status]).toEqual([what, 200]);
      const from = t0 * 1000;
      const times = (json as Json[]).flatMap(timesOf);
      expect(times.length).toBeGreaterThan(50);
      expect(Math.min(...times)).toBe(from);
      expect(new Set(json.map((e: Json) => e.refId ?? e.schema?.refId).filter(Boolean))).toEqual(new Set(refIds));
      expect(JSON.stringify(json)).not.toMatch(/"severity":"(warning|error)"/);
    }
    for (const route of ['/search', '/metrics', '/variable']) {
      expect(await running.metric(`sisock_http_requests_total{route="${route}",status="200"}`)).toBe(0);
    }
  });

  it('has its annotations and variables', async () => {
    const running = await start({ weather: weather() });
    running.clock.set(t0 + 60);
    await comeAndGo(running);
    const others = requestsOf(fixture(name)).filter(({ what }) => !what.startsWith('panel'));
    expect(others.length).toBeGreaterThan(0);
    for (const { what, method, path, body } of others) {
      const { status, json } = await (method === 'GET' ? running.get(path) : running.post(path, body));
      expect(status).toBe(200);
      if (what.startsWith('annotation')) {
        expect((json as Json[]).flatMap(timesOf)).toEqual([(t0 + 60) * 1000, (t0 + 70) * 1000]);
      } else expect(json.length).toBeGreaterThan(0);
    }
  });
});

describe('forms and filters', () => {
  it('tell NaN and infinities apart in a frame, with nulls in gaps', async () => {
    const times = [0, 1, 2, 3, 100, 101].map((s) => t0 + s);
    const node = new MemoryReader({
      timelines: [{ name: 'l', interval: 1, batches: [batchOf(times, { v: [1, NaN, Infinity, 4, -Infinity, 6] })] }],
    });
    const { post } = await start({ n: node });
    const targets = [{ refId: 'A', target: 'n::v', payload: { format: 'frame' } }];
    const { json } = await post('/query', { ...query([], t0, t0 + 200, 100), targets });
    expect(json[0].data).toEqual({
      values: [[0, 1, 2, 3, 51.5, 100, 101].map((s) => (t0 + s) * 1000), [1, null, null, 4, null, null, 6]],
      entities: [null, { NaN: [1], Inf: [2], NegInf: [5] }],
    });
  });

  it('leave texts of very many kinds texts', async () => {
    const t = Array.from({ length: 150 }, (_, i) => t0 + i);
    const node = new MemoryReader({
      timelines: [
        { name: 'l', batches: [batchOf(t, { many: t.map((_, i) => `"${i}"`), few: t.map((_, i) => `${i % 3}`) })] },
      ],
    });
    const { post } = await start({ n: node });
    const targets = ['n::many', 'n::few'].map((target, i) => ({ target, refId: `${i}` }));
    const { json } = await post('/query', { ...query([], t0, t0 + 150, 1000), targets });
    expect(json[0].schema.fields[1].type).toBe('string');
    expect(json[0].data.values[1][149]).toBe('"149"');
    expect(json[1].schema.fields[1].config.type.enum.text).toEqual(['0', '1', '2']);
    expect(json[1].data.values[1].slice(0, 4)).toEqual([0, 1, 2, 0]);
  });

  it('choose fields by node, units, type and labels', async () => {
    const labelled = (host: string, units: string) =>
      new MemoryReader({
        timelines: [
          { name: 'l', fields: [{ name: 'v', units, labels: { host } }], batches: [batchOf([t0], { v: [1] })] },
        ],
      });
    const { post } = await start({ a: labelled('h1', 'K'), b: labelled('h2', 'K'), 'c.d': labelled('h3', '12') });
    const shown = async (...filters: [string, string, string | string[]][]) => {
      const list = filters.map(([key, operator, value]) =>
        Array.isArray(value) ? { key, operator, values: value, value: value[0] } : { key, operator, value },
      );
      const names = ['a::v', 'b::v', 'c.d::v'];
      const { json, status } = await post('/query', { ...(query(names, t0 - 1, t0 + 1) as object), filters: list });
      return status === 200
        ? (json as { target: string }[]).map((e) => e.target[0]).join('')
        : (json.message as string);
    };
    expect(await shown()).toBe('abc');
    expect(await shown(['node', '=', 'a'])).toBe('a');
    expect(await shown(['node', '!=', 'a'])).toBe('bc');
    expect(await shown(['units', '=', 'K'], ['host', '=', 'h2'])).toBe('b');
    expect(await shown(['host', '=|', ['h1', 'h3']])).toBe('ac');
    expect(await shown(['host', '!=|', ['h1', 'h3']])).toBe('b');
    expect(await shown(['node', '=~', 'c\\.d|b'])).toBe('bc');
    expect(await shown(['host', '=~', '^h(1|2)$'])).toBe('ab');
    expect(await shown(['host', '=~', '.*2'])).toBe('b');
    expect(await shown(['host', '!~', 'h.+'])).toBe('');
    expect(await shown(['units', '<', '13'])).toBe('c');
    expect(await shown(['host', '>', 'h2'])).toBe('c');
    expect(await shown(['type', '=', 'string'])).toBe('');
    expect(await shown(['node', '=~', '(a+)+$'])).toMatch(/pattern "\(a\+\)\+\$" is not understood/);
    expect(await shown(['node', '~~', 'x'])).toMatch(/operator "~~" is unknown/);
    expect(await shown(['node', '=~', '(a|b)'.repeat(20)])).toMatch(/more than 1000/);
    const keys = (await post('/tag-keys', {})).json.map((k: { text: string }) => k.text);
    expect(keys).toEqual(['node', 'units', 'type', 'host']);
    const values = await post('/tag-values', { key: 'host', filters: [{ key: 'units', operator: '=', value: 'K' }] });
    expect(values.json).toEqual([{ text: 'h1' }, { text: 'h2' }]);
    expect((await post('/tag-values', { key: '__proto__' })).json).toEqual([]);
    expect((await post('/tag-values', {})).status).toBe(400);
  });

  it('put what is missing in a table into its notices, and keep the others', async () => {
    const { post } = await start({ weather: weather(), hangs: hanging() }, { limits: { catalogDeadlineMs: 100 } });
    const targets = [{ refId: 'A', target: '(weather::toco\\.temp|hangs::x|weather::none)', type: 'table' }];
    const { json } = await post('/query', { ...query([], t0, t0 + 20), targets });
    expect(json[0].rows).toEqual([
      [t0 * 1000, 0.5],
      [(t0 + 10) * 1000, 1.5],
    ]);
    expect(json[0].meta.notices.map((n: { severity: string }) => n.severity)).toEqual(['error', 'warning']);
  });

  it.each([
    [
      '/query',
      { ...query(['a::b'], t0, t0 + 1), targets: [{ target: 'a::b', payload: { format: 'xml' } }] },
      /format "xml"/,
    ],
    [
      '/query',
      { ...query(['a::b'], t0, t0 + 1), targets: [{ target: 'a', payload: { field: [7] } }] },
      /payload.field 7/,
    ],
    ['/query', { ...query(['a::b'], t0, t0 + 1), filters: 'x' }, /filters "x"/],
    ['/annotations', { range: { from: 1, to: 2 } }, /annotation \(missing\)/],
    ['/annotations', { range: { from: 1, to: 2 }, annotation: { x: 'y'.repeat(6000) } }, /longer than 5000/],
    ['/variable', { payload: 7 }, /payload 7/],
    ['/variable', { payload: { node: 7 } }, /node 7/],
    ['/variable', { payload: { target: 'fields(nowhere)' } }, /no data node "nowhere"/],
    ['/metric-payload-options', { metric: 'weather' }, /name \(missing\)/],
    ['/metrics', [], /body/],
  ])('refuse wrong bodies of %s', async (path, body, message) => {
    const { post } = await start({ weather: weather() });
    const { status, json } = await post(path, body);
    expect([400, 404, 413]).toContain(status);
    expect(json.message).toMatch(message);
  });
});
