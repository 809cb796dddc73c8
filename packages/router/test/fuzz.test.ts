import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createRouter, formats, type LocalPeer, type Router } from '../src/index.js';
import { code } from '../src/messages.js';
import { decodeMessage } from '../src/wire/codec.js';
import { encodeValues } from './support/raw.js';
import { openRoles, until } from './support/router.js';

const inputs = 10_000;
const seeds: readonly unknown[] = [
  [code.HELLO, 'test_realm', { roles: { callee: { features: { call_canceling: true } } }, authmethods: ['anonymous'] }],
  [code.SUBSCRIBE, 1, { match: 'wildcard' }, 'observatory..feeds.'],
  [
    code.PUBLISH,
    2,
    { acknowledge: true, exclude_me: false, exclude: [1, 2] },
    'observatory.a.feeds.b',
    [[{ block: { t: [1.5, 2.5], x: [1, null] } }]],
    { k: 'v' },
  ],
  [code.REGISTER, 3, { invoke: 'roundrobin' }, 'observatory.p'],
  [code.CALL, 4, { timeout: 1000, receive_progress: true }, 'observatory.p', [1, 'two', 3.5, true], { a: { b: [] } }],
  [code.CANCEL, 4, { mode: 'kill' }],
  [code.YIELD, 1, { progress: true }, ['x'.repeat(40)]],
  [code.ERROR, code.INVOCATION, 1, {}, 'some.error', [1]],
  [code.CALL, 5, {}, 'wamp.session.list', [['all']]],
  [code.UNSUBSCRIBE, 6, 1],
  [code.GOODBYE, {}, 'wamp.close.close_realm'],
];

/** A small generator with a fixed seed, so that a failure comes again. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Bytes that are held, without what garbage collection has not come to yet. */
function heapInUse(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

function mutate(source: Buffer, random: (below: number) => number): Buffer {
  let bytes = Buffer.from(source);
  for (let changes = 1 + random(3); changes > 0 && bytes.length > 0; changes--) {
    const at = random(bytes.length);
    switch (random(5)) {
      case 0:
        bytes[at] = random(256);
        break;
      case 1:
        bytes[at] = (bytes[at] as number) ^ (1 << random(8));
        break;
      case 2:
        bytes = bytes.subarray(0, at);
        break;
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(random(bytes.length))]);
        break;
      default:
        bytes = Buffer.concat([
          bytes.subarray(0, at),
          Buffer.from([random(256), 0xff, random(256)]),
          bytes.subarray(at),
        ]);
    }
  }
  return bytes;
}

describe('mutated messages', () => {
  let router: Router;
  beforeAll(() => {
    router = createRouter({ roles: openRoles });
  });
  afterAll(() => router.close());

  it.each(formats)('in %s: 10,000 of them end a session at most, and the next one is served', async (serializer) => {
    const random = randomFrom(1 + formats.indexOf(serializer));
    const encoded = seeds.map((seed) => encodeValues(serializer, seed));
    let received = 0;
    let ended = 0;
    const connect = (): LocalPeer & { open: boolean } => {
      const peer = Object.assign(router.connectLocal({ role: 'all', authid: 'fuzz', serializer }), { open: true });
      peer.onMessage = () => received++;
      peer.onClose = () => {
        peer.open = false;
        ended++;
      };
      peer.send(encoded[0] as Buffer);
      return peer;
    };
    let peer = connect();
    const heapBefore = heapInUse();
    for (let i = 0; i < inputs; i++) {
      peer.send(mutate(encoded[random(encoded.length)] as Buffer, random));
      if (i % 5 === 0) await new Promise((resolve) => setImmediate(resolve));
      if (!peer.open) peer = connect();
    }
    peer.close();
    await until(() => router.counts().sessions === 0, 'the end of all sessions');
    expect(received).toBeGreaterThan(100);
    expect(ended).toBeGreaterThan(100);
    expect(heapInUse() - heapBefore).toBeLessThan(20 * 2 ** 20);

    const sound = router.connectLocal({ role: 'all', authid: 'sound', serializer });
    const answers: (readonly unknown[])[] = [];
    sound.onMessage = (bytes) => answers.push(decodeMessage(serializer, bytes, 1 << 20).header);
    sound.send(encoded[0] as Buffer);
    sound.send(encodeValues(serializer, [code.CALL, 1, {}, 'wamp.session.count']));
    await until(() => answers.length === 2, 'the answer');
    expect(answers.map((header) => header[0])).toEqual([code.WELCOME, code.RESULT]);
    sound.close();
  });
});
