import { expect } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';
import { until } from '../peers/until.js';
import { refused } from './case.js';
import type { Case, Stage } from './case.js';

/** A connection that speaks WAMP in JSON by hand, for what no client library would send. */
interface Raw {
  readonly messages: unknown[][];
  readonly closed: Promise<true>;
  send(message: unknown): void;
  close(): void;
}

function open(t: Stage, protocol = 'wamp.2.json'): Promise<Raw> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(t.wsUrl, protocol);
    const messages: unknown[][] = [];
    const closed = new Promise<true>((r) => socket.once('close', () => r(true)));
    socket.on('message', (data) => messages.push(JSON.parse(String(data)) as unknown[]));
    socket.on('error', (e) => reject(e));
    socket.once('open', () =>
      resolve({
        messages,
        closed,
        send: (m) => socket.send(typeof m === 'string' || m instanceof Uint8Array ? m : JSON.stringify(m)),
        close: () => socket.terminate(),
      }),
    );
  });
}

/** A router that has not ended the connection by now will not: Crossbar is known to leave some open. */
const patienceMs = { ends: 60_000, stays: 3_000 };

const hello = (realm: string): unknown[] => [
  1,
  realm,
  { roles: { subscriber: {}, publisher: {}, caller: {}, callee: {} }, authmethods: ['anonymous'] },
];

async function welcomed(t: Stage): Promise<Raw> {
  const raw = await open(t);
  raw.send(hello(t.realm));
  await until('WELCOME', () => raw.messages[0]?.[0] === 2);
  return raw;
}

/** Sends something wrong; the connection must end, and the router serve others on. */
async function offence(t: Stage, raw: Raw, wrong: unknown, atCrossbar: 'ends' | 'stays' = 'ends'): Promise<unknown> {
  raw.send(wrong);
  const late = new AbortController();
  const waitMs = patienceMs[t.router === 'crossbar' ? atCrossbar : 'ends'];
  const closed = await Promise.race([raw.closed, sleep(waitMs, false, { signal: late.signal })]);
  late.abort();
  raw.close();
  const a = await t.join('a');
  const alive = await refused(a.call(t.uri('nobody')).result);
  await a.leave();
  return { closed, alive };
}

const ended = { closed: true, alive: 'wamp.error.no_such_procedure' };
const ignored = {
  expect: { ...ended, closed: false },
  because: 'Crossbar logs the protocol violation and leaves the connection open',
};

export const rawCases: readonly Case[] = [
  {
    name: 'GOODBYE of a client ends with GOODBYE',
    run: async (t) => {
      const raw = await welcomed(t);
      raw.send([6, {}, 'wamp.close.close_realm']);
      await until('GOODBYE', () => raw.messages[1]?.[0] === 6);
      raw.close();
      return raw.messages[1]?.[2];
    },
    expect: 'wamp.close.goodbye_and_out',
    crossbar: { expect: 'wamp.close.normal', because: 'Crossbar answers with its default reason for leaving' },
  },
  {
    name: 'ABORT of a wrong realm has a reason',
    run: async (t) => {
      const raw = await open(t);
      raw.send(hello('no_such'));
      await until('ABORT', () => raw.messages[0]?.[0] === 3);
      raw.close();
      return raw.messages[0]?.[2];
    },
    expect: 'wamp.error.no_such_realm',
  },
  {
    name: 'an authentication method that the router has not',
    run: async (t) => {
      const raw = await open(t);
      raw.send([1, t.realm, { roles: { caller: {} }, authmethods: ['ticket'], authid: 'tester' }]);
      await until('ABORT', () => raw.messages[0]?.[0] === 3);
      raw.close();
      return raw.messages[0]?.[2];
    },
    expect: expect.stringMatching(/^wamp\.error\.(no_matching_auth_method|no_auth_method|not_authorized)$/),
  },
  {
    name: 'a message before HELLO',
    run: async (t) => offence(t, await open(t), [48, 1, {}, 'a.b'], 'stays'),
    expect: ended,
    crossbar: ignored,
  },
  {
    name: 'a second HELLO',
    run: async (t) => offence(t, await welcomed(t), hello(t.realm), 'stays'),
    expect: ended,
    crossbar: ignored,
  },
  { name: 'a message of an unknown type', run: async (t) => offence(t, await welcomed(t), [999, 1]), expect: ended },
  { name: 'a message that is no list', run: async (t) => offence(t, await welcomed(t), { a: 1 }), expect: ended },
  { name: 'a message that is no JSON', run: async (t) => offence(t, await welcomed(t), '[48, 1, {}'), expect: ended },
  {
    name: 'a message of the wrong shape',
    run: async (t) => offence(t, await welcomed(t), [48, 'x', [], 7]),
    expect: ended,
  },
  {
    name: 'a binary message in a text protocol',
    run: async (t) => offence(t, await welcomed(t), new Uint8Array([1, 2, 3])),
    expect: ended,
  },
  {
    name: 'an answer to an invocation that never was',
    run: async (t) => {
      const raw = await welcomed(t);
      raw.send([70, 4711, {}, ['surprise']]);
      const a = await t.join('a');
      const alive = await refused(a.call(t.uri('nobody')).result);
      raw.close();
      return alive;
    },
    expect: 'wamp.error.no_such_procedure',
  },
  {
    name: 'unsubscribing and unregistering what is not ours',
    run: async (t) => {
      const raw = await welcomed(t);
      raw.send([34, 1, 4711]);
      raw.send([66, 2, 4711]);
      await until('both errors', () => raw.messages.length >= 3);
      raw.close();
      return raw.messages.slice(1).map((m) => [m[0], m[1], m[2], m[4]]);
    },
    expect: [
      [8, 34, 1, 'wamp.error.no_such_subscription'],
      [8, 66, 2, 'wamp.error.no_such_registration'],
    ],
  },
  {
    name: 'a WebSocket without a WAMP protocol is refused',
    run: (t) =>
      open(t, 'chat').then(
        (raw) => raw.closed.then(() => 'refused'),
        () => 'refused',
      ),
    expect: 'refused',
  },
];
