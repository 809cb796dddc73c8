import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { code } from '../src/messages.js';
import { RawPeer } from './support/raw.js';
import { type Started, startRouter, until } from './support/router.js';

interface Answer {
  readonly status: number;
  readonly body: string;
}

const http = { call: { path: '/call', role: 'agent' }, publish: { path: '/publish', role: 'agent' } };

describe('the HTTP paths', () => {
  let started: Started;
  let callee: RawPeer;
  beforeAll(async () => {
    started = await startRouter({ http }, { limits: { maxBodyBytes: 2000 } });
    callee = await RawPeer.join(started.url, 'json');
    await callee.ask([code.REGISTER, 1, {}, 'observatory.p']);
    await callee.ask([code.SUBSCRIBE, 2, {}, 'observatory.t']);
  });
  afterAll(() => started.router.close());

  const send = (
    path: string,
    body: string,
    headers: Record<string, string> = {},
    method = 'POST',
    { port } = started.listener,
  ): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const type = { 'content-type': 'application/json' };
      const outgoing = request(
        { host: '127.0.0.1', port, path, method, agent: false, headers: { ...type, ...headers } },
        (incoming) => {
          let text = '';
          incoming.on('data', (chunk: Buffer) => (text += chunk.toString()));
          incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, body: text }));
        },
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  const answering = async (
    body: string,
    answer: (invocation: number) => string,
  ): Promise<Answer & { asked: string }> => {
    const waiting = send('/call', body);
    const asked = (await callee.next()).toString();
    callee.sendBytes(answer((JSON.parse(asked) as number[])[1] as number));
    return { ...(await waiting), asked: asked.replace(/^\[68,\d+,1,\{\}/, '') };
  };

  it('call, with arguments and result left as they are', async () => {
    const answer = await answering(
      '{"procedure": "observatory.p", "args": [1.0, 2], "kwargs": {"x" :1e3}}',
      (id) => `[70,${id},{},[3.0],{"k":1.50}]`,
    );
    expect(answer).toEqual({ status: 200, body: '{"args":[3.0],"kwargs":{"k":1.50}}', asked: ',[1.0, 2],{"x" :1e3}]' });
    expect(await answering('{"procedure":"observatory.p"}', (id) => `[70,${id},{}]`)).toMatchObject({
      body: '{"args":[]}',
      asked: ']',
    });
    expect(
      await answering('{"kwargs":{"a":1},"procedure":"observatory.p"}', (id) => `[70,${id},{},[NaN]]`),
    ).toMatchObject({
      body: '{"args":[null]}',
      asked: ',[],{"a":1}]',
    });
  });

  it('tell errors of the callee and of the router with status 200, as Crossbar does', async () => {
    const failed = await answering(
      '{"procedure":"observatory.p"}',
      (id) => `[8,68,${id},{},"my.error",[1.0],{"x":"y"}]`,
    );
    expect(failed).toMatchObject({ status: 200, body: '{"error":"my.error","args":[1.0],"kwargs":{"x":"y"}}' });
    for (const [procedure, error] of [
      ['observatory.none', 'wamp.error.no_such_procedure'],
      ['org.secret', 'wamp.error.not_authorized'],
      ['bad uri', 'wamp.error.invalid_uri'],
    ]) {
      const { status, body } = await send('/call', JSON.stringify({ procedure }));
      expect([status, JSON.parse(body)]).toEqual([200, { error, args: [expect.any(String)], kwargs: {} }]);
    }
  });

  it('publish', async () => {
    const { status, body } = await send('/publish', '{"topic":"observatory.t","args":[1.0]}');
    expect([status, JSON.parse(body)]).toEqual([200, { id: expect.any(Number) }]);
    expect((await callee.next()).toString()).toMatch(/,\[1\.0\]\]$/);
    expect((await send('/publish', '{"topic":"org.secret"}')).body).toContain('wamp.error.not_authorized');
  });

  it.each([
    ['/call', 'nope'],
    ['/call', '[1]'],
    ['/call', '{}'],
    ['/call', '{"procedure":5}'],
    ['/call', '{"procedure":"observatory.p","args":{}}'],
    ['/call', '{"procedure":"observatory.p","kwargs":[]}'],
    ['/call', '{"procedure":"observatory.p","options":1}'],
    ['/call', '{"procedure":"observatory.p"'],
    ['/call', '{"procedure":"observatory.p"} x'],
    ['/publish', '{"procedure":"observatory.p"}'],
  ])('%s answers %s with 400', async (path, body) => {
    const before = started.router.counts().mishaps['bad_http_request'] ?? 0;
    const answer = await send(path, body);
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toEqual({
      error: expect.stringMatching(/^Request body was/),
      args: [],
      kwargs: {},
    });
    expect(started.router.counts().mishaps['bad_http_request']).toBe(before + 1);
  });

  it('refuse other methods, content types, origins, paths and long bodies', async () => {
    expect((await send('/call', '', {}, 'GET')).status).toBe(405);
    expect((await send('/call', '{}', { 'content-type': 'text/plain' })).status).toBe(400);
    expect((await send('/call', '{}', { origin: 'http://evil.example' })).status).toBe(403);
    expect((await send('/nothing', '{}')).status).toBe(404);
    expect((await send('/ws', '{}')).status).toBe(426);
    expect((await send('/call', `{"procedure":"${'x'.repeat(3000)}"}`)).status).toBe(413);
    expect((await send('/call', 'x'.repeat(3000), { 'transfer-encoding': 'chunked' })).status).toBe(413);
  });

  it('give up a call that nobody answers', async () => {
    const hasty = await startRouter({ http }, { limits: { httpCallSec: 0.1 } });
    const idle = await RawPeer.join(hasty.url, 'json');
    await idle.ask([code.REGISTER, 1, {}, 'observatory.p']);
    const { body } = await send('/call', '{"procedure":"observatory.p"}', {}, 'POST', hasty.listener);
    expect(body).toContain('wamp.error.timeout');
    await idle.next();
    await hasty.router.close();
  });

  it('cancel the call of a client that goes away', async () => {
    const outgoing = request({
      host: '127.0.0.1',
      port: started.listener.port,
      path: '/call',
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    });
    outgoing.on('error', () => undefined);
    outgoing.end('{"procedure":"observatory.p"}');
    const invocation = (JSON.parse((await callee.next()).toString()) as number[])[1] as number;
    outgoing.destroy();
    const stray = (): number => started.router.counts().mishaps['stray_answer'] ?? 0;
    await until(() => {
      callee.sendBytes(`[70,${invocation},{},[]]`);
      return stray() > 0;
    });
    expect(stray()).toBeGreaterThan(0);
  });
});
