import { events, refused } from './case.js';
import type { Case, Stage } from './case.js';
import type { Peer } from './peer.js';

const base = 'org.simonsobservatory';
const denied = 'wamp.error.not_authorized';

/** What a session may do with a URI, as a word: C(all) R(egister) P(ublish) S(ubscribe). */
async function may(peer: Peer, uri: string): Promise<string> {
  const ask = async (letter: string, attempt: Promise<unknown>): Promise<string> => {
    const outcome = await refused(attempt);
    return outcome === denied
      ? '-'
      : outcome === 'wamp.error.no_such_procedure' || outcome.startsWith('not refused')
        ? letter
        : outcome;
  };
  return (
    (await ask('C', peer.call(uri).result)) +
    (await ask(
      'R',
      peer.register(uri, { does: 'echo' }).then((r) => r.unregister()),
    )) +
    (await ask('P', peer.publish(uri, {}, { acknowledge: true }))) +
    (await ask(
      'S',
      peer.subscribe(uri).then((s) => s.unsubscribe()),
    ))
  );
}

async function table(t: Stage, as: string, uris: readonly string[]): Promise<unknown> {
  const peer = await t.join('a', as);
  return Object.fromEntries(await Promise.all(uris.map(async (uri) => [uri, await may(peer, uri)])));
}

export const permissionCases: readonly Case[] = [
  {
    name: 'role server: everything of sisock, the feeds, the sessions',
    run: (t) => table(t, 'server', [`${base}.data_node.x`, `${base}.consumer.n.x`, 'test.x']),
    expect: { [`${base}.data_node.x`]: 'CRPS', [`${base}.consumer.n.x`]: 'CRPS', 'test.x': '----' },
  },
  {
    name: 'role server listens to the feeds of agents and to sessions that leave',
    run: async (t) => {
      const a = await t.join('a', 'server');
      const ask = async (topic: string, match?: 'prefix' | 'wildcard'): Promise<number> =>
        typeof (await a.subscribe(topic, match)).id === 'number' ? 1 : 0;
      return [
        await ask('observatory.agent.feeds.temperatures'),
        await ask('observatory..feeds.', 'wildcard'),
        await ask('observatory.', 'prefix'),
        await ask('wamp.session.on_leave'),
        await ask('wamp.session.on_join'),
      ];
    },
    expect: [1, 1, 1, 1, 1],
  },
  {
    name: 'role consumer: calls and listens below consumer alone',
    run: (t) =>
      table(t, 'consumer', [`${base}.consumer.n.x`, `${base}.data_node.x`, 'observatory.a.feeds.x', 'test.x']),
    expect: {
      [`${base}.consumer.n.x`]: 'C--S',
      [`${base}.data_node.x`]: '----',
      'observatory.a.feeds.x': '----',
      'test.x': '----',
    },
  },
  {
    name: 'role iocs_agent, anonymous: everything of the address root, nothing of sisock',
    run: (t) =>
      table(t, 'anonymous', ['observatory.a.feeds.x', `${base}.consumer.n.x`, `${base}.data_node.x`, 'elsewhere.x']),
    expect: {
      'observatory.a.feeds.x': 'CRPS',
      [`${base}.consumer.n.x`]: '----',
      [`${base}.data_node.x`]: '----',
      'elsewhere.x': '----',
    },
  },
  {
    name: 'role iocs_agent: the wildcard of OCS is inside, wider patterns are refused',
    run: async (t) => {
      const a = await t.join('a', 'anonymous');
      const ask = (topic: string, match: 'prefix' | 'wildcard'): Promise<string> =>
        refused(a.subscribe(topic, match).then(() => 'subscribed'));
      return [
        await ask('observatory..feeds.heartbeat', 'wildcard'),
        await ask('observatory.', 'prefix'),
        await ask('', 'prefix'),
        await ask('..feeds.heartbeat', 'wildcard'),
        await ask('org.', 'prefix'),
      ];
    },
    expect: ['not refused: "subscribed"', 'not refused: "subscribed"', denied, denied, denied],
  },
  {
    name: 'what may not be published is not delivered, acknowledged or not',
    run: async (t) => {
      const [a, b] = [await t.join('a', 'anonymous'), await t.join('b', 'server')];
      const s = await b.subscribe(`${base}.consumer.data_node_added`);
      await a.publish(`${base}.consumer.data_node_added`, { args: [{ name: 'forged' }] });
      const answer = await refused(a.publish(`${base}.consumer.data_node_added`, { args: [1] }, { acknowledge: true }));
      const publisher = await t.join('c', 'server');
      await publisher.publish(`${base}.consumer.data_node_added`, { args: ['true one'] }, { acknowledge: true });
      return { answer, seen: (await events(s, 1)).map((e) => e.args) };
    },
    expect: { answer: denied, seen: [['true one']] },
  },
  {
    name: 'an unauthorized attempt does not end the session',
    run: async (t) => {
      const a = await t.join('a', 'consumer');
      const answer = await refused(a.call('observatory.secret').result);
      return [answer, await refused(a.call(`${base}.consumer.nobody.get_fields`).result)];
    },
    expect: [denied, 'wamp.error.no_such_procedure'],
  },
];
