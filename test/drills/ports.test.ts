import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect, type Socket } from 'node:net';
import { WebSocket } from 'ws';
import { until } from '../interop/peers/until.js';
import { json, type Stack, startStack } from '../support/stack-process.js';
import { badLines, parseLog, repeatedTooSoon } from './lab.js';

describe('what people do to the ports', () => {
  let stack: Stack;
  const sockets: Socket[] = [];
  beforeAll(async () => {
    stack = await startStack({ LOGLEVEL: 'info' });
    await until('data', async () => (await json<string[]>(`${stack.url}/search`, {})).length > 10);
  });
  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    await stack?.stop();
  });

  const routerHttp = () => stack.routerUrl.replace('ws://', 'http://').replace('/ws', '');
  const counter = async (name: string) => {
    const text = await (await fetch(`${stack.url}/metrics`)).text();
    const lines = text.split('\n').filter((line) => line.startsWith(name));
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
  };
  /** Opens a connection that never closes its half. */
  const open = (address: string): Promise<Socket> =>
    new Promise((resolve) => {
      const { hostname, port } = new URL(address);
      const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true }, () => resolve(socket));
      socket.on('error', () => undefined);
      sockets.push(socket);
    });
  const answerTo = async (address: string, bytes: string | Buffer) => {
    const socket = await open(address);
    let text = '';
    socket.on('data', (data) => (text += data.toString('latin1')));
    socket.write(bytes);
    await new Promise((resolve) => socket.once('end', resolve).once('close', resolve));
    return text;
  };

  it.each([
    ['no JSON', 'POST', '/query', '{', 400, 'not JSON'],
    ['a list', 'POST', '/query', '[]', 400, 'an object is wanted'],
    ['no range', 'POST', '/query', '{"targets":[]}', 400, 'range'],
    ['times that are none', 'POST', '/query', '{"range":{"from":"yesterday","to":"now"},"targets":[]}', 400, 'from'],
    ['a long body', 'POST', '/query', `"${'x'.repeat(1_100_000)}"`, 413, '1000000 bytes'],
    ['another method', 'DELETE', '/query', '', 405, 'POST'],
    ['a path that is not there', 'GET', '/etc/passwd', undefined, 404, 'etc/passwd'],
    ['a way out of the page', 'GET', '/..%2f..%2fpackage.json', undefined, 404, 'here'],
    ['an unknown parameter', 'GET', '/api/v1/series?feild=a', undefined, 400, 'feild'],
    ['a field that is none', 'GET', '/api/v1/series?field=x', undefined, 404, 'node::field'],
    ['a time that is none', 'GET', '/api/v1/series?field=a::b&from=soon', undefined, 400, 'soon'],
    ['a WebSocket without an upgrade', 'GET', '/api/v1/live', undefined, 426, 'WebSocket'],
  ])('the bridge answers %s clearly', async (_, method, path, body, status, words) => {
    const before = await counter('sisock_http_bad_requests_total');
    const response = await fetch(stack.url + path, { method, ...(body !== undefined && { body }) });
    const { error } = (await response.json()) as { error: { message: string } };
    expect([response.status, error.message]).toEqual([status, expect.stringContaining(words)]);
    expect(error.message.length).toBeLessThan(400);
    expect(await counter('sisock_http_bad_requests_total')).toBeGreaterThan(before);
  });

  it.each([
    ['garbage', 'garbage\r\n\r\n', 400],
    ['TLS', Buffer.from('160301020001', 'hex'), 400],
    ['a long header', `GET / HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(40_000)}\r\n\r\n`, 431],
    [
      'a broken upgrade',
      'GET /api/v1/live HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
      400,
    ],
    ['an upgrade elsewhere', 'GET /x HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n', 404],
  ])(
    'the bridge answers %s, counts it, and lets go of a connection whose other half stays',
    async (_, bytes, status) => {
      const before = await counter('sisock_http_bad_requests_total');
      const answer = await answerTo(stack.url, bytes);
      expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} [^]*"message":"`));
      expect(await counter('sisock_http_bad_requests_total')).toBeGreaterThan(before);
    },
  );

  it.each([
    ['garbage', 'garbage\r\n\r\n', 400],
    ['TLS', Buffer.from('160301020001', 'hex'), 400],
    ['plain HTTP', 'GET /ws HTTP/1.1\r\nHost: x\r\n\r\n', 426],
    ['a broken upgrade', 'GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: wamp.2.json\r\n\r\n', 400], // prettier-ignore
    ['an unknown subprotocol', 'GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: soap\r\n\r\n', 400], // prettier-ignore
  ])('the router answers %s, counts it, and lets go of the connection', async (_, bytes, status) => {
    const before = await counter('sisock_router_mishaps_total{kind="bad_http_request"}');
    expect(await answerTo(routerHttp(), bytes)).toMatch(new RegExp(`^HTTP/1.1 ${status} [^]*"error":"`));
    expect(await counter('sisock_router_mishaps_total{kind="bad_http_request"}')).toBe(before + 1);
  });

  it.each([
    ['text', 'garbage'],
    ['JSON that is no message', '{"a":1}'],
    ['a message before HELLO', '[32,1,{},"observatory.x"]'],
    ['a number too long', `[${'9'.repeat(5000)}]`],
    ['deep nesting', '['.repeat(5000)],
    ['bytes', Buffer.alloc(1000, 0xff)],
  ])('the router ends a WAMP session of %s with words', async (_, message) => {
    const before = await counter('sisock_router_mishaps_total{kind="protocol_violation"}');
    const socket = new WebSocket(stack.routerUrl, ['wamp.2.json']);
    let answer = '';
    socket.on('message', (data: Buffer) => (answer += data.toString()));
    socket.on('error', () => undefined);
    socket.on('open', () => socket.send(message));
    await new Promise((resolve) => socket.on('close', resolve));
    expect(answer).toMatch(/^\[3,\{"message":".+"\},"wamp\.error\.protocol_violation"\]$/);
    expect(await counter('sisock_router_mishaps_total{kind="protocol_violation"}')).toBe(before + 1);
  });

  it('the live WebSocket tells what is wrong with a message, and lives on', async () => {
    const socket = new WebSocket(`${stack.url.replace('http', 'ws')}/api/v1/live`);
    const messages: { type: string; message?: string }[] = [];
    socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString()) as { type: string }));
    await new Promise((resolve) => socket.on('open', resolve));
    for (const bad of ['x', '[]', '{"subscribe":7}', '{"subscribe":[],"cursors":[1]}', Buffer.from('{}')]) {
      const before = messages.length;
      socket.send(bad);
      await until('an answer', () => messages.length > before);
      expect(messages.at(-1)).toMatchObject({ type: 'error', message: expect.stringMatching(/.{10}/) });
    }
    socket.send('{"subscribe":[]}');
    await until('it works', () => messages.at(-1)!.type === 'subscribed');
    socket.terminate();
  });

  it('200 idle connections at each port cost nobody else anything, and are closed', async () => {
    const idle: Socket[] = [];
    for (let i = 0; i < 200; i++) idle.push(await open(stack.url), await open(routerHttp()));
    expect((await json<string[]>(`${stack.url}/search`, {})).length).toBeGreaterThan(10);
    const socket = new WebSocket(stack.routerUrl, ['wamp.2.json']);
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    socket.terminate();
    let ended = 0;
    for (const one of idle) one.resume().once('end', () => ended++);
    await until('all are closed', () => ended === idle.length);
  });

  it('lives on, and its log is short and readable', async () => {
    expect(stack.child.exitCode).toBeNull();
    const log = parseLog(stack.stderr());
    expect(badLines(log)).toEqual([]);
    const warnings = log.filter((line) => line.level >= 40);
    // One line a minute for each kind and host, whatever their number.
    expect(repeatedTooSoon(log)).toEqual([]);
    expect(warnings.map((line) => line.msg)).toEqual(expect.arrayContaining(['HTTP request refused']));
    expect(log.length - warnings.length).toBeLessThan(50);
  });
});
