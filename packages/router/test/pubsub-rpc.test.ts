import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { formats } from '../src/index.js';
import { autobahn, type Client, join, joinLocal } from './support/autobahn.js';
import { type Started, startRouter, until } from './support/router.js';

describe('calls and events through autobahn', () => {
  let started: Started;
  const clients = new Map<string, Client>();
  beforeAll(async () => {
    started = await startRouter();
    for (const serializer of formats) clients.set(serializer, await join(started.url, { serializer }));
  });
  afterAll(() => started.router.close());
  const sessionOf = (name: string): Client['session'] => (clients.get(name) as Client).session;

  for (const callee of formats) {
    it(`carries calls from all serializers to a callee with ${callee}`, async () => {
      const uri = `observatory.echo.${callee}`;
      await sessionOf(callee).register(uri, (args, kwargs) => new autobahn.Result(args, kwargs));
      const args = [1, -3, 2.5, 'a "b" \n ü', true, null, [1, [2]], { x: { y: [] } }, 2 ** 40];
      for (const caller of formats) {
        expect(await sessionOf(caller).call(uri, args, { k: 'v' })).toMatchObject({ args, kwargs: { k: 'v' } });
      }
    });

    it(`carries errors with their arguments from a callee with ${callee}`, async () => {
      const uri = `observatory.fail.${callee}`;
      await sessionOf(callee).register(uri, () => {
        throw new autobahn.Error('my.error', [1, 'two'], { three: 3 });
      });
      for (const caller of formats) {
        const error = await sessionOf(caller)
          .call(uri)
          .then(
            () => undefined,
            (e: unknown) => e,
          );
        expect(error).toMatchObject({ error: 'my.error', args: [1, 'two'], kwargs: { three: 3 } });
      }
    });

    it(`carries events from a publisher with ${callee} to all serializers`, async () => {
      const topic = `observatory.topic.${callee}`;
      const heard: unknown[] = [];
      for (const subscriber of formats) {
        await sessionOf(subscriber).subscribe(topic, (args, kwargs) => heard.push([subscriber, args, kwargs]));
      }
      await sessionOf(callee).publish(topic, [1.5, { t: [1, 2] }], { a: 1 }, { acknowledge: true, exclude_me: false });
      await until(() => heard.length === 3);
      expect(heard).toHaveLength(3);
      for (const [, args, kwargs] of heard as unknown[][])
        expect([args, kwargs]).toEqual([[1.5, { t: [1, 2] }], { a: 1 }]);
    });
  }

  it('serves a peer in its own process over a pipe', async () => {
    const local = started.router.connectLocal({ role: 'all', authid: 'inside' });
    const session = await joinLocal(local);
    await session.register('observatory.local', (args) => args[0]);
    expect(await sessionOf('json').call('observatory.local', ['hello'])).toBe('hello');
    const closed = new Promise<void>((resolve) => (local.onClose = resolve));
    local.close();
    await closed;
    await expect(sessionOf('json').call('observatory.local')).rejects.toMatchObject({
      error: 'wamp.error.no_such_procedure',
    });
  });
});
