import { expect } from '@jest/globals';
import { refused } from './case.js';
import type { Case } from './case.js';

const id = expect.any(Number);

export const sessionCases: readonly Case[] = [
  {
    name: 'WELCOME gives an anonymous client the role of those who do not authenticate',
    run: async (t) => {
      const { welcome } = await t.join('a', 'anonymous');
      const { authrole, authmethod, realm } = welcome;
      return { authrole, authmethod, realm, named: welcome.authid.length > 0, id: welcome.id };
    },
    expect: { authrole: 'iocs_agent', authmethod: 'anonymous', realm: 'test_realm', named: true, id },
  },
  {
    name: 'session ids are positive integers, one for each session',
    run: async (t) => {
      const ids = [await t.join('a'), await t.join('b'), await t.join('c')].map((p) => p.welcome.id);
      return { whole: ids.every((n) => Number.isSafeInteger(n) && n > 0), different: new Set(ids).size };
    },
    expect: { whole: true, different: 3 },
  },
  {
    name: 'WELCOME announces what the router can do',
    run: async (t) => (await t.join('a')).welcome.roles,
    expect: {
      broker: expect.arrayContaining([
        'pattern_based_subscription',
        'publisher_exclusion',
        'subscriber_blackwhite_listing',
      ]),
      dealer: expect.arrayContaining([
        'call_canceling',
        'pattern_based_registration',
        'progressive_call_results',
        'shared_registration',
      ]),
    },
  },
  {
    name: 'an unknown realm is refused',
    run: async (t) => [
      await refused(t.join('a', 'tester', { realm: 'no_such' })),
      await refused(t.join('b', 'anonymous', { realm: 'no_such' })),
    ],
    expect: ['wamp.error.no_such_realm', 'wamp.error.no_such_realm'],
  },
  {
    name: 'WAMP-CRA with the right secret gives the user and the role',
    run: async (t) => {
      const { authid, authrole, authmethod } = (await t.join('a', 'server')).welcome;
      return { authid, authrole, authmethod };
    },
    expect: { authid: 'server', authrole: 'server', authmethod: 'wampcra' },
  },
  {
    name: 'WAMP-CRA with a wrong secret is refused',
    run: (t) => refused(t.join('a', 'server', { secret: 'wrong' })),
    expect: 'wamp.error.not_authorized',
  },
  {
    name: 'WAMP-CRA of an unknown user is refused',
    run: (t) => refused(t.join('a', 'nobody', { secret: 'whatever' })),
    expect: 'wamp.error.not_authorized',
  },
  {
    name: 'WAMP-CRA with a salted secret',
    run: async (t) => {
      const { authid, authrole } = (await t.join('a', 'salted')).welcome;
      return { authid, authrole, wrong: await refused(t.join('b', 'salted', { secret: 'wrong' })) };
    },
    expect: { authid: 'salted', authrole: 'tester', wrong: 'wamp.error.not_authorized' },
  },
  {
    name: 'GOODBYE is answered',
    run: async (t) => (await t.join('a')).leave(),
    expect: 'wamp.close.goodbye_and_out',
    crossbar: { expect: 'wamp.close.normal', because: 'Crossbar answers with its default reason for leaving' },
  },
];
