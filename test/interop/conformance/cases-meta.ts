import { expect } from '@jest/globals';
import { until } from '../peers/until.js';
import { events, refused } from './case.js';
import type { Case } from './case.js';
import type { Peer } from './peer.js';

const first = async (peer: Peer, procedure: string, ...args: unknown[]): Promise<unknown> =>
  (await peer.call(procedure, { args }).result).args[0];

const details = (value: unknown): Record<string, unknown> => value as Record<string, unknown>;

export const metaCases: readonly Case[] = [
  {
    name: 'wamp.session.list and count know the sessions of the realm',
    run: async (t) => {
      const [a, b] = [await t.join('a'), await t.join('b')];
      // Sessions of a case before may still go.
      const list = await until('a list as long as the count', async () => {
        const found = (await first(a, 'wamp.session.list')) as number[];
        return (await first(a, 'wamp.session.count')) === found.length && found;
      });
      const both = [a, b].map((p) => list.includes(p.welcome.id));
      await b.leave();
      await until(
        'the session gone',
        async () => !((await first(a, 'wamp.session.list')) as number[]).includes(b.welcome.id),
      );
      return both;
    },
    expect: [true, true],
  },
  {
    name: 'wamp.session.get tells who a session is',
    run: async (t) => {
      const [a, b] = [await t.join('a'), await t.join('b', 'salted')];
      const { session, authid, authrole, authmethod } = details(await first(a, 'wamp.session.get', b.welcome.id));
      return { same: session === b.welcome.id, authid, authrole, authmethod };
    },
    expect: { same: true, authid: 'salted', authrole: 'tester', authmethod: 'wampcra' },
  },
  {
    name: 'wamp.session.get of a session that is not there',
    run: async (t) => refused((await t.join('a')).call('wamp.session.get', { args: [12345] }).result),
    expect: 'wamp.error.no_such_session',
  },
  {
    name: 'wamp.session.on_join tells who came',
    run: async (t) => {
      const a = await t.join('a');
      const s = await a.subscribe('wamp.session.on_join');
      const b = await t.join('b', 'salted');
      const mine = await until('on_join', () =>
        s.seen.map((e) => details(e.args[0])).find((d) => d['session'] === b.welcome.id),
      );
      return { authid: mine['authid'], authrole: mine['authrole'] };
    },
    expect: { authid: 'salted', authrole: 'tester' },
  },
  {
    name: 'wamp.session.on_leave has the session id first, whether it left or was lost',
    run: async (t) => {
      const [a, b, c] = [await t.join('a'), await t.join('b'), await t.join('c')];
      const s = await a.subscribe('wamp.session.on_leave');
      await b.leave();
      await c.drop();
      const seen = (id: number): Promise<true> => until('on_leave', () => s.seen.some((e) => e.args[0] === id));
      return [await seen(b.welcome.id), await seen(c.welcome.id)];
    },
    expect: [true, true],
  },
  {
    name: 'wamp.registration procedures find a registration',
    run: async (t) => {
      const [a, b] = [await t.join('a'), await t.join('b')];
      const r = await b.register(t.uri('p'), { does: 'echo' });
      const pre = await b.register(t.uri('pre.'), { does: 'echo' }, { match: 'prefix' });
      const list = details(await first(a, 'wamp.registration.list'));
      const got = details(await first(a, 'wamp.registration.get', r.id));
      const none = await a.call('wamp.registration.lookup', { args: [t.uri('nobody')] }).result;
      return {
        listed: (list['exact'] as number[]).includes(r.id) && (list['prefix'] as number[]).includes(pre.id),
        lookup: (await first(a, 'wamp.registration.lookup', t.uri('p'))) === r.id,
        pattern: (await first(a, 'wamp.registration.lookup', t.uri('pre.'), { match: 'prefix' })) === pre.id,
        match: (await first(a, 'wamp.registration.match', t.uri('pre.x'))) === pre.id,
        none: none.args[0] ?? null,
        got: { same: got['id'] === r.id, uri: got['uri'] === t.uri('p'), match: got['match'], invoke: got['invoke'] },
        callees: ((await first(a, 'wamp.registration.list_callees', r.id)) as number[]).map(
          (id) => id === b.welcome.id,
        ),
        count: await first(a, 'wamp.registration.count_callees', r.id),
      };
    },
    expect: {
      listed: true,
      lookup: true,
      pattern: true,
      match: true,
      none: null,
      got: { same: true, uri: true, match: 'exact', invoke: 'single' },
      callees: [true],
      count: 1,
    },
  },
  {
    name: 'wamp.registration procedures of a registration that is not there',
    run: async (t) => {
      const a = await t.join('a');
      const ask = (name: string): Promise<string> =>
        refused(a.call(`wamp.registration.${name}`, { args: [12345] }).result);
      return [await ask('get'), await ask('list_callees'), await ask('count_callees')];
    },
    expect: Array.from({ length: 3 }, () => 'wamp.error.no_such_registration'),
  },
  {
    name: 'wamp.registration topics follow a registration through its life',
    run: async (t) => {
      const [a, b] = [await t.join('a'), await t.join('b')];
      const names = ['on_create', 'on_register', 'on_unregister', 'on_delete'];
      const all = await Promise.all(names.map((name) => a.subscribe(`wamp.registration.${name}`)));
      const r = await b.register(t.uri('p'), { does: 'echo' });
      await r.unregister();
      const mine = (i: number): Promise<readonly unknown[]> =>
        until(names[i]!, () =>
          all[i]!.seen.map((e) => e.args).find(
            ([session, reg]) => session === b.welcome.id && (reg === r.id || details(reg)?.['id'] === r.id),
          ),
        );
      const created = details((await mine(0))[1]);
      return {
        uri: created['uri'] === t.uri('p'),
        match: created['match'],
        all: (await Promise.all(names.map((_, i) => mine(i)))).length,
      };
    },
    expect: { uri: true, match: 'exact', all: 4 },
  },
  {
    name: 'nobody can publish the router’s own topics or take its procedures',
    run: async (t) => {
      const a = await t.join('a', 'almighty', { language: 'js' });
      return [
        await refused(a.publish('wamp.session.on_leave', { args: [1] }, { acknowledge: true })),
        await refused(a.register('wamp.session.list', { does: 'echo' })),
        await refused(a.register('wamp.session.new', { does: 'echo' })),
      ];
    },
    expect: Array.from({ length: 3 }, () =>
      expect.stringMatching(/^wamp\.error\.(invalid_uri|not_authorized|procedure_already_exists)$/),
    ),
  },
  {
    name: 'meta events are not sent to those who did not ask',
    run: async (t) => {
      const a = await t.join('a');
      const s = await a.subscribe('wamp.session.on_join');
      await s.unsubscribe();
      const own = await a.subscribe(t.uri('x'));
      const b = await t.join('b');
      await b.publish(t.uri('x'), { args: [1] }, { acknowledge: true });
      await events(own, 1);
      return s.seen.length;
    },
    expect: 0,
  },
];
