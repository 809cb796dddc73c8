import { afterEach, describe, expect, it } from '@jest/globals';
import { type LocalRouter, localRouter, until } from '@sisock/testkit';

describe('the local router', () => {
  let router: LocalRouter;
  afterEach(() => router.close());

  it('carries calls between sessions of different roles', async () => {
    router = await localRouter();
    const server = await router.session('server');
    const consumer = await router.session('consumer');
    await server.register('org.simonsobservatory.consumer.sum', ([a, b]) => Number(a) + Number(b));
    expect(await consumer.call('org.simonsobservatory.consumer.sum', [2, 3])).toBe(5);
    await expect(consumer.register('org.simonsobservatory.consumer.other', () => 0)).rejects.toMatchObject({
      code: 'not_authorized',
    });
  });

  it('can be restarted under its sessions', async () => {
    router = await localRouter();
    const server = await router.session('server');
    const consumer = await router.session('consumer');
    await server.register('org.simonsobservatory.consumer.ping', () => 'pong');
    const before = server.details?.sessionId;
    await router.restart();
    await until(() => server.details !== null && server.details.sessionId !== before);
    const answer = await until(() => consumer.call('org.simonsobservatory.consumer.ping'));
    expect(answer).toBe('pong');
    expect(router.router().counts().sessions).toBe(2);
  });
});
