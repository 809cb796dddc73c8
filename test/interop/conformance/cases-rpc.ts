import { expect } from '@jest/globals';
import { until } from '../peers/until.js';
import { gone, payload, refusal, refused, refusedOrGone } from './case.js';
import type { Case, Stage } from './case.js';
import type { Invoke, Peer } from './peer.js';

/** Calls `n` times, one after the other; gives the first value of each answer. */
async function answers(caller: Peer, uri: string, n: number): Promise<unknown[]> {
  const found: unknown[] = [];
  for (let i = 0; i < n; i++) found.push((await caller.call(uri).result).args[0]);
  return found;
}

/** Callees 0, 1 and 2 share a procedure; gives what six calls in a row get. */
async function shared(t: Stage, invoke: Invoke): Promise<unknown[]> {
  const caller = await t.join('a');
  for (const [n, who] of (['b', 'a', 'b'] as const).entries()) {
    await (await t.join(who)).register(t.uri('shared'), { does: 'give', args: [n] }, { invoke });
  }
  return answers(caller, t.uri('shared'), 6);
}

export const rpcCases: readonly Case[] = [
  {
    name: 'a call carries args and kwargs there and back',
    run: async (t) => {
      const [a, b] = [await t.join('a'), await t.join('b')];
      const r = await b.register(t.uri('echo'), { does: 'echo' });
      const result = await a.call(t.uri('echo'), { args: [1, 'two', null], kwargs: { x: [true] } }).result;
      await r.unregister();
      return { result, seen: r.invocations };
    },
    expect: {
      result: { args: [1, 'two', null], kwargs: { x: [true] } },
      seen: [
        {
          args: [1, 'two', null],
          kwargs: { x: [true] },
          procedure: expect.any(String),
          caller: null,
          progressive: false,
        },
      ],
    },
  },
  {
    name: 'a call without values gives an answer without values',
    run: async (t) => {
      const [a, b] = [await t.join('a'), await t.join('b')];
      await b.register(t.uri('nothing'), { does: 'give' });
      return a.call(t.uri('nothing')).result;
    },
    expect: { args: [], kwargs: {} },
  },
  {
    name: 'a session can call itself',
    run: async (t) => {
      const a = await t.join('a');
      await a.register(t.uri('self'), { does: 'echo' });
      return (await a.call(t.uri('self'), { args: [1] }).result).args;
    },
    expect: [1],
  },
  {
    name: 'calling what nobody registered',
    run: async (t) => refused((await t.join('a')).call(t.uri('nobody')).result),
    expect: 'wamp.error.no_such_procedure',
  },
  {
    name: 'registering what another holds',
    run: async (t) => {
      const [a, b] = [await t.join('a'), await t.join('b')];
      await a.register(t.uri('mine'), { does: 'echo' });
      return refused(b.register(t.uri('mine'), { does: 'echo' }));
    },
    expect: 'wamp.error.procedure_already_exists',
  },
  {
    name: 'a procedure is gone after UNREGISTER, and can be taken',
    run: async (t) => {
      const [a, b] = [await t.join('a'), await t.join('b')];
      const r = await a.register(t.uri('p'), { does: 'give', args: ['first'] });
      await r.unregister();
      const gone = await refused(b.call(t.uri('p')).result);
      await b.register(t.uri('p'), { does: 'give', args: ['second'] });
      return [gone, ...(await answers(a, t.uri('p'), 1))];
    },
    expect: ['wamp.error.no_such_procedure', 'second'],
  },
  {
    name: 'a procedure is gone when its callee is',
    run: async (t) => {
      const [a, b, c] = [await t.join('a'), await t.join('b'), await t.join('c')];
      await b.register(t.uri('left'), { does: 'echo' });
      await c.register(t.uri('cut'), { does: 'echo' });
      await b.leave();
      await c.drop();
      const gone = (uri: string): Promise<true> =>
        until(`${uri} gone`, async () => (await refused(a.call(t.uri(uri)).result)) === 'wamp.error.no_such_procedure');
      return [await gone('left'), await gone('cut')];
    },
    expect: [true, true],
  },
  {
    name: 'prefix and wildcard registrations get what matches, with the name called',
    run: async (t) => {
      const [a, b] = [await t.join('a'), await t.join('b')];
      const prefix = await b.register(t.uri('pre'), { does: 'give', args: ['prefix'] }, { match: 'prefix' });
      const wildcard = await b.register(t.uri('w..ops'), { does: 'give', args: ['wildcard'] }, { match: 'wildcard' });
      const found: unknown[] = [];
      for (const rest of ['pre.x', 'pre.x.y', 'w.agent.ops']) found.push(...(await answers(a, t.uri(rest), 1)));
      const missed = await refused(a.call(t.uri('w.agent.more.ops')).result);
      await Promise.all([prefix.unregister(), wildcard.unregister()]);
      const names = [...prefix.invocations, ...wildcard.invocations].map((i) => i.procedure.slice(t.uri('').length));
      return { found, missed, names };
    },
    expect: {
      found: ['prefix', 'prefix', 'wildcard'],
      missed: 'wamp.error.no_such_procedure',
      names: ['pre.x', 'pre.x.y', 'w.agent.ops'],
    },
  },
  {
    name: 'exact goes before prefix, the longest prefix before shorter ones, prefix before wildcard',
    run: async (t) => {
      const [a, b] = [await t.join('a'), await t.join('b')];
      await b.register(t.uri('o.x.z'), { does: 'give', args: ['exact'] });
      await b.register(t.uri('o'), { does: 'give', args: ['short'] }, { match: 'prefix' });
      await b.register(t.uri('o.x'), { does: 'give', args: ['long'] }, { match: 'prefix' });
      await b.register(t.uri('.x.z'), { does: 'give', args: ['wildcard'] }, { match: 'wildcard' });
      await b.register(t.uri('.x.w'), { does: 'give', args: ['wildcard'] }, { match: 'wildcard' });
      const found: unknown[] = [];
      for (const rest of ['o.x.z', 'o.x.w', 'o.y', 'n.x.w']) found.push(...(await answers(a, t.uri(rest), 1)));
      return found;
    },
    expect: ['exact', 'long', 'short', 'wildcard'],
  },
  { name: 'shared registration: first', run: (t) => shared(t, 'first'), expect: [0, 0, 0, 0, 0, 0] },
  { name: 'shared registration: last', run: (t) => shared(t, 'last'), expect: [2, 2, 2, 2, 2, 2] },
  { name: 'shared registration: roundrobin', run: (t) => shared(t, 'roundrobin'), expect: [0, 1, 2, 0, 1, 2] },
  {
    name: 'shared registration: random',
    run: async (t) => {
      const found = await shared(t, 'random');
      return found.every((n) => n === 0 || n === 1 || n === 2);
    },
    expect: true,
  },
  {
    name: 'callees of a shared procedure must agree on how it is shared',
    run: async (t) => {
      const [a, b] = [await t.join('a'), await t.join('b')];
      await a.register(t.uri('p'), { does: 'echo' }, { invoke: 'roundrobin' });
      const other = await refused(b.register(t.uri('p'), { does: 'echo' }, { invoke: 'first' }));
      const single = await refused(b.register(t.uri('p'), { does: 'echo' }));
      return { other, single };
    },
    expect: {
      other: 'wamp.error.procedure_exists_with_different_invocation_policy',
      single: 'wamp.error.procedure_exists_with_different_invocation_policy',
    },
  },
  {
    name: 'the others serve on when one callee of a shared procedure leaves',
    run: async (t) => {
      const [a, b, c] = [await t.join('a'), await t.join('b'), await t.join('c')];
      await b.register(t.uri('p'), { does: 'give', args: ['b'] }, { invoke: 'first' });
      await c.register(t.uri('p'), { does: 'give', args: ['c'] }, { invoke: 'first' });
      const before = await answers(a, t.uri('p'), 1);
      await b.leave();
      return [...before, ...(await answers(a, t.uri('p'), 1))];
    },
    expect: ['b', 'c'],
  },
  {
    name: 'progressive results come in order before the result',
    run: async (t) => {
      const [a, b] = [await t.join('a'), await t.join('b')];
      await b.register(t.uri('steps'), { does: 'steps', steps: [1, 'two', [3]] });
      const call = a.call(t.uri('steps'), {}, { progress: true });
      const { args } = await call.result;
      return { args, progress: call.progress.map((p) => p.args) };
    },
    expect: { args: ['done'], progress: [[1], ['two'], [[3]]] },
  },
  {
    name: 'a caller that wants no progress gets the result alone',
    run: async (t) => {
      const [a, b] = [await t.join('a'), await t.join('b')];
      const r = await b.register(t.uri('steps'), { does: 'steps', steps: [1, 2] });
      const call = a.call(t.uri('steps'));
      const { args } = await call.result;
      await r.unregister();
      return { args, progress: call.progress, told: r.invocations[0]?.progressive };
    },
    expect: { args: ['done'], progress: [], told: false },
  },
  {
    name: 'an error of the callee keeps its URI, args and kwargs',
    run: async (t) => {
      const [a, b] = [await t.join('a'), await t.join('b')];
      await b.register(t.uri('fail'), { does: 'fail', uri: 'test.error.own', args: [1, 'why'], kwargs: { at: 'x' } });
      return refusal(a.call(t.uri('fail')).result);
    },
    expect: { uri: 'test.error.own', args: [1, 'why'], kwargs: { at: 'x' } },
  },
  {
    name: 'a plain exception of the callee is a runtime error',
    run: async (t) => {
      const [a, b] = [await t.join('a'), await t.join('b')];
      await b.register(t.uri('crash'), { does: 'crash' });
      return refusal(a.call(t.uri('crash')).result);
    },
    expect: { uri: 'wamp.error.runtime_error', args: ['a plain exception'], kwargs: {} },
  },
  {
    name: 'calls are answered as their answers come',
    run: async (t) => {
      const [a, b] = [await t.join('a'), await t.join('b')];
      await b.register(t.uri('order'), { does: 'firstWaitsForSecond' });
      const order: unknown[] = [];
      const note = async (n: number): Promise<void> => {
        order.push((await a.call(t.uri('order'), { args: [n] }).result).args[0]);
      };
      await Promise.all([note(1), note(2)]);
      return order;
    },
    expect: [2, 1],
  },
  {
    name: 'a procedure of an invalid name is refused',
    run: async (t) => {
      const [a, c] = [await t.join('a', 'tester', { language: 'js' }), await t.join('c', 'tester', { language: 'js' })];
      return [
        await refusedOrGone(a, a.register(t.uri('white space'), { does: 'echo' })),
        await refusedOrGone(c, c.call(`${t.uri('x')}..y`).result),
      ];
    },
    expect: ['wamp.error.invalid_uri', 'wamp.error.invalid_uri'],
    crossbar: { expect: [gone, gone], because: 'Crossbar ends the session of who sends an invalid URI' },
  },
  {
    name: 'a hundred calls at once',
    run: async (t) => {
      const [a, b] = [await t.join('a'), await t.join('b')];
      const r = await b.register(t.uri('echo'), { does: 'echo' });
      const calls = Array.from({ length: 100 }, (_, n) => a.call(t.uri('echo'), { args: [n] }).result);
      const found = (await Promise.all(calls)).map(payload);
      await r.unregister();
      return { right: found.every((f, n) => f.args[0] === n), invocations: r.invocations.length };
    },
    expect: { right: true, invocations: 100 },
  },
];
