import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SisockError } from '@sisock/core';
import { until } from '@sisock/testkit';
import { connectSession, serializerNames, uri, type WampSession } from '@sisock/wamp';
import { WebSocketServer } from 'ws';
import { Bench } from './support.js';

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.start();
});
afterEach(() => bench.close());

const echo = uri('data_node.echo');
const topic = uri('consumer.topic');

/** A session with a procedure and a subscription, and what it heard. */
async function rich(): Promise<{ session: WampSession; heard: unknown[] }> {
  const session = await bench.session();
  const heard: unknown[] = [];
  await session.register(echo, (args) => args[0]);
  await session.subscribe(topic, (args) => heard.push(args[0]));
  return { session, heard };
}

async function works(session: WampSession, heard: unknown[], word: string): Promise<void> {
  const other = await bench.session();
  expect(await other.call(echo, [word])).toBe(word);
  await other.publish(topic, [word]);
  await until(() => heard.includes(word));
}

describe('what is registered and subscribed', () => {
  it("is there again after the router's restart", async () => {
    const { session, heard } = await rich();
    await works(session, heard, 'before');
    const joins: number[] = [];
    session.onJoin(({ sessionId }) => joins.push(sessionId));
    await bench.stopRouter();
    await until(() => session.details === null);
    await bench.startRouter();
    await until(() => joins.length === 1);
    expect(session.details?.sessionId).toBe(joins[0]);
    await works(session, heard, 'after');
  });

  it('is there again after the connection was cut, again and again', async () => {
    const { session, heard } = await rich();
    for (const word of ['one', 'two', 'three']) {
      const before = session.details?.sessionId;
      bench.cutWires();
      await until(() => session.details !== null && session.details.sessionId !== before);
      await until(async () => (await session.call(echo, [word])) === word);
      await works(session, heard, word);
    }
  });

  it('may be asked for while away', async () => {
    await bench.stopRouter();
    const session = bench.open();
    const service = await session.register(echo, () => 'there');
    await session.register(uri('data_node.never'), () => 1).then((s) => s.close());
    await bench.startRouter();
    await session.ready;
    expect(await session.call(echo)).toBe('there');
    await expect(session.call(uri('data_node.never'))).rejects.toMatchObject({ code: 'unavailable' });
    await service.close();
    await expect(session.call(echo)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('is gone when it was taken back', async () => {
    const session = await bench.session();
    const heard: unknown[] = [];
    const subscription = await session.subscribe(topic, (args) => heard.push(args[0]));
    const registration = await session.register(echo, () => 1);
    await registration.close();
    await subscription.close();
    bench.cutWires();
    await until(() => session.details === null);
    await until(() => session.details);
    await expect(session.call(echo)).rejects.toMatchObject({ code: 'unavailable' });
    const other = await bench.session();
    await other.publish(topic, ['unheard']);
    await session.call('wamp.session.count');
    expect(heard).toEqual([]);
  });

  it('is tried again where the router still holds the former registration', async () => {
    const first = await bench.session();
    const holder = await first.register(echo, () => 'first');
    await bench.stopRouter();
    const second = bench.open({ retryRestoreMs: 10 });
    await second.register(echo, () => 'second');
    await bench.startRouter();
    await Promise.all([second.ready, until(() => first.details)]);
    await holder.close();
    await until(async () => (await second.call(echo)) === 'second');
  });

  it('ends the session where it is not allowed any more at a restore', async () => {
    const session = await bench.session();
    await session.register(echo, () => 1);
    await bench.stopRouter();
    await bench.startRouter({ role: 'consumer' });
    await expect(session.failed).rejects.toMatchObject({ code: 'not_authorized' });
    await until(() => session.details === null);
    await expect(session.call(echo)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('ends the session where it waited for the first join, and is not allowed', async () => {
    await bench.stopRouter();
    const session = bench.open();
    await session.register(echo, () => 1);
    await bench.startRouter({ role: 'consumer' });
    await expect(session.ready).rejects.toMatchObject({ code: 'not_authorized' });
    await expect(session.failed).rejects.toMatchObject({ code: 'not_authorized' });
  });

  it("is refused at once where another's is", async () => {
    const first = await bench.session();
    await first.register(echo, () => 1);
    const second = await bench.session();
    await expect(second.register(echo, () => 2)).rejects.toMatchObject({ code: 'name_taken' });
    await expect(second.register('elsewhere.x', () => 2)).rejects.toMatchObject({ code: 'not_authorized' });
  });
});

describe('calls', () => {
  it('fail at once while away', async () => {
    const session = await bench.session();
    await bench.stopRouter();
    await until(() => session.details === null);
    await expect(session.call(echo)).rejects.toMatchObject({ code: 'unavailable' });
    await expect(session.publish(topic)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('that wait for an answer fail when the connection is lost', async () => {
    const session = await bench.session();
    const callee = await bench.session();
    await callee.register(echo, () => new Promise(() => undefined));
    const left: string[] = [];
    session.onLeave((reason) => left.push(reason));
    const call = session.call(echo);
    call.catch(() => undefined);
    await session.call('wamp.session.count');
    bench.cutWires();
    await expect(call).rejects.toMatchObject({ code: 'unavailable' });
    await until(() => left.length === 1);
  });

  it('end at their deadline and by their signal, and the session lives on', async () => {
    const session = await bench.session();
    const callee = await bench.session();
    const answers: ((value: unknown) => void)[] = [];
    await callee.register(echo, () => new Promise((resolve) => answers.push(resolve)));
    await expect(session.call(echo, [], {}, { timeoutMs: 30 })).rejects.toMatchObject({ code: 'timeout' });
    const controller = new AbortController();
    const cancelled = session.call(echo, [], {}, { signal: controller.signal });
    cancelled.catch(() => undefined);
    await until(() => answers.length === 2);
    controller.abort();
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' });
    await expect(session.call(echo, [], {}, { signal: controller.signal })).rejects.toMatchObject({
      code: 'cancelled',
    });
    const id = session.details?.sessionId;
    for (const answer of answers) answer('late');
    await callee.call('wamp.session.count');
    await session.call('wamp.session.count');
    expect(session.details?.sessionId).toBe(id);
  });

  it('carry errors by their code, and nothing of what is not ours', async () => {
    const session = await bench.session();
    await session.register(echo, ([code]) => {
      if (code === 'foreign') throw new TypeError('a path and a password');
      throw new SisockError(code as 'too_large', `about ${String(code)}`);
    });
    for (const code of ['bad_request', 'too_large', 'unknown_timeline', 'unavailable', 'cancelled', 'timeout']) {
      await expect(session.call(echo, [code])).rejects.toMatchObject({ code, message: `about ${code}` });
    }
    await expect(session.call(echo, ['foreign'])).rejects.toMatchObject({
      code: 'internal',
      message: 'internal error',
    });
  });

  it('with an answer that can not be encoded fail alone', async () => {
    const session = await bench.session();
    let deep: unknown = null;
    for (let i = 0; i < 200; i++) deep = [deep];
    await session.register(echo, ([n]) => (n === 1 ? deep : 2n ** 70n));
    const id = session.details?.sessionId;
    await expect(session.call(echo, [1])).rejects.toMatchObject({ code: 'internal' });
    await expect(session.call(echo, [2])).rejects.toMatchObject({ code: 'internal' });
    await expect(session.call(echo, [deep])).rejects.toMatchObject({ code: 'bad_request' });
    expect(session.details?.sessionId).toBe(id);
  });

  it.each(['', 'a..b', 'a b', 'a#', 'x'.repeat(1001)])('of what is no URI never leave: %j', async (name) => {
    const session = await bench.session();
    await expect(session.call(name)).rejects.toMatchObject({ code: 'bad_request' });
    await expect(session.publish(name)).rejects.toMatchObject({ code: 'bad_request' });
    await expect(session.register(name, () => 1)).rejects.toMatchObject({ code: 'bad_request' });
    await expect(session.subscribe(name, () => undefined)).rejects.toMatchObject({ code: 'bad_request' });
    expect(session.details).not.toBeNull();
  });

  it.each(serializerNames)('carry values in %s', async (serializer) => {
    const session = await bench.session({ serializers: [serializer] });
    expect(session.details?.serializer).toBe(serializer);
    await session.register(echo, (args) => args);
    const values = [0, -1, 2 ** 40, -(2 ** 40), 0.1, 'ü', '', true, null, [], {}, { a: [1, { b: null }] }];
    expect(await session.call(echo, values)).toEqual(values);
    if (serializer === 'json') return;
    const [nan, bytes] = (await session.call(echo, [NaN, Uint8Array.of(1, 2)])) as [number, Uint8Array];
    expect(nan).toBeNaN();
    expect([...bytes]).toEqual([1, 2]);
  });
});

it('a listener that throws, at once or later, harms nobody', async () => {
  const session = await bench.session();
  const heard: unknown[] = [];
  await session.subscribe(topic, () => {
    throw new Error('broken');
  });
  await session.subscribe(topic, (async () => {
    throw new Error('broken later');
  }) as () => void);
  await session.subscribe(topic, (args) => heard.push(args[0]));
  session.onJoin(() => {
    throw new Error('broken');
  });
  const other = await bench.session();
  await other.publish(topic, [1]);
  await until(() => heard.length === 1);
  bench.cutWires();
  await until(() => session.details === null);
  await until(() => session.details);
});

it('the in-process pipe joins, is restored and closes as a socket does', async () => {
  const session = await bench.session({
    url: undefined as never,
    local: () => bench.router.connectLocal({ role: 'server', authid: 'part' }),
  });
  expect(session.details).toMatchObject({ authid: 'part', authrole: 'server', serializer: 'cbor' });
  await session.register(echo, (args) => args[0]);
  const other = await bench.session();
  expect(await other.call(echo, ['x'])).toBe('x');
  await bench.stopRouter();
  await until(() => session.details === null);
  await bench.startRouter();
  await until(() => session.details);
  await until(async () => (await session.call(echo, ['y'])) === 'y');
  await session.close();
  expect(session.details).toBeNull();
});

describe('joining', () => {
  it.each([
    ['a wrong secret', { secret: 'wrong' }, 'not_authorized', 'WAMP_SECRET'],
    ['an unknown user', { authid: 'nobody' }, 'not_authorized', 'WAMP_USER'],
    ['no such realm', { realm: 'elsewhere' }, 'bad_setting', 'WAMP_REALM'],
  ])('with %s fails for good and names the setting and the router', async (_, options, code, name) => {
    const session = bench.open(options);
    const error = await session.ready.catch((thrown: SisockError) => thrown);
    expect(error).toMatchObject({ code });
    expect((error as SisockError).message).toContain(name);
    expect((error as SisockError).message).toContain(bench.url);
    await session.close();
  });

  it('anonymously is possible', async () => {
    const session = await bench.session({ secret: undefined, authid: undefined });
    expect(session.details?.authrole).toBe('iocs_agent');
  });

  it('goes on after a refusal once it had worked', async () => {
    const session = await bench.session();
    await bench.stopRouter();
    await bench.startRouter({ accepts: 'another secret' });
    const rejected = bench.open();
    await rejected.ready.catch(() => undefined);
    expect(session.details).toBeNull();
    await bench.stopRouter();
    await bench.startRouter();
    await until(() => session.details);
  });

  it('of an address that is none is a wrong setting', () => {
    for (const url of ['http://x/ws', 'ws://', 'x', '']) {
      expect(() => connectSession({ url })).toThrow(expect.objectContaining({ code: 'bad_setting' }));
    }
  });
});

describe('closing', () => {
  it('while trying again ends at once', async () => {
    await bench.stopRouter();
    const session = bench.open({ firstDelayMs: 60_000, maxDelayMs: 60_000 });
    await session.close();
    await expect(session.ready).rejects.toMatchObject({ code: 'cancelled' });
    await session.close();
  });

  it('leaves the router', async () => {
    const [session, other] = [await bench.session(), await bench.session()];
    await session.close();
    expect(await other.call('wamp.session.count')).toBe(1);
    await expect(session.call(echo)).rejects.toMatchObject({ code: 'unavailable' });
  });
});

describe('a router that misbehaves', () => {
  let server: Server;
  let sockets: WebSocketServer;
  let greet: (send: (data: string) => void, received: unknown[]) => void;
  beforeEach(async () => {
    server = createServer((_, response) => response.writeHead(404).end());
    sockets = new WebSocketServer({ server, path: '/ws', handleProtocols: () => 'wamp.2.json' });
    sockets.on('connection', (socket) => {
      socket.on('error', () => undefined);
      socket.on('message', (data) =>
        greet((text) => socket.send(text), JSON.parse((data as Buffer).toString()) as unknown[]),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    for (const socket of sockets.clients) socket.terminate();
    sockets.close();
    await new Promise((resolve) => server.close(resolve));
  });
  const url = () => `ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws`;
  const welcome = JSON.stringify([2, 7, { roles: { broker: {}, dealer: {} } }]);

  it.each([
    ['a NaN in JSON', '[36,1,2,{},[NaN]]', 'lost'],
    ['text that is no JSON', '{', 'lost'],
    ['what is no message', '7', 'lost'],
    ['an unknown message', '[99]', 'lost'],
    ['an event of no subscription', '[36,1,2,{}]', 'lost'],
    ['an invocation of no registration', '[68,1,2,{}]', 'lost'],
    ['a result nobody waits for', '[50,1,{}]', 'kept'],
    ['an interrupt', '[69,1,{}]', 'kept'],
    ['a message without its parts', '[36]', 'lost'],
    ['an error without its parts', '[8]', 'lost'],
  ])('%s after the join: the session is lost at most, and comes back', async (_, text, fate) => {
    let greeted = 0;
    let asked = 0;
    greet = (send, [type, id]) => {
      if (type === 1) {
        send(welcome);
        if (greeted++ === 0) send(text);
      }
      if (type !== 48) return;
      asked++;
      send(JSON.stringify([50, id, {}, ['answer']]));
    };
    const session = bench.open({ url: url(), closeTimeoutMs: 50 });
    await until(async () => (await session.call('a.b')) === 'answer' && greeted === (fate === 'lost' ? 2 : 1));
    expect(asked).toBeGreaterThan(0);
    await session.close();
  });

  it.each(['[2]', '[2,7]', '[4,"wampcra",{}]', '[4,"ticket",{}]', '[3]', '[3,{},"wamp.error.other"]', 'x', '[]'])(
    '%j as its first answer: no join, no harm',
    async (text) => {
      greet = (send, [type]) => {
        if (type === 1) send(text);
      };
      const session = bench.open({ url: url(), closeTimeoutMs: 50 });
      const outcome = await Promise.race([session.ready.catch(() => 'refused'), session.close().then(() => 'closed')]);
      expect(['refused', 'closed']).toContain(outcome);
    },
  );

  it('silence ends at the deadline of joining', async () => {
    let hellos = 0;
    greet = () => hellos++;
    const session = bench.open({ url: url(), joinTimeoutMs: 200, closeTimeoutMs: 10 });
    await until(() => hellos >= 2);
    expect(session.details).toBeNull();
  });

  it('no WebSocket at all is tried again', async () => {
    const session = bench.open({ url: url().replace('/ws', '/other') });
    await session.close();
    await expect(session.ready).rejects.toMatchObject({ code: 'cancelled' });
  });
});
