import { describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import type { Chunk, Gap, MemoryReader } from '@sisock/core';
import { silentLogger } from '@sisock/runtime';
import { batchOf, until } from '@sisock/testkit';
import { hanging, like, live, type LiveClient, ramp, start, t0, weather } from './helpers.js';

const samples = (client: LiveClient, field: string): [number, unknown][] =>
  client.messages
    .filter((m) => m.type === 'samples' && m.values[field])
    .flatMap((m) => m.time.map((t: number, i: number) => [t, m.values[field][i]]));

const subscribed = (client: LiveClient) => client.got((m) => m.type === 'subscribed');

describe('the live WebSocket', () => {
  it('sends samples as they come, one message for fields that share a timeline', async () => {
    const node = weather();
    const { url } = await start({ weather: node });
    const client = await live(url);
    client.send({ subscribe: ['weather::toco.temp', 'weather::toco.state', 'weather::none'] });
    const answer = await subscribed(client);
    expect(answer.fields[0]).toMatchObject({ asked: 'weather::toco.temp', field: 'weather::toco.temp', units: 'C' });
    expect(answer.notices).toMatchObject([{ field: 'weather::none', code: 'unknown_field' }]);
    node.append('tenths', batchOf([t0 + 600, t0 + 610], { 'toco.temp': [1, NaN], 'toco.state': ['a', 'b'] }));
    const message = await client.got((m) => m.type === 'samples');
    expect(message).toMatchObject({
      timeline: 'weather::tenths',
      time: [t0 + 600, t0 + 610],
      values: { 'weather::toco.temp': [1, null], 'weather::toco.state': ['a', 'b'] },
    });
    expect(typeof message.cursor).toBe('string');
  });

  it.each([
    ['follows', (node: MemoryReader) => node],
    ['reads on, where a node can not be followed', (node: MemoryReader) => like(node, {})],
  ])('%s: from a time and on from a cursor, without hole or double', async (_name, make) => {
    const node = ramp(20);
    const { url } = await start({ n: make(node) }, { limits: { livePollMs: 10, liveRows: 3 } });
    const first = await live(url);
    first.send({ subscribe: ['n::v'], since: t0 + 5 });
    await until(() => samples(first, 'n::v').length >= 15);
    node.append('seconds', batchOf([t0 + 20], { v: [20] }));
    await until(() => samples(first, 'n::v').length >= 16);
    first.socket.terminate();
    const { cursor } = first.messages.filter((m) => m.cursor !== undefined).at(-1);
    expect(samples(first, 'n::v').map(([t]) => t)).toEqual(Array.from({ length: 16 }, (_, i) => t0 + 5 + i));
    node.append('seconds', batchOf([t0 + 20, t0 + 21, t0 + 22, t0 + 23], { v: [1, 2, 3, 4] }));
    const second = await live(url);
    second.send({ subscribe: ['n::v'], cursors: { 'n::seconds': cursor } });
    await until(() => samples(second, 'n::v').length >= 4);
    node.append('seconds', batchOf([t0 + 24], { v: [5] }));
    await until(() => samples(second, 'n::v').length >= 5);
    expect(samples(second, 'n::v').map(([, v]) => v)).toEqual([1, 2, 3, 4, 5]);
  });

  it('replaces what was asked before and keeps its place', async () => {
    const node = weather();
    const { url } = await start({ weather: node });
    const client = await live(url);
    client.send({ subscribe: ['weather::toco.temp'] });
    await subscribed(client);
    const row = (i: number) => node.append('tenths', batchOf([t0 + 600 + i], { 'toco.temp': [i], 'toco.wind': [-i] }));
    row(1);
    await until(() => samples(client, 'weather::toco.temp').length === 1);
    client.send({ subscribe: ['weather::toco.temp', 'weather::toco.wind'] });
    await until(() => client.messages.filter((m) => m.type === 'subscribed').length === 2);
    row(2);
    await until(() => samples(client, 'weather::toco.wind').length === 1);
    client.send({ subscribe: [] });
    await until(() => client.messages.filter((m) => m.type === 'subscribed').length === 3);
    row(3);
    client.send({ subscribe: ['weather::toco.wind'] });
    await until(() => client.messages.filter((m) => m.type === 'subscribed').length === 4);
    row(4);
    await until(() => samples(client, 'weather::toco.wind').length === 2);
    expect(samples(client, 'weather::toco.temp').map(([, v]) => v)).toEqual([1, 2]);
    expect(samples(client, 'weather::toco.wind').map(([, v]) => v)).toEqual([-2, -4]);
  });

  it('looks again for what was not there, and goes on from the cursor that was told for it', async () => {
    const node = ramp(20);
    const { url, site } = await start({ n: node }, { limits: { liveRetryMs: 10, catalogCacheMs: 1 } });
    const first = await live(url);
    first.send({ subscribe: ['n::v'], since: t0 });
    await until(() => samples(first, 'n::v').length === 20);
    const { cursor } = first.messages.filter((m) => m.cursor !== undefined).at(-1);
    first.socket.terminate();
    site.remove('n');
    node.append('seconds', batchOf([t0 + 20], { v: [20] }));
    const second = await live(url);
    second.send({ subscribe: ['n::v'], cursors: { 'n::seconds': cursor } });
    expect((await subscribed(second)).notices).toMatchObject([{ field: 'n::v', code: 'unknown_node' }]);
    site.add('n', node, 'back');
    await until(() => samples(second, 'n::v').length === 1);
    node.append('seconds', batchOf([t0 + 21], { v: [21] }));
    await until(() => samples(second, 'n::v').length === 2);
    expect(samples(second, 'n::v').map(([, v]) => v)).toEqual([20, 21]);
    const told = second.messages.filter((m) => m.type === 'subscribed');
    expect(told.map((m) => m.fields.length)).toEqual([0, 1]);
  });

  it('tells gaps', async () => {
    const gap: Gap = { gap: { rows: 12, range: { start: t0, end: t0 + 12 } } };
    const node = like(ramp(1), {
      follow: async function* (_q, signal): AsyncGenerator<Chunk | Gap> {
        yield gap;
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      },
    });
    const running = await start({ n: node });
    const client = await live(running.url);
    client.send({ subscribe: ['n::v'] });
    expect(await client.got((m) => m.type === 'gap')).toEqual({
      type: 'gap',
      timeline: 'n::seconds',
      rows: 12,
      from: t0,
      to: t0 + 12,
    });
    expect(await running.metric('sisock_http_live_gap_rows_total')).toBe(12);
  });

  it('tells a node that fails, and goes on where it was when it is back', async () => {
    const node = ramp(3);
    let broken = false;
    const flaky = like(node, {
      follow: async function* (q, signal) {
        if (broken) throw new Error('gone');
        for await (const piece of node.follow(q, signal)) {
          yield piece;
          broken = true;
          throw new Error('gone');
        }
      },
    });
    const { url } = await start({ n: flaky });
    const client = await live(url);
    client.send({ subscribe: ['n::v'] });
    await subscribed(client);
    node.append('seconds', batchOf([t0 + 3], { v: [1] }));
    const error = await client.got((m) => m.type === 'error');
    expect(error).toMatchObject({ timeline: 'n::seconds', error: { code: 'internal' } });
    node.append('seconds', batchOf([t0 + 4], { v: [2] }));
    broken = false;
    await until(() => samples(client, 'n::v').length >= 2);
    expect(samples(client, 'n::v').map(([, v]) => v)).toEqual([1, 2]);
  });

  it('a client that takes nothing is closed with 1013 and counted, and costs the others nothing', async () => {
    const node = ramp(1);
    const running = await start({ n: node }, { limits: { liveWriteDeadlineMs: 3000, liveWaitingBytes: 1 } });
    const slow = await live(running.url);
    const quick = await live(running.url);
    for (const client of [slow, quick]) {
      client.send({ subscribe: ['n::v'] });
      await subscribed(client);
    }
    slow.socket.pause();
    let at = 1;
    await until(
      async () => {
        // No faster than the quick one takes it: who lags for want of a processor would be told a gap.
        if (samples(quick, 'n::v').length === (at - 1) * 20_000) {
          const t = Array.from({ length: 20_000 }, (_, i) => t0 + at + i / 1e5);
          node.append('seconds', batchOf(t, { v: t.map((x) => Math.sin(x * 1e5)) }));
          at++;
        }
        return running.metric('sisock_http_live_slow_total');
      },
      { what: 'the slow client is found' },
    );
    await until(() => samples(quick, 'n::v').length === (at - 1) * 20_000);
    slow.socket.resume();
    await until(() => slow.closed.code !== undefined);
    expect([1013, 1006]).toContain(slow.closed.code);
    expect(quick.closed.code).toBeUndefined();
    expect(await running.metric('sisock_http_live_clients')).toBe(1);
  });

  it.each([
    ['no JSON', '{', /not JSON/],
    ['no subscribe', {}, /subscribe \(missing\)/],
    ['a wrong field', { subscribe: [7] }, /subscribe\.0 7/],
    ['too many fields', { subscribe: ['a', 'b', 'c'] }, /3 fields are more than the 2/],
    ['a wrong time', { subscribe: [], since: 'now' }, /since "now"/],
    ['a wrong cursor', { subscribe: [], cursors: { a: 1 } }, /cursors\.a 1/],
  ])('answers %s with an error and stays open', async (_name, message, text) => {
    const running = await start({ n: ramp(1) }, { limits: { liveFields: 2 } });
    const client = await live(running.url);
    client.send(message);
    expect((await client.got((m) => m.type === 'error')).message).toMatch(text);
    client.send({ subscribe: ['n::v'] });
    await subscribed(client);
  });

  it('goes on with what is new where a cursor means nothing, and says so', async () => {
    const node = ramp(1);
    const { url } = await start({ n: node });
    const client = await live(url);
    client.send({ subscribe: ['n::v'], cursors: { 'n::seconds': 'rubbish' } });
    expect((await client.got((m) => m.type === 'error')).error.code).toBe('bad_request');
    let i = 1;
    await until(() => {
      node.append('seconds', batchOf([t0 + i++], { v: [i] }));
      return samples(client, 'n::v').length > 0;
    });
  });

  it('closes a client whose message is too long (1009) or who sends too many at once (1008)', async () => {
    const limits = { liveMessageBytes: 1000, liveMessages: 3, catalogDeadlineMs: 500 };
    const { url } = await start({ hangs: hanging() }, { limits });
    const long = await live(url);
    long.send('x'.repeat(1001));
    await until(() => long.closed.code === 1009);
    const many = await live(url);
    for (let i = 0; i < 50; i++) many.send({ subscribe: ['hangs::x'] });
    await until(() => many.closed.code === 1008);
  });

  it('takes as many clients as allowed, and cuts off one that answers no ping', async () => {
    const running = await start({ n: ramp(1) }, { limits: { liveClients: 1, livePingMs: 50 } });
    const client = await live(running.url);
    await expect(live(running.url)).rejects.toThrow(/503/);
    client.socket.pong = () => undefined;
    (client.socket as unknown as { _autoPong: boolean })._autoPong = false;
    await until(() => client.closed.code !== undefined);
    await until(async () => (await running.metric('sisock_http_live_clients')) === 0);
    await live(running.url);
  });

  it.each([
    [undefined, undefined, true],
    ['http://127.0.0.1:1', '127.0.0.1:1', true],
    ['http://localhost:5000', 'localhost:5000', true],
    ['http://sisock-http:5000', 'sisock-http:5000', true],
    ['http://127.0.0.1:9', '127.0.0.1:1', false],
    ['http://evil.example', '127.0.0.1:1', false],
    ['http://evil.example:5000', 'evil.example:5000', false],
    ['null', '127.0.0.1:1', false],
    ['https://sisock.example.org', 'sisock.example.org', true],
  ])('a page of %s under host %s may open it: %s', async (origin, host, allowed) => {
    const { url } = await start({ n: ramp(1) }, { allowedOrigins: ['https://sisock.example.org'] });
    const headers = { ...(origin !== undefined && { origin }), ...(host !== undefined && { host }) };
    if (allowed) await live(url, headers);
    else await expect(live(url, headers)).rejects.toThrow(/403/);
  });

  it('tells each page that it refuses once, and no more of them than the limit', async () => {
    const told: string[] = [];
    const log = Object.assign(silentLogger(), { warn: ({ reason }: { reason: string }) => told.push(reason) });
    const { url } = await start({ n: ramp(1) }, { log, limits: { liveOriginWarnings: 2 } });
    for (const page of ['a', 'a', 'b', 'c', 'a']) {
      await expect(live(url, { origin: `https://${page}.example` })).rejects.toThrow(/403/);
    }
    expect(told).toEqual([
      expect.stringMatching(/a page of "https:\/\/a\.example" .*SISOCK_ORIGINS/),
      expect.stringContaining('https://b.example'),
    ]);
  });

  it('answers plain requests and other paths clearly', async () => {
    const { url, get } = await start({ n: ramp(1) });
    expect((await get('/api/v1/live')).status).toBe(426);
    const error = await new Promise<Error>((resolve) =>
      new WebSocket(`${url.replace('http', 'ws')}/x`).once('error', resolve),
    );
    expect(error.message).toMatch(/404/);
  });
});
