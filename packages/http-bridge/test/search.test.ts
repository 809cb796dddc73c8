import { describe, expect, it } from '@jest/globals';
import { never, like, start, weather } from './helpers.js';

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
