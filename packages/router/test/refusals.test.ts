import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connect, type Socket } from 'node:net';
import { silentLogger } from '@sisock/runtime';
import { autobahn, join } from './support/autobahn.js';
import { RawPeer } from './support/raw.js';
import { type Started, startRouter, until } from './support/router.js';

interface Line {
  readonly peer: string;
  readonly reason: string;
  readonly [key: string]: unknown;
}

describe('what is wrong at the port', () => {
  let started: Started;
  let lines: (readonly [Line, string])[];
  const clients: Socket[] = [];
  beforeEach(async () => {
    lines = [];
    const log = silentLogger();
    log.warn = (details: unknown, text?: string) => void lines.push([details as Line, text ?? '']);
    const auth = { anonymous: { role: 'agent' }, wampcra: { users: { u: { role: 'all', secret: 's' } } } };
    started = await startRouter({ auth, http: { call: { path: '/call', role: 'all' } } }, { log });
  });
  afterEach(async () => {
    // It does not wait for those that never close their half.
    await started.router.close();
    for (const client of clients.splice(0)) client.destroy();
  });

  const mishap = (kind: string) => started.router.counts().mishaps[kind] ?? 0;
  /** What comes back for these bytes until the router closes the connection: the client itself never does. */
  const raw = (bytes: string) =>
    new Promise<string>((resolve, reject) => {
      let text = '';
      const socket = connect({ port: started.listener.port, host: '127.0.0.1', allowHalfOpen: true });
      socket.write(bytes);
      socket.on('data', (data) => (text += data.toString()));
      socket.on('error', reject);
      socket.on('end', () => resolve(text));
      clients.push(socket);
    });
  const upgrade = (path: string, key: string, protocol = 'wamp.2.json') =>
    `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Protocol: ${protocol}\r\n\r\n`;
  const goodKey = 'dGhlIHNhbXBsZSBub25jZQ==';

  it.each([
    ['no HTTP at all', 'garbage\r\n\r\n', 400, 'what came is no HTTP'],
    [
      'bytes of TLS',
      '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
      400,
      'this port is plain: ask it by ws://, not wss://',
    ],
    ['HTTP where a WebSocket is', 'GET /ws HTTP/1.1\r\nHost: x\r\n\r\n', 426, 'a WebSocket is expected here'],
    ['another path', 'GET /x HTTP/1.1\r\nHost: x\r\n\r\n', 404, 'nothing here: the WebSocket is at /ws'],
    ['a WebSocket at another path', upgrade('/x', goodKey), 404, 'nothing here: the WebSocket is at /ws'],
    [
      'no subprotocol of WAMP',
      upgrade('/ws', goodKey, 'mqtt'),
      400,
      'no subprotocol of WAMP that is spoken here: wamp.2.cbor, wamp.2.msgpack, wamp.2.json',
    ],
    ['a broken WebSocket handshake', upgrade('/ws', 'bad'), 400, 'Missing or invalid Sec-WebSocket-Key header'],
  ])('%s: a clear answer, a counter, a line', async (_, bytes, status, error) => {
    const answer = await raw(bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toContain(JSON.stringify({ error }));
    expect(mishap('bad_http_request')).toBe(1);
    expect(lines).toMatchObject([[{ peer: expect.stringMatching(/^tcp:127/), reason: error }, 'HTTP request refused']]);
  });

  it('a wrong secret, a broken message, a call that is not allowed: counted and logged', async () => {
    const { url } = started;
    await expect(join(url, { user: { authid: 'u', secret: 'wrong' } })).rejects.toThrow('wamp.error.not_authorized');
    const peer = await RawPeer.join(url, 'cbor');
    peer.sendBytes(Buffer.from('garbage'));
    await until(() => peer.closed);
    const agent = await join(url);
    await expect(Promise.resolve(agent.session.call('org.secret'))).rejects.toBeInstanceOf(autobahn.Error);
    await agent.close();
    expect(lines.map(([, text]) => text)).toEqual([
      'a peer could not prove who it is',
      'session dropped: the peer broke the protocol',
      'refused: the role of the peer may not do this',
    ]);
    expect(lines[2]![0]).toMatchObject({ authrole: 'agent', action: 'call', uri: 'org.secret' });
  });

  it('again and again: one line a minute, every one counted', async () => {
    for (let i = 0; i < 20; i++) await raw('garbage\r\n\r\n');
    expect(mishap('bad_http_request')).toBe(20);
    expect(lines).toHaveLength(1);
  });
});
