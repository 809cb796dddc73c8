import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../peers/until.js';
import { refused } from './case.js';
import type { Case, Stage } from './case.js';
import type { Call } from './peer.js';

const unanswered =
  'Crossbar does not answer the caller when it does not interrupt the callee (mode skip, or a callee that cannot be)';

/** What a call ends with, or, where it does not end, the value of a call that was made after it and answered. */
async function settledOr(t: Stage, call: Promise<unknown>, later: Call): Promise<unknown> {
  const answered = await later.result;
  return unlessLate(t, call, answered.args[0], 1000);
}

/** What a promise ends with, or `otherwise`: only Crossbar is known to give no answer, and is not waited for longer. */
async function unlessLate<T>(t: Stage, promise: Promise<T>, otherwise: T, atCrossbarMs: number): Promise<T> {
  const late = new AbortController();
  const waitMs = t.router === 'crossbar' ? atCrossbarMs : 60_000;
  const waited = sleep(waitMs, otherwise, { signal: late.signal });
  return Promise.race([promise, waited]).finally(() => late.abort());
}

/** Calls that end before their answer. */
export const cancelCases: readonly Case[] = [
  {
    name: 'a call whose callee goes away ends with an error',
    run: async (t) => {
      const [a, b] = [await t.join('a'), await t.join('b')];
      const r = await b.register(t.uri('hang'), { does: 'hang' });
      const call = a.call(t.uri('hang'));
      await until('the invocation', () => r.invocations.length === 1);
      await b.drop();
      return refused(call.result);
    },
    expect: 'wamp.error.canceled',
  },
  ...(['skip', 'kill', 'killnowait'] as const).map((mode): Case => ({
    name: `CANCEL ${mode} of a callee that can be interrupted`,
    run: async (t) => {
      const [a, b] = [await t.join('a'), await t.join('b', 'tester', { language: 'python' })];
      const r = await b.register(t.uri('hang'), { does: 'hang' });
      await b.register(t.uri('alive'), { does: 'echo' });
      const call = a.call(t.uri('hang'));
      await until('the invocation', () => r.invocations.length === 1);
      await call.cancel(mode);
      const uri = await refused(settledOr(t, call.result, a.call(t.uri('alive'), { args: ['no answer'] })));
      if (mode !== 'skip') await until('the interruption', () => r.interrupted === 1);
      const alive = (await a.call(t.uri('alive'), { args: [1] }).result).args;
      return { uri, interrupted: r.interrupted, alive };
    },
    expect: {
      // `kill` waits for the callee's own answer: autobahn-python's to an interruption is a runtime error.
      uri: mode === 'kill' ? 'wamp.error.runtime_error' : 'wamp.error.canceled',
      interrupted: mode === 'skip' ? 0 : 1,
      alive: [1],
    },
    ...(mode === 'kill' && {
      crossbar: {
        expect: { uri: 'wamp.error.canceled', interrupted: 1, alive: [1] },
        because: 'Crossbar puts its own error in the place of the callee’s',
      },
    }),
    ...(mode === 'skip' && {
      crossbar: {
        expect: { uri: 'not refused: "no answer"', interrupted: 0, alive: [1] },
        because: unanswered,
      },
    }),
  })),
  {
    name: 'CANCEL of a callee that cannot be interrupted leaves the callee alone',
    run: async (t) => {
      const [a, b] = [await t.join('a'), await t.join('b', 'tester', { language: 'js' })];
      const r = await b.register(t.uri('hang'), { does: 'hang' });
      await b.register(t.uri('alive'), { does: 'echo' });
      const call = a.call(t.uri('hang'));
      await until('the invocation', () => r.invocations.length === 1);
      await call.cancel('kill');
      const uri = await refused(settledOr(t, call.result, a.call(t.uri('alive'), { args: ['no answer'] })));
      const alive = (await a.call(t.uri('alive'), { args: [1] }).result).args;
      return { uri, alive };
    },
    expect: { uri: 'wamp.error.canceled', alive: [1] },
    crossbar: { expect: { uri: 'not refused: "no answer"', alive: [1] }, because: unanswered },
  },
  {
    name: 'a late answer to a cancelled call is dropped without harm',
    run: async (t) => {
      const [a, b] = [await t.join('a'), await t.join('b')];
      const r = await b.register(t.uri('late'), { does: 'firstWaitsForSecond' });
      await b.register(t.uri('alive'), { does: 'echo' });
      const first = a.call(t.uri('late'), { args: [1] });
      await until('the invocation', () => r.invocations.length === 1);
      await first.cancel('skip');
      const marker = a.call(t.uri('alive'), { args: ['no answer'] });
      const uri = await refused(settledOr(t, first.result, marker));
      const second = (await a.call(t.uri('late'), { args: [2] }).result).args;
      const third = (await a.call(t.uri('late'), { args: [3] }).result).args;
      return { uri, second, third };
    },
    expect: { uri: 'wamp.error.canceled', second: [2], third: [3] },
    crossbar: { expect: { uri: 'not refused: "no answer"', second: [2], third: [3] }, because: unanswered },
  },
  {
    name: 'a call with a timeout ends when it is over',
    run: async (t) => {
      const [a, b] = [await t.join('a'), await t.join('b')];
      await b.register(t.uri('hang'), { does: 'hang' });
      await b.register(t.uri('echo'), { does: 'echo' });
      const hanging: Promise<unknown> = a.call(t.uri('hang'), {}, { timeoutMs: 200 }).result;
      const uri = await refused(unlessLate(t, hanging, 'no answer', 3_000));
      const quick = (await a.call(t.uri('echo'), { args: [1] }, { timeoutMs: 20_000 }).result).args;
      return { uri, quick };
    },
    expect: { uri: 'wamp.error.timeout', quick: [1] },
    crossbar: {
      expect: { uri: 'not refused: "no answer"', quick: [1] },
      because: 'Crossbar takes the milliseconds for seconds',
    },
  },
];
