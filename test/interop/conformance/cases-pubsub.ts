import { expect } from '@jest/globals';
import { events, firstArgs, flush, gone, payload, refusedOrGone, topics } from './case.js';
import type { Case } from './case.js';

const id = expect.any(Number);

export const pubsubCases: readonly Case[] = [
  {
    name: 'an event carries args and kwargs to an exact subscription',
    run: async (t) => {
      const [a, b] = [await t.join('a'), await t.join('b')];
      const s = await b.subscribe(t.uri('topic'));
      await a.publish(t.uri('topic'), { args: [1, 'two', [3]], kwargs: { x: { y: null } } });
      await events(s, 1);
      return s.seen.map(({ args, kwargs, topic, publisher }) => ({
        args,
        kwargs,
        exact: topic === t.uri('topic'),
        publisher,
      }));
    },
    expect: [{ args: [1, 'two', [3]], kwargs: { x: { y: null } }, exact: true, publisher: null }],
  },
  {
    name: 'an event without values has none',
    run: async (t) => {
      const [a, b] = [await t.join('a'), await t.join('b')];
      const s = await b.subscribe(t.uri('topic'));
      await a.publish(t.uri('topic'));
      return events(s, 1);
    },
    expect: [{ args: [], kwargs: {} }],
  },
  {
    name: 'a prefix subscription gets the topics below, with their names',
    run: async (t) => {
      const [a, b] = [await t.join('a'), await t.join('b')];
      const s = await b.subscribe(t.uri('p.'), 'prefix');
      for (const rest of ['p.one', 'q.one', 'p.two.deep']) await a.publish(t.uri(rest), {}, { acknowledge: true });
      await flush(t, a, b);
      return topics(s.seen).map((topic) => topic.slice(t.uri('').length));
    },
    expect: ['p.one', 'p.two.deep'],
  },
  {
    name: 'a wildcard subscription stands for exactly one part',
    run: async (t) => {
      const [a, b] = [await t.join('a'), await t.join('b')];
      const s = await b.subscribe(t.uri('w..feeds.'), 'wildcard');
      const sent = ['w.one.feeds.t', 'w.one.other.t', 'w.one.feeds', 'w.one.feeds.t.deep', 'w.two.feeds.h'];
      for (const rest of sent) await a.publish(t.uri(rest), {}, { acknowledge: true });
      await flush(t, a, b);
      return topics(s.seen).map((topic) => topic.slice(t.uri('').length));
    },
    expect: ['w.one.feeds.t', 'w.two.feeds.h'],
  },
  {
    name: 'exact, prefix and wildcard subscriptions of one session each get the event',
    run: async (t) => {
      const [a, b] = [await t.join('a'), await t.join('b')];
      const all = [
        await b.subscribe(t.uri('m.x.y')),
        await b.subscribe(t.uri('m'), 'prefix'),
        await b.subscribe(t.uri('m..y'), 'wildcard'),
      ];
      await a.publish(t.uri('m.x.y'), { args: [7] }, { acknowledge: true });
      await flush(t, a, b);
      return all.map((s) => s.seen.map(payload));
    },
    expect: [[{ args: [7], kwargs: {} }], [{ args: [7], kwargs: {} }], [{ args: [7], kwargs: {} }]],
  },
  {
    name: 'two subscribers of a topic share the subscription id, other matches do not',
    run: async (t) => {
      const [a, b] = [await t.join('a'), await t.join('b')];
      const first = await a.subscribe(t.uri('s'));
      const second = await b.subscribe(t.uri('s'));
      const prefix = await b.subscribe(t.uri('s'), 'prefix');
      return { same: first.id === second.id, other: first.id === prefix.id };
    },
    expect: { same: true, other: false },
  },
  {
    name: 'after UNSUBSCRIBE nothing comes',
    run: async (t) => {
      const [a, b] = [await t.join('a'), await t.join('b')];
      const s = await b.subscribe(t.uri('topic'));
      await a.publish(t.uri('topic'), { args: [1] }, { acknowledge: true });
      await events(s, 1);
      await s.unsubscribe();
      await a.publish(t.uri('topic'), { args: [2] }, { acknowledge: true });
      await flush(t, a, b);
      return firstArgs(s.seen);
    },
    expect: [1],
  },
  {
    name: 'an acknowledged publication has the id that the event has; others have no answer',
    run: async (t) => {
      const [a, b] = [await t.join('a'), await t.join('b')];
      const s = await b.subscribe(t.uri('topic'));
      const acknowledged = await a.publish(t.uri('topic'), {}, { acknowledge: true });
      const silent = await a.publish(t.uri('topic'));
      await events(s, 2);
      return { id: acknowledged, same: s.seen[0]?.publication === acknowledged, silent: silent ?? 'none' };
    },
    expect: { id, same: true, silent: 'none' },
  },
  {
    name: 'a publisher does not get its own event unless it asks for it (exclude_me)',
    run: async (t) => {
      const a = await t.join('a');
      const s = await a.subscribe(t.uri('topic'));
      await a.publish(t.uri('topic'), { args: ['default'] }, { acknowledge: true });
      await a.publish(t.uri('topic'), { args: ['true'] }, { acknowledge: true, exclude_me: true });
      await a.publish(t.uri('topic'), { args: ['false'] }, { acknowledge: true, exclude_me: false });
      await flush(t, a, a);
      return firstArgs(s.seen);
    },
    expect: ['false'],
  },
  {
    name: 'exclude and eligible name sessions',
    run: async (t) => {
      const [a, b, c] = [await t.join('a'), await t.join('b'), await t.join('c')];
      const [atB, atC] = [await b.subscribe(t.uri('topic')), await c.subscribe(t.uri('topic'))];
      const send = (text: string, options: object) =>
        a.publish(t.uri('topic'), { args: [text] }, { acknowledge: true, ...options });
      await send('all', {});
      await send('not b', { exclude: [b.welcome.id] });
      await send('only b', { eligible: [b.welcome.id] });
      await send('none', { eligible: [b.welcome.id, c.welcome.id], exclude: [b.welcome.id, c.welcome.id] });
      await flush(t, a, b, c);
      return { b: firstArgs(atB.seen), c: firstArgs(atC.seen) };
    },
    expect: { b: ['all', 'only b'], c: ['all', 'not b'] },
  },
  {
    name: 'exclude and eligible name users and roles',
    run: async (t) => {
      const [a, b, c] = [await t.join('a'), await t.join('b', 'salted'), await t.join('c', 'tester2')];
      const [atB, atC] = [await b.subscribe(t.uri('topic')), await c.subscribe(t.uri('topic'))];
      const send = (text: string, options: object) =>
        a.publish(t.uri('topic'), { args: [text] }, { acknowledge: true, ...options });
      await send('not salted', { exclude_authid: ['salted'] });
      await send('only salted', { eligible_authid: ['salted'] });
      await send('not testers', { exclude_authrole: ['tester'] });
      await send('only testers', { eligible_authrole: ['tester'] });
      await flush(t, a, b, c);
      return { salted: firstArgs(atB.seen), tester2: firstArgs(atC.seen) };
    },
    expect: { salted: ['only salted', 'only testers'], tester2: ['not salted', 'only testers'] },
  },
  {
    name: 'events of one publisher come in order',
    run: async (t) => {
      const [a, b] = [await t.join('a'), await t.join('b')];
      const s = await b.subscribe(t.uri('order.'), 'prefix');
      for (let i = 0; i < 200; i++)
        await a.publish(t.uri(`order.${i % 7}`), { args: [i] }, i % 50 === 49 ? { acknowledge: true } : {});
      await events(s, 200);
      return firstArgs(s.seen).every((n, i) => n === i);
    },
    expect: true,
  },
  {
    name: 'an event of a megabyte',
    run: async (t) => {
      const [a, b] = [await t.join('a'), await t.join('b')];
      const s = await b.subscribe(t.uri('topic'));
      const values = Array.from({ length: 100_000 }, (_, i) => i + 0.5);
      await a.publish(t.uri('topic'), { args: [values, 'é'.repeat(50_000)] }, { acknowledge: true });
      const [seen] = await events(s, 1);
      const [numbers, text] = seen!.args as [number[], string];
      return { same: numbers.every((v, i) => v === i + 0.5), count: numbers.length, text: text.length };
    },
    expect: { same: true, count: 100_000, text: 50_000 },
  },
  {
    name: 'an invalid URI is refused by name',
    run: async (t) => {
      const [a, c] = [await t.join('a', 'tester', { language: 'js' }), await t.join('c', 'tester', { language: 'js' })];
      return [
        await refusedOrGone(a, a.subscribe(t.uri('white space'))),
        await refusedOrGone(c, c.publish(`${t.uri('x')}..y`, {}, { acknowledge: true })),
      ];
    },
    expect: ['wamp.error.invalid_uri', 'wamp.error.invalid_uri'],
    crossbar: { expect: [gone, gone], because: 'Crossbar ends the session of who sends an invalid URI' },
  },
];
