/** A real OCS site (registry, aggregator, fake-data agent) on our router and on Crossbar, its data through our bridge. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bridgeClient } from './peers/bridge.js';
import type { BridgeClient } from './peers/bridge.js';
import { startCrossbar } from './peers/crossbar.js';
import { ocsSite } from './peers/ocs.js';
import type { OcsSite } from './peers/ocs.js';
import { stopAllProcesses } from './peers/peer-process.js';
import { startPython } from './peers/python.js';
import type { PythonPeer } from './peers/python.js';
import { interopSetup } from './peers/roles.js';
import type { RouterPeer } from './peers/router-peer.js';
import { startSisockRouter, startSite } from './peers/sisock.js';
import type { Site } from './peers/sisock.js';
import { until } from './peers/until.js';

const CHANNELS = 6;
const RATE_HZ = 8;
/** Samples of a channel before, between and after the restarts: 10 s each. */
const WATCHED = 80;

const feed = 'observatory.fake-data1.feeds.false_temperatures';
const channels = Array.from({ length: CHANNELS }, (_, i) => `channel_${String(i).padStart(2, '0')}`);
const fieldOf = (channel: string): string => `feeds::${feed}.${channel}`;

/** A sample that the independent subscriber got. */
interface Heard {
  readonly t: number;
  readonly value: unknown;
  readonly arrived: number;
}

const routers: readonly [string, () => Promise<RouterPeer>][] = [
  ['the embedded router', startSisockRouter],
  ['Crossbar', () => startCrossbar(interopSetup)],
];

describe.each(routers)('OCS on %s', (_name, startRouter) => {
  let router: RouterPeer;
  let site: Site;
  let bridge: BridgeClient;
  let ocs: OcsSite;
  let log: PythonPeer;

  /** Samples of one channel, in the order in which they were heard. */
  async function heard(channel: string): Promise<Heard[]> {
    const all = (await log.ask({ do: 'samples' })) as [string, string, string, number, unknown, number][];
    return all
      .filter(([address, , field]) => address === feed && field === channel)
      .map(([, , , t, value, arrived]) => ({ t, value, arrived }));
  }

  beforeAll(async () => {
    router = await startRouter();
    site = await startSite(router);
    bridge = bridgeClient(site.httpUrl);
    await site.node('data-feed', 'feeds', { FEED_PATTERN: 'observatory..feeds.' });
    log = await startPython('feed_log.py', [router.wsUrl, router.realm, 'cbor', 'observatory']);
    await log.waitFor('subscribed', (line) => 'subscribed' in line);
    // A router that starts slowly must not make the agents give up.
    const patient = ['--crossbar-timeout', '120'];
    ocs = await ocsSite(router, [
      { agentClass: 'RegistryAgent', instanceId: 'registry', arguments: patient },
      {
        agentClass: 'AggregatorAgent',
        instanceId: 'aggregator',
        arguments: [...patient, '--initial-state', 'record', '--time-per-file', '3600', '--data-dir', '{data}'],
      },
      {
        agentClass: 'FakeDataAgent',
        instanceId: 'fake-data1',
        arguments: [
          ...patient,
          ...['--mode', 'acq', '--num-channels', String(CHANNELS)],
          ...['--sample-rate', String(RATE_HZ), '--frame-length', '5'],
        ],
      },
    ]);
  });
  afterAll(async () => {
    await stopAllProcesses();
    await site?.stop();
    await router?.stop();
    await ocs?.close();
  });

  it('has the fields of a new agent in /search as soon as it has data', async () => {
    for (const agent of ['registry', 'aggregator', 'fake-data1']) ocs.start(agent);
    await until('the first data', async () => (await heard('channel_00')).length > 0);
    const searched = await until('the fields in /search', async () => {
      const found = (await bridge.search()).filter((name) => name.startsWith(`feeds::${feed}.`));
      return found.length === CHANNELS && found;
    });
    expect(searched.sort()).toEqual(channels.map(fieldOf));
  });

  it('lists its agents by heartbeats and by the registry', async () => {
    const listed = async (args: readonly string[], agents: readonly string[]): Promise<true> =>
      until(`${agents.join(', ')} in ocs-client-cli ${args.join(' ')}`, async () => {
        const lines = (await ocs.run('ocs-client-cli', args)).split('\n').map((line) => line.trim());
        return agents.every((agent) => lines.includes(agent));
      });
    await listed(['scan'], ['registry', 'aggregator', 'fake-data1']);
    // The registry lists those that told it of themselves, not itself.
    await listed(['scan', '--use-registry'], ['aggregator', 'fake-data1']);
  });

  it('answers OCSClient', async () => {
    const script = "from ocs.ocs_client import OCSClient; print(OCSClient('fake-data1').acq.status())";
    const output = await ocs.run('python', ['-c', script]);
    expect(output).toMatch(/OCSReply: OK/);
    expect(output).toMatch(/status=running/);
  });

  it('loses and doubles no sample while bridge and router are restarted', async () => {
    const count = async () => (await heard('channel_00')).length;
    const more = async (samples: number) => {
      const enough = (await count()) + samples;
      await until(`${samples} more samples`, async () => (await count()) >= enough);
    };
    /** The newest sample of `channel_00` that is served, from a time on. */
    const newestServed = async (since: number): Promise<number | undefined> =>
      (await bridge.samples(fieldOf('channel_00'), since, Date.now() / 1000 + 1)).at(-1)?.t;
    const began = Date.now();
    await more(WATCHED);
    await site.bridge.restart();
    await more(WATCHED);
    // All channels come in one message: with this one the data-feed has every sample up to it.
    const certain = (await heard('channel_00')).at(-1)!.t;
    await until('what was heard is served', async () => (await newestServed(began / 1000))! >= certain);
    const killed = Date.now() / 1000;
    await router.restart();
    // Agents, data-feed and subscriber are back.
    await until('samples after the restart', async () => (await newestServed(killed)) !== undefined);
    await more(WATCHED);

    const from = began / 1000;
    const to = (await heard('channel_00')).at(-1)!.t + 0.001;
    for (const channel of channels) {
      const published = (await heard(channel)).filter(({ t }) => t >= from && t < to);
      const served = await until('the newest sample served', async () => {
        const samples = await bridge.samples(fieldOf(channel), from, to);
        return samples.at(-1)?.t === published.at(-1)!.t && samples;
      });
      expect(published.length).toBeGreaterThan(2 * WATCHED);
      expect(lost(published, served, certain, killed)).toEqual([]);
      expect(served.filter((s, i) => i > 0 && s.t <= served[i - 1]!.t)).toEqual([]);
      const value = new Map(published.map((p) => [p.t, p.value]));
      expect(served.filter((s) => value.has(s.t) && value.get(s.t) !== s.value)).toEqual([]);

      const points = (await bridge.query([fieldOf(channel)], from, to, 100_000)).get(fieldOf(channel))!;
      // Points have whole milliseconds: at the edges they can't tell on which side a sample is.
      const isInside = (ms: number) => ms > from * 1000 && ms < Math.floor(to * 1000);
      const drawn = points.filter(([v, ms]) => v !== null && isInside(ms));
      const inside = served.filter(({ t }) => isInside(Math.round(t * 1000)));
      expect(drawn.map(([v]) => v)).toEqual(inside.map(({ value }) => value));
      expect(drawn.filter(([, ms], i) => Math.abs(ms - inside[i]!.t * 1000) > 0.5001)).toEqual([]);
    }
  });
});

/**
 * What was heard by the subscriber and is not served, though our data-feed was subscribed too: up to the sample that is
 * known to have come before the router was killed, and from the first message on that our data-feed got after that.
 */
function lost(published: readonly Heard[], served: readonly { t: number }[], certain: number, killed: number): Heard[] {
  const have = new Set(served.map((s) => s.t));
  const back = published.find((p) => p.arrived > killed && have.has(p.t));
  if (!back) return [...published];
  return published.filter((p) => !have.has(p.t) && (p.t <= certain || p.arrived >= back.arrived));
}
