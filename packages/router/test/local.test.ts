import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createRouter, type LocalPeer, type Router } from '../src/index.js';
import { code } from '../src/messages.js';
import { decodeMessage } from '../src/wire/codec.js';
import { encodeValues } from './support/raw.js';
import { openRoles, until } from './support/router.js';

describe('a peer in this process', () => {
  let router: Router;
  beforeEach(() => {
    router = createRouter({ roles: openRoles });
  });
  afterEach(() => router.close());

  const open = (role = 'all'): { peer: LocalPeer; messages: (readonly unknown[])[] } => {
    const peer = router.connectLocal({ role, authid: 'me', serializer: 'json' });
    const messages: (readonly unknown[])[] = [];
    peer.onMessage = (bytes) => messages.push(decodeMessage('json', bytes, 1 << 20).header);
    return { peer, messages };
  };
  const closed = (peer: LocalPeer): Promise<void> => new Promise((resolve) => (peer.onClose = resolve));
  const hello = JSON.stringify([code.HELLO, 'test_realm', { authid: 'somebody', authmethods: ['wampcra'] }]);

  it('is who the program says, whatever its HELLO says, and is never called from within send', async () => {
    const { peer, messages } = open('agent');
    peer.send(hello);
    expect(messages).toEqual([]);
    await until(() => messages.length === 1);
    expect(messages[0]?.[2]).toMatchObject({ authid: 'me', authrole: 'agent' });
  });

  it('gets its messages in order, also many of them', async () => {
    const { peer, messages } = open();
    peer.send(hello);
    peer.send(encodeValues('json', [code.SUBSCRIBE, 1, {}, 't']));
    for (let i = 2; i < 1002; i++) {
      peer.send(encodeValues('json', [code.PUBLISH, i, { exclude_me: false, acknowledge: true }, 't']));
    }
    await until(() => messages.length === 2002);
    const acknowledged = messages.filter(([type]) => type === code.PUBLISHED).map(([, request]) => request);
    expect(acknowledged).toEqual(Array.from({ length: 1000 }, (_, i) => i + 2));
  });

  it('loses its session, and nobody else theirs, when its handler throws', async () => {
    const failing = open();
    const sound = open();
    failing.peer.onMessage = () => {
      throw new Error('a fault of the client');
    };
    const gone = closed(failing.peer);
    failing.peer.send(hello);
    sound.peer.send(hello);
    await gone;
    await until(() => sound.messages.length === 1);
    expect(router.counts().sessions).toBe(1);
  });

  it('is told goodbye and closed with the router, and refused after it', async () => {
    const { peer, messages } = open();
    peer.send(hello);
    const gone = closed(peer);
    await router.close();
    await gone;
    expect(messages.at(-1)).toEqual([code.GOODBYE, {}, 'wamp.close.system_shutdown']);
    const late = open();
    const refused = closed(late.peer);
    late.peer.send(hello);
    await refused;
    expect(late.messages).toEqual([]);
  });

  it('needs a role that exists', () => {
    expect(() => router.connectLocal({ role: 'nobody', authid: 'x' })).toThrow('no role "nobody"');
  });
});
