/** Questions that no panel should ask: each costs bounded work, and gets a clear error or an answer without points. */
import { describe, expect, it } from '@jest/globals';
import { type ReadQuery, type ReduceQuery } from '@sisock/core';
import { defaultLimits } from '../src/limits.js';
import { iso, like, ramp, start, t0 } from './helpers.js';

const samples = 100_000;
const year = 365.25 * 86_400;
const centuries = { from: t0 - 150 * year, to: t0 + 150 * year };
const all = { from: t0, to: t0 + samples };

/** A bridge over the node `a` with the field `v`, and what the node is asked for. */
async function startCounted() {
  const reads: ReadQuery[] = [];
  const reductions: ReduceQuery[] = [];
  const reader = ramp(samples);
  const counted = like(reader, {
    read: (query, signal) => {
      reads.push(query);
      return reader.read(query, signal);
    },
    reduce: (query, signal) => {
      reductions.push(query);
      return reader.reduce(query, signal);
    },
  });
  const bridge = await start({ a: counted });
  const query = (from: number, to: number, more: object = {}) =>
    bridge.post('/query', {
      range: { from: iso(from), to: iso(to) },
      targets: [{ refId: 'A', target: 'a::v' }],
      ...more,
    });
  const get = (path: string, parameters: Readonly<Record<string, string | number>>) =>
    bridge.get(`${path}?${new URLSearchParams(Object.entries(parameters).map(([k, v]) => [k, String(v)]))}`);
  const render = (from: number, until: number, more: object = {}) =>
    get('/render', { format: 'json', target: 'a.v', from: Math.ceil(from), until: Math.floor(until), ...more });
  const series = (from: number, to: number, more: object = {}) =>
    get('/api/v1/series', { field: 'a::v', from: iso(from), to: iso(to), ...more });
  return { bridge, reads, reductions, query, render, series };
}

describe('a range of three centuries', () => {
  it('is reduced in one question to the few points that it has', async () => {
    const { reads, reductions, query, render, series } = await startCounted();
    const { from, to } = centuries;
    const [panel] = (await query(from, to)).json;
    expect(panel.meta.custom).toMatchObject({ reduced: true, samples });
    expect(panel.datapoints.length).toBeGreaterThan(0);
    expect(panel.datapoints.length).toBeLessThanOrEqual(4);
    // A number below 0 is a time before now there.
    const [graphite] = (await render(1, to)).json;
    expect(graphite.datapoints.filter(([value]: [number | null]) => value !== null).length).toBeGreaterThan(0);
    const [own] = (await series(from, to)).json.series;
    expect(own).toMatchObject({ reduced: true, samples });
    expect(reductions.length).toBeGreaterThanOrEqual(3);
    expect(reductions.length).toBeLessThanOrEqual(6);
    expect(reads).toEqual([]);
  });
});

describe('ten million points', () => {
  it('are cut to the limit, with the field reduced to it', async () => {
    const { reductions, query, render, series } = await startCounted();
    const { from, to } = all;
    const maxDataPoints = 10_000_000;
    const { points } = defaultLimits;
    const [panel] = (await query(from, to, { maxDataPoints })).json;
    expect(panel.datapoints.length).toBeLessThanOrEqual(4 * points);
    const [graphite] = (await render(from, to, { maxDataPoints })).json;
    expect(graphite.datapoints.length).toBeLessThanOrEqual(4 * points);
    const [own] = (await series(from, to, { maxDataPoints })).json.series;
    expect(own.time.length).toBeLessThanOrEqual(4 * points);
    // Two halves a column, and one at either side, for what a line comes from and goes to.
    for (const { count } of reductions) expect(count).toBeLessThanOrEqual(2 * points + 2);
    expect(reductions.length).toBeGreaterThan(0);
  });
});

describe('ten thousand targets', () => {
  const names = Array.from({ length: 10_000 }, (_, i) => `v${i}`);

  it('are refused with the limit, and no node is asked', async () => {
    const { bridge, reads, reductions, query } = await startCounted();
    const panel = await query(t0, t0 + 100, { targets: names.map((name) => ({ target: `a::${name}` })) });
    expect(panel).toMatchObject({
      status: 413,
      json: { error: { code: 'too_large', message: '10000 targets are more than the 200 allowed' } },
    });
    const form = new URLSearchParams(names.map((name) => ['target', `a.${name}`]));
    const graphite = await fetch(`${bridge.url}/render`, { method: 'POST', body: form });
    expect(graphite.status).toBe(413);
    expect(await graphite.text()).toMatch(/too many parameters/);
    const fields = (n: number) =>
      bridge.get(
        `/api/v1/series?${names
          .slice(0, n)
          .map((name) => `field=a::${name}`)
          .join('&')}`,
      );
    expect(await fields(600)).toMatchObject({
      status: 413,
      json: { error: { code: 'too_large', message: '600 fields are more than the 500 allowed' } },
    });
    expect(await fields(10_000)).toMatchObject({ status: 431, json: { error: { code: 'bad_request' } } });
    expect([...reads, ...reductions]).toEqual([]);
  });
});

describe.each([
  ['a range that ends before it starts', t0 + 100, t0],
  ['a range without width', t0 + 100, t0 + 100],
])('%s', (_, from, to) => {
  it('holds no points, and asks no node for any', async () => {
    const { reads, reductions, query, render, series } = await startCounted();
    expect((await query(from, to)).json).toMatchObject([{ target: 'a::v', datapoints: [] }]);
    expect((await series(from, to)).json.series).toMatchObject([{ field: 'a::v', time: [], value: [] }]);
    expect(await render(from, to)).toMatchObject({
      status: 400,
      text: expect.stringContaining(`until "${to}" is not after from "${from}"`) as unknown,
    });
    expect([...reads, ...reductions]).toEqual([]);
  });
});
