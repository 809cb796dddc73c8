import { beforeEach, describe, expect, it } from '@jest/globals';
import { code } from '../src/messages.js';
import { type Client, Core } from './support/core.js';

describe('the meta API', () => {
  let core: Core;
  let watcher: Client;
  beforeEach(() => {
    core = new Core();
    watcher = core.connect();
  });
  const ask = (uri: string, ...args: unknown[]): unknown => {
    watcher.call(uri, {}, args);
    const answer = watcher.next();
    return answer[0] === code.ERROR ? answer[4] : (answer.at(-1) as unknown[])[0];
  };

  it('tells of sessions that come and go', () => {
    watcher.subscribe('wamp.session.', { match: 'prefix' });
    const guest = core.connect('agent');
    const [joined] = watcher.next().at(-1) as [Record<string, unknown>];
    expect(joined).toMatchObject({ session: guest.id, authid: 'id of agent', authrole: 'agent' });
    guest.disconnect();
    expect(watcher.next().at(-1)).toEqual([guest.id, 'id of agent', 'agent']);
  });

  it('lists, counts and describes sessions', () => {
    const guest = core.connect('agent');
    expect(ask('wamp.session.list')).toEqual([watcher.id, guest.id]);
    expect(ask('wamp.session.list', ['agent'])).toEqual([guest.id]);
    expect(ask('wamp.session.count')).toBe(2);
    expect(ask('wamp.session.count', ['agent'])).toBe(1);
    expect(ask('wamp.session.get', guest.id)).toMatchObject({ session: guest.id, authrole: 'agent' });
    expect(ask('wamp.session.get', 1)).toBe('wamp.error.no_such_session');
    expect(ask('wamp.session.get', 'x')).toBe('wamp.error.invalid_argument');
    expect(ask('wamp.session.get')).toBe('wamp.error.invalid_argument');
  });

  it('describes registrations', () => {
    const callee = core.connect();
    const exact = callee.register('a.b');
    const prefix = callee.register('c', { match: 'prefix', invoke: 'first' });
    expect(ask('wamp.registration.list')).toEqual({ exact: [exact], prefix: [prefix], wildcard: [] });
    expect(ask('wamp.registration.lookup', 'a.b')).toBe(exact);
    expect(ask('wamp.registration.lookup', 'c', { match: 'prefix' })).toBe(prefix);
    expect(ask('wamp.registration.lookup', 'c')).toBeNull();
    expect(ask('wamp.registration.match', 'c.d')).toBe(prefix);
    expect(ask('wamp.registration.match', 'd')).toBeNull();
    expect(ask('wamp.registration.get', prefix)).toEqual({
      id: prefix,
      created: '1970-01-01T00:16:40.000Z',
      uri: 'c',
      match: 'prefix',
      invoke: 'first',
    });
    expect(ask('wamp.registration.list_callees', exact)).toEqual([callee.id]);
    expect(ask('wamp.registration.count_callees', exact)).toBe(1);
    expect(ask('wamp.registration.get', 99)).toBe('wamp.error.no_such_registration');
  });

  it('describes subscriptions', () => {
    const subscriber = core.connect();
    const exact = subscriber.subscribe('a.b');
    const wild = subscriber.subscribe('.b', { match: 'wildcard' });
    expect(ask('wamp.subscription.list')).toEqual({ exact: [exact], prefix: [], wildcard: [wild] });
    expect(ask('wamp.subscription.match', 'a.b')).toEqual([exact, wild]);
    expect(ask('wamp.subscription.match', 'x')).toBeNull();
    expect(ask('wamp.subscription.list_subscribers', wild)).toEqual([subscriber.id]);
    expect(ask('wamp.subscription.get', 99)).toBe('wamp.error.no_such_subscription');
  });

  it.each([
    ['registration', 'register', 'on_register', 'on_unregister'],
    ['subscription', 'subscribe', 'on_subscribe', 'on_unsubscribe'],
  ] as const)('tells the life of a %s', (kind, enter, entered, left) => {
    watcher.subscribe(`wamp.${kind}.`, { match: 'prefix' });
    watcher.received.length = 0;
    const guest = core.connect();
    const id = guest[enter]('a.b');
    guest.disconnect();
    const events = watcher.received.map((message) => [(message[3] as { topic: string }).topic, message.at(-1)]);
    expect(events).toEqual([
      [`wamp.${kind}.on_create`, [guest.id, expect.objectContaining({ id, uri: 'a.b', match: 'exact' })]],
      [`wamp.${kind}.${entered}`, [guest.id, id]],
      [`wamp.${kind}.${left}`, [guest.id, id]],
      [`wamp.${kind}.on_delete`, [guest.id, id]],
    ]);
  });
});
