import { afterEach, describe, expect, it } from '@jest/globals';
import { until } from '@sisock/testkit';
import { WebSocket, WebSocketServer } from 'ws';
import { createLive, type Live, type LiveState } from '../../page/data/live.js';

interface Told {
  readonly following: string[][];
  readonly samples: [id: string, t: readonly number[], v: readonly unknown[]][];
  readonly missed: (readonly string[])[];
  readonly states: LiveState[];
}

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

/** A server that keeps what clients send, on a port that stays the same through a restart. */
async function server(port = 0) {
  const sockets = new WebSocketServer({ port, host: '127.0.0.1' });
  await new Promise((resolve) => sockets.once('listening', resolve));
  const clients: WebSocket[] = [];
  const heard: { subscribe: string[]; cursors?: Record<string, string> }[] = [];
  sockets.on('connection', (client) => {
    clients.push(client);
    client.on('message', (data) => heard.push(JSON.parse(String(data as Buffer))));
  });
  const close = () => {
    for (const client of clients) client.terminate();
    sockets.close();
  };
  closing.push(close);
  return {
    port: (sockets.address() as { port: number }).port,
    heard,
    close,
    tell: (message: unknown) => clients.at(-1)!.send(JSON.stringify(message)),
    subscribed: (...names: string[]) => {
      const fields = names.map((name) => ({ field: `n::${name}`, node: 'n', timeline: name[0] }));
      clients.at(-1)!.send(JSON.stringify({ type: 'subscribed', fields, notices: [] }));
    },
  };
}

function client(port: number, giveUpMs = 60_000): { live: Live; told: Told } {
  const told: Told = { following: [], samples: [], missed: [], states: [] };
  const live = createLive({
    open: () => new WebSocket(`ws://127.0.0.1:${port}`).on('error', () => undefined) as never,
    now: () => 1000,
    firstPauseMs: 5,
    longestPauseMs: 20,
    giveUpMs,
    handlers: {
      onFollowing: (fields) => told.following.push(fields.map(({ id }) => id)),
      onSamples: (id, t, v) => told.samples.push([id, t, v]),
      onMissed: (ids) => told.missed.push(ids),
      onState: (state) => told.states.push(state),
    },
  });
  closing.push(() => live.follow([]));
  return { live, told };
}

const samples = (name: string, t: number, cursor: string) => {
  return { type: 'samples', timeline: `n::${name[0]}`, time: [t], values: { [`n::${name}`]: [t] }, cursor };
};

describe('live samples', () => {
  it('come of what is followed, and nothing is opened before that', async () => {
    const { port, heard, subscribed, tell } = await server();
    const { live, told } = client(port);
    expect(live.state()).toBe('off');
    live.follow(['n::a1']);
    await until(() => heard.length === 1);
    subscribed('a1');
    tell(samples('a1', 5, 'c5'));
    await until(() => told.samples.length === 1);
    expect([told.following, told.samples, told.states]).toEqual([
      [['n::a1']],
      [['n::a1', [5], [5]]],
      ['opening', 'on'],
    ]);
    live.follow(['n::a1', 'n::b1']);
    await until(() => heard.length === 2);
    expect(heard[1]).toEqual({ subscribe: ['n::a1', 'n::b1'], since: 985 });
    live.follow(['n::a1', 'n::b1']);
    live.follow([]);
    expect([live.state(), told.following.at(-1)]).toEqual(['off', []]);
    tell(samples('a1', 6, 'c6'));
    live.follow(['n::b1']);
    await until(() => heard.length === 3);
    expect([heard[2], told.samples.length]).toEqual([{ subscribe: ['n::b1'], since: 985, cursors: {} }, 1]);
  });

  it('go on by their cursors after a restart of the server, and nothing is asked anew', async () => {
    const first = await server();
    const { live, told } = client(first.port);
    live.follow(['n::a1', 'n::b1']);
    await until(() => first.heard.length === 1);
    first.subscribed('a1', 'b1');
    first.tell(samples('a1', 5, 'c5'));
    first.tell({ ...samples('b1', 6, 'x'), cursor: undefined });
    await until(() => told.samples.length === 2);
    first.close();
    await until(() => live.state() === 'lost');
    const second = await server(first.port);
    await until(() => second.heard.length === 1);
    const cursors = { 'n::a': 'c5' };
    expect(second.heard[0]).toEqual({ subscribe: ['n::a1', 'n::b1'], since: 985, cursors });
    second.subscribed('a1', 'b1');
    await until(() => live.state() === 'on');
    expect(told.missed).toEqual([]);
  });

  it('are missed after a long loss, and begin anew', async () => {
    const first = await server();
    const { live, told } = client(first.port, 10);
    live.follow(['n::a1']);
    await until(() => first.heard.length === 1);
    first.subscribed('a1');
    first.tell(samples('a1', 5, 'c5'));
    await until(() => told.samples.length === 1);
    first.close();
    await until(() => told.missed.length === 1);
    expect(told.missed).toEqual([['n::a1']]);
    const second = await server(first.port);
    await until(() => second.heard.length === 1);
    expect(second.heard[0]!.cursors).toEqual({});
  });

  it('are missed where the server tells of a gap or a failure, of that timeline alone', async () => {
    const { port, heard, subscribed, tell } = await server();
    const { live, told } = client(port);
    live.follow(['n::a1', 'n::a2', 'n::b1']);
    await until(() => heard.length === 1);
    subscribed('a1', 'a2', 'b1');
    tell({ type: 'gap', timeline: 'n::a', rows: 5, from: 1, to: 2 });
    tell({ type: 'error', timeline: 'n::b', error: { code: 'unavailable', message: 'away' } });
    tell({ type: 'error', error: { code: 'bad_request', message: 'what?' } });
    tell(samples('a1', 5, 'c5'));
    await until(() => told.samples.length === 1);
    expect(told.missed).toEqual([['n::a1', 'n::a2'], ['n::b1']]);
  });

  it('are waited for where nobody listens', async () => {
    const gone = await server();
    gone.close();
    const { live, told } = client(gone.port);
    live.follow(['n::a1']);
    await until(() => told.states.includes('lost'));
    const back = await server(gone.port);
    await until(() => back.heard.length === 1);
    expect(back.heard[0]!.subscribe).toEqual(['n::a1']);
  });
});
