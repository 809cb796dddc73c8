import { expect } from '@jest/globals';
import { events, payload } from './case.js';
import type { Case, Stage } from './case.js';

/** The HTTP role may use the address root alone, so these cases have their URIs there. */
const uri = (t: Stage, rest: string): string => `observatory.${t.uri(rest)}`;

async function post(t: Stage, path: string, body: unknown, headers: Record<string, string> = {}): Promise<unknown> {
  const response = await fetch(t.httpUrl + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  try {
    return { status: response.status, body: JSON.parse(text) as unknown };
  } catch {
    return { status: response.status, body: text };
  }
}

const status = async (answer: Promise<unknown>): Promise<number> => ((await answer) as { status: number }).status;

export const httpCases: readonly Case[] = [
  {
    name: 'POST /call gives args and kwargs',
    run: async (t) => {
      const b = await t.join('b');
      await b.register(uri(t, 'echo'), { does: 'echo' });
      await b.register(uri(t, 'nothing'), { does: 'give' });
      return [
        await post(t, '/call', { procedure: uri(t, 'echo'), args: [1, 'é'], kwargs: { x: null } }),
        await post(t, '/call', { procedure: uri(t, 'echo'), args: [[1.5]] }),
        await post(t, '/call', { procedure: uri(t, 'nothing') }),
      ];
    },
    expect: [
      { status: 200, body: { args: [1, 'é'], kwargs: { x: null } } },
      { status: 200, body: { args: [[1.5]] } },
      { status: 200, body: expect.any(Object) },
    ],
  },
  {
    name: 'POST /call: an error of the callee is an answer with its URI',
    run: async (t) => {
      const b = await t.join('b');
      await b.register(uri(t, 'fail'), { does: 'fail', uri: 'test.error.own', args: [1], kwargs: { at: 'x' } });
      return post(t, '/call', { procedure: uri(t, 'fail'), args: [] });
    },
    expect: { status: 200, body: { error: 'test.error.own', args: [1], kwargs: { at: 'x' } } },
  },
  {
    name: 'POST /call: nobody there',
    run: (t) => post(t, '/call', { procedure: uri(t, 'nobody'), args: [] }),
    expect: { status: 200, body: expect.objectContaining({ error: 'wamp.error.no_such_procedure' }) },
  },
  {
    name: 'POST /call outside of what its role may',
    run: (t) => post(t, '/call', { procedure: 'org.simonsobservatory.consumer.get_data_node', args: [] }),
    expect: { status: 200, body: expect.objectContaining({ error: 'wamp.error.not_authorized' }) },
  },
  {
    name: 'POST /publish gives the publication id and reaches subscribers',
    run: async (t) => {
      const b = await t.join('b');
      const s = await b.subscribe(uri(t, 'topic'));
      const answer = await post(t, '/publish', { topic: uri(t, 'topic'), args: [1, 'é'], kwargs: { x: [2] } });
      await events(s, 1);
      return { answer, seen: s.seen.map(payload) };
    },
    expect: {
      answer: { status: 200, body: { id: expect.any(Number) } },
      seen: [{ args: [1, 'é'], kwargs: { x: [2] } }],
    },
  },
  {
    name: 'wrong HTTP requests get a 4xx answer',
    run: async (t) => [
      await status(post(t, '/call', '{"procedure": ')),
      await status(post(t, '/call', '[1]')),
      await status(post(t, '/call', {})),
      await status(post(t, '/call', { procedure: uri(t, 'x'), args: 'not a list' })),
      await status(post(t, '/call', { procedure: uri(t, 'x'), args: [], kwargs: [] })),
      await status(post(t, '/publish', { args: [] })),
      await status(post(t, '/call', { procedure: uri(t, 'x') }, { 'content-type': 'text/plain' })),
      (await fetch(`${t.httpUrl}/call`)).status,
    ],
    expect: [400, 400, 400, 400, 400, 400, 400, 405],
    crossbar: {
      expect: [400, 400, 400, 200, 200, 400, 400, 405],
      because: 'Crossbar passes arguments of the wrong shape on, or takes a text for a list of letters',
    },
  },
];
