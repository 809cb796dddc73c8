import { describe, expect, it } from '@jest/globals';
import { type Catalog, type Chunk, MemoryReader, type Reduced, SisockError } from '@sisock/core';
import { batchOf } from '@sisock/testkit';
import { hanging, like, query, ramp, start, t0, weather } from './helpers.js';

describe("faults of the original's HTTP bridge", () => {
  it('fault 1: a bridge that was just started answers a query though nobody opened the drop-down', async () => {
    const { post, site, clock } = await start({});
    site.add('weather', weather());
    const { json } = await post('/query', query(['weather::toco.temp'], t0, t0 + 100));
    expect(json[0].datapoints.length).toBeGreaterThan(5);
    // A node that came later, and fields that came later, are there as well.
    const late = new MemoryReader();
    site.add('late', late);
    expect((await post('/search', { target: '' })).json).not.toContain('late::new');
    late.append('l', batchOf([t0], { new: [1] }));
    clock.advance(1);
    expect((await post('/search', { target: '' })).json).toContain('late::new');
    expect((await post('/query', query(['late::new'], t0 - 1, t0 + 1))).json[0].datapoints).toEqual([[1, t0 * 1000]]);
  });

  it('fault 2: a node that fails or hangs does not fail the others, and all are asked at once', async () => {
    let release: () => void = () => undefined;
    const both = new Promise<void>((resolve) => (release = resolve));
    let asked = 0;
    const meeting = () => {
      const node = ramp(10);
      return like(node, {
        // Answers only once the other node was asked too.
        read: async (q, signal) => {
          if (++asked === 2) release();
          await both;
          return node.read(q, signal);
        },
      });
    };
    const fails = like(ramp(1), { catalog: () => Promise.reject(new SisockError('unavailable', 'the node is away')) });
    const nodes = { hangs: hanging(), fails, a: meeting(), b: meeting() };
    const { post } = await start(nodes, { limits: { nodeDeadlineMs: 2000, catalogDeadlineMs: 100 } });
    const { status, json } = await post('/query', query(['hangs::x', 'fails::v', 'a::v', 'b::v'], t0, t0 + 10));
    expect(status).toBe(200);
    expect(json.map((s: { datapoints: unknown[] }) => s.datapoints.length)).toEqual([0, 0, 10, 10]);
    expect(json[1].meta.notices[0].text).toBe('the node is away');
    const search = await post('/search', {});
    expect(search.json).toEqual(['a::v', 'b::v']);
    expect(search.headers.get('sisock-missing')).toBe('hangs, fails');
  });

  it('fault 6: a spike survives the reduction, and only what a node calls final is called final', async () => {
    const n = 100_000;
    const t = Float64Array.from({ length: n }, (_, i) => t0 + i);
    const v = new Float64Array(n).fill(1);
    v[31_415] = 1e6;
    v[77_777] = -1e6;
    const growing = new MemoryReader({
      timelines: [{ name: 's', interval: 1, batches: [{ t, columns: new Map([['v', { kind: 'f64', v }]]) }] }],
    });
    const { post } = await start({ growing });
    const { json } = await post('/query', query(['growing::v'], t0, t0 + n + 1000, 100));
    expect(json[0].datapoints).toContainEqual([1e6, (t0 + 31_415) * 1000]);
    expect(json[0].datapoints).toContainEqual([-1e6, (t0 + 77_777) * 1000]);
    expect(json[0].meta.custom).toMatchObject({ finalizedUntil: t0 + n - 1, final: false });
    const past = await post('/query', query(['growing::v'], t0, t0 + 1000, 100));
    expect(past.json[0].meta.custom.final).toBe(true);
  });

  describe('fault 16: no answer of a node brings the bridge down', () => {
    const wrong: unknown[] = [false, null, undefined, 7, 'text', [], {}, { fields: {} }, { fields: [], timelines: [] }];
    const chunks: unknown[] = [{ batches: null }, { batches: [{}], done: true }, { batches: [{ t: 1, columns: 2 }] }];

    it.each([...wrong, ...chunks].map((answer) => [JSON.stringify(answer) ?? 'undefined', answer]))(
      'answers %s',
      async (_name, answer) => {
        const node = ramp(10);
        const lies = () => Promise.resolve(answer as never);
        const nodes = {
          lists: like(node, { catalog: lies }),
          reads: like(node, { read: lies, reduce: lies }),
          throws: like(node, {
            read: () => {
              throw answer;
            },
          }),
          good: node,
        };
        const { post, get } = await start(nodes);
        const targets = ['lists::v', 'reads::v', 'throws::v', 'good::v'];
        const { status, json } = await post('/query', query(targets, t0, t0 + 10));
        expect(status).toBe(200);
        expect(json.map((s: { datapoints: unknown[] }) => s.datapoints.length)).toEqual([0, 0, 0, 10]);
        for (const series of json.slice(0, 3)) expect(series.meta.notices[0].severity).toBe('error');
        const fields = targets.map((name) => `field=${name}`).join('&');
        for (const path of ['series', 'latest', 'series?raw=true', 'series?format=csv', 'series?raw=true&format=csv']) {
          const sign = path.includes('?') ? '&' : '?';
          const range = path.startsWith('series') ? `&from=${t0}&to=${t0 + 10}` : '';
          expect((await get(`/api/v1/${path}${sign}${fields}${range}`)).status).toBe(200);
        }
        expect((await post('/search', {})).json).toContain('good::v');
      },
    );

    it('a node above its allowance is asked for less', async () => {
      const node = ramp(1000, null);
      const small = like(node, { read: () => Promise.reject(new SisockError('too_large', 'above the allowance')) });
      const { post } = await start({ small });
      const { json } = await post('/query', query(['small::v'], t0, t0 + 1000, 2000));
      expect(json[0].datapoints.length).toBeGreaterThan(900);
    });

    it('a reader that stands still or lies about lengths and times is contained', async () => {
      const node = ramp(10);
      const chunk = (changes: Partial<Chunk>): Chunk => ({
        batches: [],
        cursor: 'c',
        done: false,
        finalizedUntil: 0,
        revision: '',
        ...changes,
      });
      const batch = (t: number[], v: number[]) => ({
        t: Float64Array.from(t),
        columns: new Map([['v', { kind: 'f64', v: Float64Array.from(v) } as const]]),
      });
      const reduced = (t: number[], v: number[]): Reduced => ({
        fields: new Map([
          [
            'v',
            {
              kind: 'samples',
              method: 'm4',
              from: 9e9,
              t: Float64Array.from(t),
              column: { kind: 'f64', v: Float64Array.from(v) },
            },
          ],
        ]),
        finalizedUntil: Infinity,
        revision: '',
      });
      const reads = (answer: Chunk) => like(node, { read: () => Promise.resolve(answer) });
      const nodes = {
        still: reads(chunk({})),
        short: reads(chunk({ batches: [batch([t0, t0 + 1], [1])], done: true })),
        unsorted: reads(chunk({ batches: [batch([t0 + 1, t0], [1, 2])], done: true })),
        nan: reads(chunk({ batches: [batch([NaN], [1])], done: true })),
        reduces: like(node, {
          read: () => Promise.reject(new SisockError('too_large', 'x')),
          reduce: () => Promise.resolve(reduced([t0 + 5, t0], [1, 2])),
        }),
        good: node,
      };
      const { post } = await start(nodes);
      const names = Object.keys(nodes).map((name) => `${name}::v`);
      const { json } = await post('/query', query(names, t0, t0 + 10));
      expect(json.map((s: { datapoints: unknown[] }) => s.datapoints.length)).toEqual([0, 0, 0, 0, 0, 10]);
    });

    it('a catalog that names a timeline it does not have is no crash', async () => {
      const node = ramp(10);
      const odd: Catalog = {
        fields: new Map([['v', { name: 'v', timeline: 'elsewhere', type: 'number', units: null, description: null }]]),
        timelines: new Map(),
      };
      const { post } = await start({ odd: like(node, { catalog: () => Promise.resolve(odd) }) });
      const { json } = await post('/query', query(['odd::v'], t0, t0 + 10));
      expect(json[0].meta.notices[0].text).toMatch(/elsewhere/);
    });
  });
});
