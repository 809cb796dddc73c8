/** A Python consumer on the live topic of our data-feed node, which another Python session publishes to. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { stopAllProcesses } from './peers/peer-process.js';
import { startPython } from './peers/python.js';
import type { PythonPeer } from './peers/python.js';
import { interopSetup } from './peers/roles.js';
import type { RouterPeer } from './peers/router-peer.js';
import { startSisockRouter, startSite } from './peers/sisock.js';
import type { Site } from './peers/sisock.js';
import { until } from './peers/until.js';

const address = 'observatory.thermo1.feeds.temperatures';
const rounds = 30;

let router: RouterPeer;
let site: Site;
let agent: PythonPeer;

beforeAll(async () => {
  router = await startSisockRouter();
  site = await startSite(router);
  await site.node('data-feed', 'feeds', { FEED_PATTERN: 'observatory..feeds.' });
  agent = await startPython('driver.py', []);
  await agent.ask({ do: 'join', session: 'agent', url: router.wsUrl, realm: router.realm, serializer: 'cbor' });
});
afterAll(async () => {
  await site?.stop();
  await router?.stop();
  await stopAllProcesses();
});

async function publish(t: number, value: number): Promise<void> {
  const block = { block_name: 'temps', timestamps: [t], data: { ch1: [value] } };
  const feed = {
    agent_address: 'observatory.thermo1',
    feed_name: 'temperatures',
    address,
    agg_params: {},
    record: true,
  };
  const message = { topic: address, args: [[{ temps: block }, feed]], kwargs: {}, options: { acknowledge: true } };
  await agent.ask({ do: 'publish', session: 'agent', ...message });
}

describe.each(['json', 'cbor'] as const)('in %s', (serializer) => {
  it('hears every sample once, in order', async () => {
    const secret = interopSetup.users['consumer']!.secret;
    const consumer = await startPython('consumer.py', [router.wsUrl, router.realm, serializer, secret]);
    const begin = Date.now() / 1000;
    await publish(begin, -1);
    const fields = await until('the field', async () => {
      const [all] = (await consumer.ask({ do: 'fields', node: 'feeds', args: [1, 0] })) as [Record<string, unknown>];
      return Object.keys(all).length > 0 && Object.keys(all);
    });
    const follow = { do: 'follow', node: 'feeds', timeline: `${address}.temps`, field: fields[0] };
    const topic = await consumer.ask(follow);
    expect(String(topic).endsWith('_json')).toBe(serializer === 'json');
    for (let i = 0; i < rounds; i++) await publish(begin + 0.01 * (i + 1), i + 0.5);
    const heard = () => consumer.lines.flatMap((line) => (line['live'] ?? []) as [number, number][]);
    await until('all samples', () => heard().length >= rounds);
    expect(heard().map(([, value]) => value)).toEqual(Array.from({ length: rounds }, (_, i) => i + 0.5));
    expect(consumer.lines.filter((line) => 'broken' in line)).toEqual([]);
    await consumer.stop();
  });
});
