import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { code } from '../src/messages.js';
import type { Limits } from '../src/index.js';
import { encodeValues, RawPeer } from './support/raw.js';
import { openRoles, type Started, startRouter, until } from './support/router.js';

describe('limits', () => {
  let started: Started;
  afterEach(() => started.router.close());
  const start = async (limits: Partial<Limits>): Promise<string> => {
    started = await startRouter({}, { limits: { closeSec: 0.2, ...limits } });
    return started.url;
  };
  const mishap = (kind: string): number => started.router.counts().mishaps[kind] ?? 0;

  it('drop a session that does not read, without delay for the others', async () => {
    const url = await start({ maxQueueBytes: 1 << 20 });
    const slow = await RawPeer.join(url, 'cbor');
    const quick = await RawPeer.join(url, 'cbor');
    for (const peer of [slow, quick]) await peer.ask([code.SUBSCRIBE, 1, {}, 't']);
    (slow.socket as unknown as { _socket: { pause(): void } })._socket.pause();
    const publisher = await RawPeer.join(url, 'cbor');
    const block = 'x'.repeat(1 << 18);
    let sent = 0;
    while (mishap('slow_reader') === 0 && sent < 400) {
      publisher.send([code.PUBLISH, ++sent, { acknowledge: true }, 't', [block]]);
      await publisher.next();
      await until(() => quick.frames.length === sent, 'every event at the quick one');
    }
    expect(mishap('slow_reader')).toBe(1);
    await until(() => started.router.counts().sessions === 2, 'the end of the slow session');
    slow.socket.terminate();
  });

  it('drop an in-process peer whose queue is full', async () => {
    await start({ maxQueueBytes: 10_000 });
    const peer = started.router.connectLocal({ role: 'all', authid: 'local' });
    const closed = new Promise<void>((resolve) => (peer.onClose = resolve));
    const send = (message: unknown): void => peer.send(encodeValues('cbor', message));
    send([code.HELLO, 'test_realm', {}]);
    send([code.SUBSCRIBE, 1, {}, 't']);
    for (let i = 2; i < 20; i++) send([code.PUBLISH, i, { exclude_me: false }, 't', ['x'.repeat(1000)]]);
    await closed;
    expect([mishap('slow_reader'), started.router.counts().sessions]).toEqual([1, 0]);
  });

  it('refuse a message that is too long', async () => {
    const peer = await RawPeer.join(await start({ maxMessageBytes: 1000 }), 'json');
    peer.send([code.PUBLISH, 1, {}, 't', ['x'.repeat(2000)]]);
    await until(() => peer.closed);
    const local = started.router.connectLocal({ role: 'all', authid: 'local' });
    const closed = new Promise<void>((resolve) => (local.onClose = resolve));
    local.send(new Uint8Array(2000));
    await closed;
    expect(mishap('protocol_violation')).toBe(2);
  });

  it('drop an event, and answer a call, whose arguments grow too long in another serializer', async () => {
    const url = await start({ maxMessageBytes: 1000 });
    const caller = await RawPeer.join(url, 'cbor');
    const callee = await RawPeer.join(url, 'json');
    await callee.ask([code.REGISTER, 1, {}, 'p']);
    await callee.ask([code.SUBSCRIBE, 2, {}, 't']);
    // 800 zeros of one byte each: a typed array grows when it is written as a JSON list.
    const args = Buffer.concat([Buffer.from('81d840590320', 'hex'), Buffer.alloc(800)]);
    const start4 = (type: number, uri: string): Buffer => {
      const header = encodeValues('cbor', [type, 7, {}, uri, 0]);
      return Buffer.concat([header.subarray(0, -1), args]);
    };
    caller.sendBytes(start4(code.PUBLISH, 't'));
    caller.sendBytes(start4(code.CALL, 'p'));
    expect((await caller.header())[4]).toBe('wamp.error.payload_size_exceeded');
    expect(callee.frames).toEqual([]);
    expect(mishap('unrepresentable')).toBe(2);
  });

  it('drop a connection that says no HELLO, and one that says nothing at all', async () => {
    const url = await start({ handshakeSec: 0.1 });
    const mute = connect(started.listener.port, '127.0.0.1');
    mute.on('error', () => undefined);
    mute.resume();
    const muteClosed = new Promise((resolve) => mute.on('close', resolve));
    await muteClosed;
    // One whose upgrade is late is cut off before it can say HELLO.
    while (mishap('handshake_timeout') === 0) {
      const silent = await RawPeer.connect(url, 'cbor');
      await until(() => silent.closed);
    }
  });

  it('drop a peer that answers no ping, and keep one that does', async () => {
    const url = await start({ pingIntervalSec: 0.05, pingTimeoutSec: 0.3 });
    const alive = await RawPeer.join(url, 'cbor');
    const dead = await RawPeer.join(url, 'cbor');
    dead.socket.pause();
    await until(() => mishap('ping_timeout') === 1, 'the ping timeout');
    await until(() => started.router.counts().sessions === 1);
    expect(alive.closed).toBe(false);
    dead.socket.terminate();
  });

  it('know no clock: one that steps, or a pause of this process, drops nobody', async () => {
    let now = 1_500_000_000;
    started = await startRouter(
      {},
      { limits: { pingIntervalSec: 0.02, pingTimeoutSec: 0.2 }, now: () => (now += 100_000) },
    );
    const peer = await RawPeer.join(started.url, 'cbor');
    let pings = 0;
    peer.socket.on('ping', () => pings++);
    await until(() => pings > 20 || peer.closed);
    expect([peer.closed, mishap('ping_timeout')]).toEqual([false, 0]);
  });

  it('refuse connections beyond their number', async () => {
    const url = await start({ maxConnections: 2 });
    await RawPeer.join(url, 'cbor');
    const second = await RawPeer.join(url, 'cbor');
    const third = await RawPeer.connect(url, 'cbor');
    expect(third.closed).toBe(true);
    expect(mishap('refused_connection')).toBe(1);
    expect((await second.ask([code.CALL, 1, {}, 'wamp.session.count']))[0]).toBe(code.RESULT);
  });
});

describe('a listener', () => {
  let started: Started;
  afterEach(() => started.router.close());

  it('refuses pages of other origins, and takes those of the loopback', async () => {
    started = await startRouter({ allowedOrigins: ['https://lab.example'] });
    const attempt = (origin: string): Promise<string> =>
      new Promise((resolve) => {
        const socket = new WebSocket(started.url, ['wamp.2.json'], { origin });
        socket.on('open', () => {
          socket.close();
          resolve('open');
        });
        socket.on('error', (error) => resolve(error.message));
      });
    for (const origin of [
      'http://evil.example',
      'null',
      'http://localhost.evil.example',
      'http://127.0.0.1.evil.example',
    ]) {
      expect(await attempt(origin)).toContain('403');
    }
    for (const origin of ['http://localhost:5000', 'http://127.0.0.1:1', 'http://[::1]:80', 'https://lab.example']) {
      expect(await attempt(origin)).toBe('open');
    }
  });

  it('ends connections without a subprotocol of WAMP', async () => {
    started = await startRouter();
    const closed = await new Promise((resolve) => {
      new WebSocket(started.url, ['mqtt']).on('error', () => resolve(true)).on('close', () => resolve(true));
    });
    expect(closed).toBe(true);
  });

  it('answers what is no message with ABORT', async () => {
    started = await startRouter();
    for (const text of [
      'nonsense',
      '{}',
      '[]',
      '["x"]',
      '[1]',
      '[1,"test_realm"]',
      '[48,1,{},"x"]',
      '[16,0,{},"x"]',
      '[999]',
      '[5,"",{}]',
    ]) {
      const peer = await RawPeer.connect(started.url, 'json');
      peer.sendBytes(text);
      expect((await peer.header())[2]).toBe('wamp.error.protocol_violation');
      await until(() => peer.closed);
    }
  });

  it('speaks TLS', async () => {
    const fixture = (name: string): string =>
      readFileSync(new URL(`./fixtures/localhost-${name}.pem`, import.meta.url), 'utf8');
    started = await startRouter({ tls: { key: fixture('key'), cert: fixture('cert') } });
    expect(started.url).toMatch(/^wss:/);
    const socket = new WebSocket(started.url, ['wamp.2.json'], { ca: fixture('cert') });
    const welcome = new Promise((resolve) => socket.on('message', (data: Buffer) => resolve(data.toString())));
    socket.on('open', () => socket.send('[1,"test_realm",{}]'));
    expect(await welcome).toMatch(/^\[2,/);
  });

  it('says which role is missing', async () => {
    started = await startRouter();
    const listen = started.router.listen({ port: 0, auth: { anonymous: { role: 'nobody' } } });
    await expect(listen).rejects.toThrow('no role "nobody"');
    expect(openRoles.has('nobody')).toBe(false);
  });

  it('says that its port is taken', async () => {
    started = await startRouter();
    const again = started.router.listen({ port: started.listener.port, auth: {} });
    await expect(again).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('closes in time though a peer says no goodbye', async () => {
    started = await startRouter({}, { limits: { closeSec: 0.1 } });
    const peer = await RawPeer.join(started.url, 'json');
    peer.socket.pause();
    await started.router.close();
    expect(started.router.counts().sessions).toBe(0);
    peer.socket.terminate();
  });
});
