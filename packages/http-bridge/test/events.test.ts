import { describe, expect, it } from '@jest/globals';
import { type AccessPolicy, type AgentHealth } from '@sisock/core';
import { until } from '@sisock/testkit';
import { ramp, type Running, start, t0, weather } from './helpers.js';

const agent: AgentHealth = {
  address: 'observatory.LSA22YE',
  agentClass: 'Lakeshore372Agent',
  alive: true,
  lastSeen: t0,
  operations: {},
};

const events = async ({ get }: Running, parameters = `from=${t0}&to=${t0 + 9000}`) =>
  (await get(`/api/v1/events?${parameters}`)).json as {
    time: number;
    timeEnd: number;
    title: string;
    text: string;
    tags: string[];
  }[];
const titles = async (running: Running, parameters?: string) => (await events(running, parameters)).map((e) => e.title);

describe('GET /api/v1/events', () => {
  it('tells nodes that came and went as rows, an absence as a region', async () => {
    const running = await start({ weather: weather() });
    const { site, clock } = running;
    expect(await events(running)).toEqual([]);
    site.add('late', ramp(1), 'comes late');
    clock.advance(10);
    site.remove('weather');
    clock.advance(20);
    await until(async () => (await events(running)).length === 2);
    const now = (t0 + 3630) * 1000;
    expect(await events(running)).toEqual([
      {
        time: now - 30_000,
        timeEnd: now - 30_000,
        title: 'data node late came',
        text: 'comes late',
        tags: ['node', 'came', 'late'],
        lasts: false,
      },
      {
        time: now - 20_000,
        timeEnd: now,
        title: 'data node weather went',
        text: '',
        tags: ['node', 'went', 'weather'],
        lasts: true,
      },
    ]);
    site.add('weather', weather());
    clock.advance(100);
    await until(async () => (await events(running)).length === 3);
    expect((await events(running))[1]).toMatchObject({ timeEnd: now, lasts: false });
    expect((await events(running))[2]).toMatchObject({ time: now, title: 'data node weather came' });
  });

  it('tells agents and the router, not what was there before nor what is told again', async () => {
    const running = await start({ weather: weather() });
    const { site, clock } = running;
    site.tell({ kind: 'agent-alive', time: clock(), agent, node: 'weather' });
    clock.advance(60);
    site.tell({ kind: 'agent-alive', time: clock(), agent, node: 'weather' });
    site.tell({ kind: 'agent-silent', time: clock(), agent, node: 'weather' });
    site.tell({ kind: 'agent-silent', time: clock(), agent, node: 'weather' });
    clock.advance(60);
    site.tell({ kind: 'agent-alive', time: clock(), agent, node: 'weather' });
    site.tell({ kind: 'agent-alive', time: clock(), agent: { ...agent, address: 'observatory.new' }, node: 'weather' });
    site.setConnected(false);
    clock.advance(60);
    site.setConnected(true);
    await until(async () => (await events(running)).length === 5);
    expect(await titles(running)).toEqual([
      'agent observatory.LSA22YE is silent',
      'agent observatory.LSA22YE lives',
      'agent observatory.new lives',
      'the router is away',
      'the router is back',
    ]);
    expect((await events(running))[0]!.timeEnd).toBe((t0 + 3720) * 1000);
  });

  it('tells what a node says of its trouble, until it is well or gone', async () => {
    const running = await start({ g3: ramp(1), other: ramp(1) });
    const { site, clock } = running;
    const trouble = (name: string) => site.tell({ kind: 'node-trouble', time: clock(), name, message: 'no database' });
    trouble('g3');
    trouble('g3');
    trouble('other');
    clock.advance(30);
    site.tell({ kind: 'node-well', time: clock(), name: 'g3' });
    site.tell({ kind: 'node-well', time: clock(), name: 'g3' });
    clock.advance(30);
    site.remove('other');
    clock.advance(30);
    await until(async () => (await events(running)).length === 3);
    const ms = (seconds: number) => (t0 + 3600 + seconds) * 1000;
    expect(await events(running)).toMatchObject([
      { time: ms(0), timeEnd: ms(30), title: 'data node g3 is in trouble', text: 'no database' },
      { time: ms(0), timeEnd: ms(60), title: 'data node other is in trouble', tags: ['node', 'trouble', 'other'] },
      { time: ms(60), title: 'data node other went' },
    ]);
  });

  it('tells of indexed files, those that come one after the other as one event', async () => {
    const running = await start({ g3: ramp(1) });
    const { site, clock } = running;
    const scan = (files: number, bad: number) =>
      site.tell({ kind: 'files-indexed', time: clock(), name: 'g3', files, bad });
    scan(1, 0);
    clock.advance(60);
    scan(20, 0);
    clock.advance(61);
    scan(2, 1);
    clock.advance(1);
    await until(async () => (await events(running)).length === 2);
    const ms = (seconds: number) => (t0 + 3600 + seconds) * 1000;
    expect(await events(running)).toMatchObject([
      { time: ms(0), timeEnd: ms(60), title: 'g3: 21 files indexed', text: '', tags: ['scan', 'g3'], lasts: false },
      { time: ms(121), title: 'g3: 2 files indexed', text: '1 damaged or unreadable', tags: ['scan', 'trouble', 'g3'] },
    ]);
  });

  it('finds events by range, words and tags, and gives the newest ones', async () => {
    const running = await start({});
    for (let i = 0; i < 5; i++) {
      running.clock.advance(10);
      running.site.add(`n${i}`, ramp(1));
    }
    await until(async () => (await events(running)).length === 5);
    expect(await titles(running, `from=${t0 + 3620}&to=${t0 + 3640}`)).toEqual([
      'data node n1 came',
      'data node n2 came',
    ]);
    const found = (q: string) => titles(running, `from=${t0}&to=${t0 + 9000}&q=${encodeURIComponent(q)}`);
    expect(await found('N3 node')).toEqual(['data node n3 came']);
    expect(await found('#n3')).toEqual(['data node n3 came']);
    expect(await found('#n')).toEqual([]);
    expect(await found('(n1|n4)')).toEqual(['data node n1 came', 'data node n4 came']);
    expect(await titles(running, `from=${t0}&to=${t0 + 9000}&limit=2`)).toEqual([
      'data node n3 came',
      'data node n4 came',
    ]);
    expect((await running.get('/api/v1/events?from=x')).status).toBe(400);
    expect((await running.get('/api/v1/events?limit=9999')).status).toBe(400);
  });

  it('remembers so many, the oldest going first', async () => {
    const running = await start({}, { limits: { events: 3 } });
    for (let i = 0; i < 6; i++) running.site.add(`n${i}`, ramp(1));
    await until(async () => (await titles(running)).includes('data node n5 came'));
    expect(await titles(running)).toEqual(['data node n3 came', 'data node n4 came', 'data node n5 came']);
  });

  it('tells nobody of nodes they may not see, gone or there', async () => {
    const access: AccessPolicy = {
      authenticate: async () => ({ kind: 'anonymous' }),
      maySee: (_principal, node) => node === 'open',
    };
    const running = await start({ hidden: ramp(1) }, { access });
    running.site.remove('hidden');
    running.site.tell({ kind: 'agent-silent', time: running.clock(), agent, node: 'hidden' });
    running.site.tell({ kind: 'agent-silent', time: running.clock(), agent });
    running.site.add('open', ramp(1));
    await until(async () => (await events(running)).length > 0);
    expect(await titles(running)).toEqual(['data node open came']);
  });
});
