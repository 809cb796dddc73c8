import { describe, expect, it } from '@jest/globals';
import { type AgentHealth, MemoryReader } from '@sisock/core';
import { batchOf, until } from '@sisock/testkit';
import { postForm } from './graphite-helpers.js';
import { hanging, ramp, type Running, start, t0, weather } from './helpers.js';

const branch = (text: string, id: string) => ({ text, expandable: 1, leaf: 0, id, allowChildren: 1 });
const leaf = (text: string, id: string) => ({ text, expandable: 0, leaf: 1, id, allowChildren: 0 });

/** A site of one node `n` with such fields. */
function withFields(...names: string[]): Promise<Running> {
  const fields = names.map((name) => ({ name }));
  const batches = [batchOf([t0], Object.fromEntries(names.map((name) => [name, [1]])))];
  return start({ n: new MemoryReader({ timelines: [{ name: 't', interval: 1, fields, batches }] }) });
}

describe('/metrics/find', () => {
  it('tells the tree part by part, asked by URL or by form', async () => {
    const bridge = await start({ weather: weather(), 'lab.west': ramp(1) });
    const find = async (query: string) => (await bridge.get(`/metrics/find?${new URLSearchParams({ query })}`)).json;
    expect(await find('*')).toEqual([branch('lab~2Ewest', 'lab~2Ewest'), branch('weather', 'weather')]);
    expect(await find('weather.*')).toEqual([branch('toco', 'weather.toco')]);
    const leaves = ['open', 'temp', 'wind'].map((text) => leaf(text, `weather.toco.${text}`));
    expect(await find('weather.toco.*')).toEqual(leaves);
    expect(await find('weather.toco.[tw]*')).toEqual(leaves.slice(1));
    expect(await find('weather.toco.temp')).toEqual(leaves.slice(1, 2));
    expect(await find('weather.toco.temp.*')).toEqual([]);
    expect(await find('nobody.*')).toEqual([]);
    expect(await find('lab~2Ewest.*')).toEqual([leaf('v', 'lab~2Ewest.v')]);
    const posted = await postForm(bridge, `/metrics/find?from=${t0}&until=${t0 + 60}`, { query: 'weather.*' });
    expect(posted.json).toEqual([branch('toco', 'weather.toco')]);
    // Front ends put the path into the form as it is.
    const raw = await fetch(`${bridge.url}/metrics/find`, { method: 'POST', body: 'query=lab~2Ewest.*' });
    expect(await raw.json()).toEqual([leaf('v', 'lab~2Ewest.v')]);
  });

  it('what is a field and leads on is told as both; names of several branches once', async () => {
    const bridge = await withFields('a', 'a.b', 'c.b');
    const find = async (query: string) => (await bridge.get(`/metrics/find?query=${query}`)).json;
    expect(await find('n.*')).toEqual([branch('a', 'n.a'), branch('c', 'n.c'), leaf('a', 'n.a')]);
    expect(await find('n.*.*')).toEqual([leaf('b', 'n.*.b')]);
  });

  it('fields whose names only read alike have paths of their own', async () => {
    const bridge = await withFields('a.b', 'a~2Eb', '.a.b', 'a..b', 'a b', 'a::b');
    const { results } = (await bridge.get('/metrics/expand?query=n.*&query=n.*.*&leavesOnly=1')).json;
    expect(results).toEqual(['n.a.b', 'n.a.~2Eb', 'n.a::b', 'n.a~20b', 'n.a~7E2Eb', 'n.~2Ea.b']);
  });

  it('a list of nodes needs no node; a hanging one costs its own fields only', async () => {
    const bridge = await start({ weather: weather(), hangs: hanging() }, { limits: { catalogDeadlineMs: 50 } });
    expect((await bridge.get('/metrics/find?query=*')).json).toHaveLength(2);
    const both = await bridge.get('/metrics/find?query=*.*');
    expect(both.json).toEqual([branch('toco', '*.toco')]);
    expect(both.headers.get('sisock-missing')).toBe('hangs');
    const alone = await bridge.get('/metrics/find?query=hangs.*');
    expect([alone.status, alone.text]).toEqual([504, 'data node hangs did not answer within 0.05 s\n']);
  });

  it.each([
    ['', 400, 'parameter query is missing'],
    ['query=a.[b', 400, 'never closed'],
    ['query=a.{b', 400, 'do not pair'],
    ['query=*&format=completer', 400, 'format "completer" is not made here: ask treejson'],
    [`query=${'{a,b}'.repeat(20)}`, 413, 'mean more than 500 paths'],
    [`query=${'a'.repeat(10_001)}`, 413, 'longer than the 10000 characters allowed'],
  ])('%s is refused', async (query, status, message) => {
    const bridge = await start({ weather: weather() });
    const answer = await bridge.get(`/metrics/find?${query}`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'text/plain; charset=utf-8']);
    expect(answer.text).toContain(message);
  });
});

describe('/metrics/expand', () => {
  it('tells whole paths, sorted, each once', async () => {
    const bridge = await start({ weather: weather(), ramp: ramp(1) });
    const { json } = await bridge.get('/metrics/expand?query=*.*&query=weather.toco.{temp,wind}&query=ramp.v');
    expect(json).toEqual({ results: ['ramp.v', 'weather.toco', 'weather.toco.temp', 'weather.toco.wind'] });
    const posted = await postForm(bridge, '/metrics/expand', { query: '*.*', leavesOnly: '1' });
    expect(posted.json).toEqual({ results: ['ramp.v'] });
    expect((await bridge.get('/metrics/expand')).text).toContain('parameter query is missing');
  });
});

describe('/events/get_data', () => {
  const agent: AgentHealth = {
    address: 'observatory.A1',
    agentClass: 'Agent',
    alive: false,
    lastSeen: t0,
    operations: {},
  };

  it('tells nodes and agents that came and went, in whole seconds', async () => {
    const running = await start({ weather: weather() });
    const { site, clock, get } = running;
    const events = async (parameters = '') => (await get(`/events/get_data?${parameters}`)).json as { what: string }[];
    expect(await events()).toEqual([]);
    clock.advance(10.75);
    site.add('late', ramp(1), 'comes late');
    clock.advance(100);
    site.tell({ kind: 'agent-silent', time: clock(), agent, node: 'weather' });
    await until(async () => (await events()).length === 2);
    expect(await events(`from=${t0}&until=${t0 + 9000}`)).toEqual([
      {
        id: expect.any(Number),
        when: t0 + 3610,
        what: 'data node late came',
        tags: ['node', 'came', 'late'],
        data: 'comes late',
      },
      {
        id: expect.any(Number),
        when: t0 + 3710,
        what: 'agent observatory.A1 is silent',
        tags: ['agent', 'went', 'observatory.A1'],
        data: 'Agent, seen by weather',
      },
    ]);
    const whats = async (parameters: string) => (await events(parameters)).map(({ what }) => what);
    const [late, silent] = ['data node late came', 'agent observatory.A1 is silent'];
    expect(await whats(`from=-1h&until=${t0 + 3700}`)).toEqual([late]);
    expect(await whats('tags=node%20late')).toEqual([late]);
    expect(await whats('tags=node,went')).toEqual([]);
    expect(await whats('tags=node+went&set=union')).toEqual([late, silent]);
    expect((await postForm(running, '/events/get_data', { tags: 'agent' })).json).toHaveLength(1);
    expect((await get('/events/get_data?from=soon')).text).toContain('from "soon" is no time');
  });

  it('of hidden nodes nothing is told', async () => {
    const access = {
      authenticate: () => Promise.resolve({ kind: 'anonymous' } as const),
      maySee: (_: unknown, node: string) => node !== 'secret',
    };
    const { site, get } = await start({}, { access });
    site.add('secret', ramp(1));
    site.add('open', ramp(1));
    await until(async () => (await get('/events/get_data')).json.length > 0);
    expect((await get('/events/get_data')).json).toEqual([expect.objectContaining({ what: 'data node open came' })]);
  });
});

describe('what the query editor asks', () => {
  it('a version, the functions with their parameters, and no tags', async () => {
    const bridge = await start({});
    expect((await bridge.get('/version')).text).toBe('"1.1.10"');
    const { json } = await bridge.get('/functions');
    expect(Object.keys(json)).toHaveLength(11);
    expect(json.timeShift).toEqual({
      name: 'timeShift',
      function: 'timeShift(seriesList, timeShift, resetEnd=..., alignDst=...)',
      module: 'sisock',
      group: 'Transform',
      description: expect.stringContaining('another time'),
      params: [
        { name: 'seriesList', type: 'seriesList', required: true, multiple: false },
        { name: 'timeShift', type: 'interval', required: true, multiple: false, suggestions: ['1h', '1d', '7d'] },
        { name: 'resetEnd', type: 'boolean', required: false, multiple: false, default: true },
        { name: 'alignDst', type: 'boolean', required: false, multiple: false, default: false },
      ],
    });
    for (const one of Object.values(json)) {
      expect(one).toEqual({
        name: expect.any(String),
        function: expect.any(String),
        module: 'sisock',
        group: expect.stringMatching(/./),
        description: expect.stringMatching(/./),
        params: expect.any(Array),
      });
    }
    for (const path of [
      '/tags',
      '/tags/autoComplete/tags?tagPrefix=n',
      '/tags/autoComplete/values?tag=name',
      '/tags/findSeries?expr=a=b',
    ]) {
      expect((await bridge.get(path)).json).toEqual([]);
    }
    expect((await postForm(bridge, '/tags/autoComplete/tags', { limit: 10 })).json).toEqual([]);
    expect((await bridge.get('/tags/name')).json).toEqual({ tag: 'name', values: [] });
  });

  it('the routes beside it stay what they are', async () => {
    const bridge = await start({ weather: weather() });
    expect((await bridge.get('/metrics')).text).toContain('# HELP');
    const wrong = await bridge.post('/query', '{');
    expect([wrong.status, wrong.json.error.code]).toEqual([400, 'bad_request']);
  });
});
