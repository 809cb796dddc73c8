import { describe, expect, it } from '@jest/globals';
import { MemoryReader, type Reader, type TimeRange } from '@sisock/core';
import { batchOf } from '@sisock/testkit';
import { like, never, query, start, t0, weather } from './helpers.js';

const all = ['weather::toco.temp', 'weather::toco.wind', 'weather::toco.open', 'weather::toco.state'];

describe('POST /search', () => {
  it('lists every field as node::field, flat', async () => {
    const { post } = await start({ weather: weather() });
    for (const body of [{ target: '' }, {}, '', 'null', { target: null }, { target: 'select metric' }, { other: 1 }]) {
      const { status, json } = await post('/search', body);
      expect([status, json]).toEqual([200, all]);
    }
  });

  it('is found behind the double slash that a URL with a slash at its end makes', async () => {
    const { post } = await start({ weather: weather() });
    expect((await post('//search', {})).json).toEqual(all);
    expect((await post('///search?x=//', {})).json).toEqual(all);
  });

  it('filters by the typed text, literal first, then as a template variable gives it', async () => {
    const { post } = await start({ weather: weather() });
    const found = async (target: string) => (await post('/search', { target })).json as string[];
    expect(await found('TEMP')).toEqual(['weather::toco.temp']);
    expect(await found('toco.w')).toEqual(['weather::toco.wind']);
    expect(await found('toco\\.w')).toEqual(['weather::toco.wind']);
    expect(await found('(wind|temp)')).toEqual(['weather::toco.temp', 'weather::toco.wind']);
    expect(await found('.*')).toEqual([]);
    expect(await found('(a+)+$')).toEqual([]);
  });

  it('asks a node once for clients who ask at the same time', async () => {
    const node = weather();
    let asked = 0;
    const counting = like(node, {
      catalog: (range, signal) => {
        asked++;
        return node.catalog(range, signal);
      },
    });
    const { post, clock } = await start({ weather: counting });
    await Promise.all(Array.from({ length: 10 }, () => post('/search', {})));
    expect(asked).toBe(1);
    clock.advance(1);
    await post('/search', {});
    expect(asked).toBe(2);
    // A clock that steps back must not make the list live for ever.
    clock.advance(-1000);
    await post('/search', {});
    expect(asked).toBe(3);
  });

  it('does not keep a panel waiting for the newest list where its fields are in the one before', async () => {
    const on = (timeline: string, names: readonly string[], count: number) => {
      const t = Array.from({ length: count }, (_, i) => t0 + i);
      const batches = [batchOf(t, Object.fromEntries(names.map((name) => [name, t])))];
      return new MemoryReader({ timelines: [{ name: timeline, interval: 1, fields: names.map((name) => ({ name })), batches }] }); // prettier-ignore
    };
    let node = on('before', ['v'], 5);
    let listed: Promise<unknown> = Promise.resolve();
    const changing: Reader = {
      catalog: async (range, signal) => {
        await listed;
        return node.catalog(range, signal);
      },
      read: (q, signal) => node.read(q, signal),
      reduce: (q, signal) => node.reduce(q, signal),
    };
    const { post, clock } = await start({ n: changing });
    const points = async (name: string) => {
      const { json } = await post('/query', query([`n::${name}`], t0, t0 + 100));
      return json[0].datapoints.length as number;
    };
    expect(await points('v')).toBe(5);
    clock.advance(59);
    let list: (value: unknown) => void = () => undefined;
    listed = new Promise((resolve) => (list = resolve));
    expect(await points('v')).toBe(5);
    // A field whose timeline is no more, and one that is not in the old list, are looked for in the new one.
    node = on('after', ['v', 'w'], 9);
    const both = Promise.all([points('v'), points('w')]);
    list(null);
    expect(await both).toEqual([9, 9]);
  });

  it('believes no list for ever', async () => {
    const node = weather();
    let lists = (range: TimeRange) => node.catalog(range);
    const changing = like(node, { catalog: (range) => lists(range) });
    const { post, clock } = await start({ weather: changing }, { limits: { catalogDeadlineMs: 100 } });
    const ask = async () => (await post('/query', query(['weather::toco.temp'], t0, t0 + 600))).json[0];
    expect((await ask()).datapoints).toHaveLength(60);
    clock.advance(61);
    lists = never;
    expect((await ask()).meta.notices[0].text).toMatch(/did not answer/);
  });

  it('waits for a node that hangs once, not once a caller', async () => {
    let asked = 0;
    const hangs = like(weather(), {
      catalog: () => {
        asked++;
        return never();
      },
    });
    const { post } = await start({ hangs }, { limits: { catalogDeadlineMs: 100 } });
    await post('/search', {});
    await Promise.all([post('/search', {}), post('/search', {})]);
    expect(asked).toBe(1);
  });

  it.each([
    ['[1]', /body/],
    ['{"target":7}', /target 7/],
    ['{', /not JSON/],
    ['"text"', /body "text"/],
  ])('refuses %s', async (body, message) => {
    const { post } = await start({ weather: weather() });
    const { status, json } = await post('/search', body);
    expect(status).toBe(400);
    expect(json.message).toMatch(message);
  });
});
