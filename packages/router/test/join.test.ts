import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { formats } from '../src/index.js';
import { join } from './support/autobahn.js';
import { type Started, startRouter } from './support/router.js';

const salted = { salt: 'salt123', iterations: 500, keylen: 16 };
const auth = {
  anonymous: { role: 'agent' },
  wampcra: {
    users: {
      server: { role: 'all', secret: 'plain secret' },
      salty: { role: 'all', secret: 'pass word', ...salted },
    },
  },
};

describe('joining', () => {
  let started: Started;
  beforeEach(async () => {
    started = await startRouter({ auth });
  });
  afterEach(() => started.router.close());

  for (const serializer of formats) {
    it(`lets autobahn in anonymously with ${serializer}`, async () => {
      const { welcome, session, close } = await join(started.url, { serializer });
      expect(welcome).toMatchObject({ authrole: 'agent', authmethod: 'anonymous', realm: 'test_realm' });
      expect(Number.isSafeInteger(session.id)).toBe(true);
      await close();
    });

    it(`lets a user with the right secret in with ${serializer}`, async () => {
      const user = { authid: 'server', secret: 'plain secret' };
      const { welcome, close } = await join(started.url, { serializer, user });
      expect(welcome).toMatchObject({ authid: 'server', authrole: 'all', authmethod: 'wampcra' });
      await close();
    });
  }

  it('lets a user with a salted password in', async () => {
    const { welcome, close } = await join(started.url, { user: { authid: 'salty', secret: 'pass word' } });
    expect(welcome).toMatchObject({ authid: 'salty' });
    await close();
  });

  it('refuses a wrong secret and an unknown name alike', async () => {
    for (const authid of ['server', 'nobody', '__proto__']) {
      const attempt = join(started.url, { user: { authid, secret: 'wrong' } });
      await expect(attempt).rejects.toThrow('wamp.error.not_authorized');
    }
    expect(started.router.counts().mishaps['auth_failed']).toBe(3);
  });

  it('refuses an unknown realm', async () => {
    await expect(join(started.url, { realm: 'elsewhere' })).rejects.toThrow('wamp.error.no_such_realm');
  });

  it('refuses a method that the listener does not offer', async () => {
    const listener = await started.router.listen({ port: 0, auth: { anonymous: { role: 'agent' } } });
    const attempt = join(listener.url, { user: { authid: 'server', secret: 'plain secret' } });
    await expect(attempt).rejects.toThrow('wamp.error.no_matching_auth_method');
  });

  it('tells sessions goodbye when it closes', async () => {
    const { closed } = await join(started.url);
    await started.router.close();
    expect(await closed).toBe('wamp.close.system_shutdown');
  });
});
