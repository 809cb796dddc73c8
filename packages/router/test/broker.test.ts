import { beforeEach, describe, expect, it } from '@jest/globals';
import { code } from '../src/messages.js';
import { type Client, Core } from './support/core.js';

const acknowledge = { acknowledge: true };

describe('the broker', () => {
  let core: Core;
  let publisher: Client;
  let alice: Client;
  let bob: Client;
  beforeEach(() => {
    core = new Core();
    publisher = core.connect();
    alice = core.connect();
    bob = core.connect('agent');
  });
  const topicsOf = (client: Client): unknown[] =>
    client.received.map((message) => (message[3] as { topic?: string }).topic);

  it('delivers to exact, prefix and wildcard subscriptions, telling the topic to patterns', () => {
    const exact = alice.subscribe('observatory.a.feeds.x');
    const prefix = alice.subscribe('observatory.a', { match: 'prefix' });
    const wildcard = alice.subscribe('observatory..feeds.', { match: 'wildcard' });
    publisher.publish('observatory.a.feeds.x', {}, [1]);
    publisher.publish('observatory.ab.feeds.y', {}, [2]);
    publisher.publish('observatory.c.feeds.z', {}, [3]);
    publisher.publish('observatory.c.feeds.z.more', {}, [4]);
    expect(alice.received.map((message) => [message[1], message.at(-1)])).toEqual([
      [exact, [1]],
      [prefix, [1]],
      [wildcard, [1]],
      [prefix, [2]],
      [wildcard, [2]],
      [wildcard, [3]],
    ]);
    expect(topicsOf(alice)).toEqual([
      undefined,
      'observatory.a.feeds.x',
      'observatory.a.feeds.x',
      'observatory.ab.feeds.y',
      'observatory.ab.feeds.y',
      'observatory.c.feeds.z',
    ]);
  });

  it('gives one publication id to all its events', () => {
    alice.subscribe('observatory.t');
    bob.subscribe('observatory.t');
    const published = publisher.ask(code.PUBLISH, acknowledge, 'observatory.t');
    expect(published[0]).toBe(code.PUBLISHED);
    expect([alice.next()[2], bob.next()[2]]).toEqual([published[2], published[2]]);
  });

  it('leaves the publisher out unless it wants its own events', () => {
    publisher.subscribe('observatory.t');
    publisher.publish('observatory.t');
    expect(publisher.received).toEqual([]);
    publisher.publish('observatory.t', { exclude_me: false });
    expect(publisher.next()[0]).toBe(code.EVENT);
  });

  it.each([
    ['exclude', (): object => ({ exclude: [alice.id] }), false, true],
    ['eligible', (): object => ({ eligible: [alice.id] }), true, false],
    ['exclude_authrole', (): object => ({ exclude_authrole: ['agent'] }), true, false],
    ['eligible_authrole', (): object => ({ eligible_authrole: ['agent'] }), false, true],
    ['exclude_authid', (): object => ({ exclude_authid: ['id of all'] }), false, true],
    ['eligible_authid', (): object => ({ eligible_authid: ['id of all', 'x'] }), true, false],
    ['both lists', (): object => ({ eligible: [alice.id, bob.id], exclude: [alice.id] }), false, true],
    ['an empty list of the eligible', (): object => ({ eligible: [] }), false, false],
    ['a list that is none', (): object => ({ exclude: 'alice' }), true, true],
  ])('heeds %s', (_name, options, toAlice, toBob) => {
    alice.subscribe('observatory.t');
    bob.subscribe('observatory.t');
    publisher.publish('observatory.t', options());
    expect([alice.received.length, bob.received.length]).toEqual([Number(toAlice), Number(toBob)]);
  });

  it('tells who published only if asked to', () => {
    alice.subscribe('observatory.t');
    publisher.publish('observatory.t', { disclose_me: true });
    expect(alice.next()[3]).toEqual({
      publisher: publisher.id,
      publisher_authid: 'id of all',
      publisher_authrole: 'all',
    });
    publisher.publish('observatory.t');
    expect(alice.next()[3]).toEqual({});
  });

  it('gives the same subscription for a second SUBSCRIBE and one event', () => {
    expect(alice.subscribe('observatory.t')).toBe(alice.subscribe('observatory.t'));
    publisher.publish('observatory.t');
    expect(alice.received).toHaveLength(1);
  });

  it('stops at UNSUBSCRIBE and at the end of the session, and forgets the subscription', () => {
    const id = alice.subscribe('observatory.t');
    expect(alice.ask(code.UNSUBSCRIBE, id)[0]).toBe(code.UNSUBSCRIBED);
    expect(alice.ask(code.UNSUBSCRIBE, id).slice(4, 5)).toEqual(['wamp.error.no_such_subscription']);
    bob.subscribe('observatory.t', { match: 'wildcard' });
    bob.disconnect();
    publisher.publish('observatory.t');
    expect([alice.received, bob.received]).toEqual([[], []]);
    expect(core.realm.broker.byId.size).toBe(0);
  });

  it('refuses what a role may not, silently where no acknowledgement is asked for', () => {
    expect(bob.ask(code.SUBSCRIBE, {}, 'org.secret')[4]).toBe('wamp.error.not_authorized');
    expect(bob.ask(code.SUBSCRIBE, { match: 'prefix' }, 'obs')[4]).toBe('wamp.error.not_authorized');
    expect(bob.ask(code.SUBSCRIBE, { match: 'wildcard' }, '.secret')[4]).toBe('wamp.error.not_authorized');
    expect(bob.ask(code.PUBLISH, acknowledge, 'org.secret')[4]).toBe('wamp.error.not_authorized');
    bob.publish('org.secret');
    expect(bob.received).toEqual([]);
    expect(core.stats.mishaps.get('denied')).toBe(5);
  });

  it.each(['', 'a..b', 'a b', 'a#', '.a', 'a.', 'wamp.session.on_join'])('refuses to publish to "%s"', (topic) => {
    expect(publisher.ask(code.PUBLISH, acknowledge, topic)[4]).toBe('wamp.error.invalid_uri');
  });

  it('refuses a match that does not exist', () => {
    expect(alice.ask(code.SUBSCRIBE, { match: 'regex' }, 'a')[4]).toBe('wamp.error.invalid_argument');
  });

  it('limits the subscriptions of a session', () => {
    const small = new Core({ maxSubscriptions: 2 });
    const client = small.connect();
    client.subscribe('a');
    client.subscribe('b');
    client.subscribe('b');
    expect(client.ask(code.SUBSCRIBE, {}, 'c')[4]).toBe('wamp.error.unavailable');
  });
});
