/**
 * The whole circle: OCS agents publish, the real aggregator writes g3 files of 15 s, our scanner and reader serve them, our
 * data-feed serves what is younger, and the joined node makes one timeline of both, whatever is restarted.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bridgeClient } from './peers/bridge.js';
import type { BridgeClient, Sample } from './peers/bridge.js';
import { ocsSite } from './peers/ocs.js';
import type { OcsSite } from './peers/ocs.js';
import { stopAllProcesses } from './peers/peer-process.js';
import { startPython } from './peers/python.js';
import type { PythonPeer } from './peers/python.js';
import type { RouterPeer } from './peers/router-peer.js';
import { startSisockRouter, startSite } from './peers/sisock.js';
import type { Part, Site } from './peers/sisock.js';
import { until } from './peers/until.js';

const CHANNELS = 3;
const RATE_HZ = 8;
const FRAME_S = 5;
const FILE_S = 15;

const feed = 'observatory.fake-data1.feeds.false_temperatures';
const channels = Array.from({ length: CHANNELS }, (_, i) => `channel_${String(i).padStart(2, '0')}`);
const mixedFeed = 'observatory.mixed1.feeds.readings';
/** Own name of the agent, and the name in files. */
const mixed: readonly [string, string][] = [
  ['Channel 01', 'Channel_01'],
  ['Channel 02', 'Channel_02'],
  ['Valve open?', 'Valve_open'],
  ['1st state', 'st_state'],
];

/** Times through 10 ns ticks come back a step of a double away, at most. */
const sameTimeSec = 0.5e-6;

describe('one timeline from the first file until now', () => {
  let router: RouterPeer;
  let site: Site;
  let bridge: BridgeClient;
  let ocs: OcsSite;
  let log: PythonPeer;
  let so3g: PythonPeer;
  let scanner: Part;
  let reader: Part;
  let dataFeed: Part;

  /** Every sample that the independent subscriber got of a field, under the agent's own name. */
  async function heard(address: string, own: string): Promise<Sample[]> {
    const all = (await log.ask({ do: 'samples' })) as [string, string, string, number, unknown, number][];
    return all.filter(([a, , f]) => a === address && f === own).map(([, , , t, value]) => ({ t, value: plain(value) }));
  }

  beforeAll(async () => {
    router = await startSisockRouter();
    site = await startSite(router);
    bridge = bridgeClient(site.httpUrl);
    log = await startPython('feed_log.py', [router.wsUrl, router.realm, 'cbor', 'observatory']);
    await log.waitFor('subscribed', (line) => 'subscribed' in line);
    so3g = await startPython('hk_archive.py');
    const patient = ['--crossbar-timeout', '120'];
    ocs = await ocsSite(router, [
      {
        agentClass: 'AggregatorAgent',
        instanceId: 'aggregator',
        arguments: [...patient, '--initial-state', 'record', '--time-per-file', String(FILE_S), '--data-dir', '{data}'],
      },
      {
        agentClass: 'FakeDataAgent',
        instanceId: 'fake-data1',
        arguments: [
          ...patient,
          ...['--mode', 'acq', '--num-channels', String(CHANNELS)],
          ...['--sample-rate', String(RATE_HZ), '--frame-length', String(FRAME_S)],
        ],
      },
    ]);
    dataFeed = await site.node('data-feed', 'feeds', { FEED_PATTERN: 'observatory..feeds.' });
    scanner = await site.part(['g3-file-scanner'], { DATA_DIRECTORY: ocs.dataDir, SCAN_INTERVAL: '5' });
    reader = await site.node('g3-reader', 'g3_reader', { DATA_DIRECTORY: ocs.dataDir });
    await site.node('joined', 'ocs', { JOIN_NAME: 'ocs' });
    ocs.start('aggregator');
    const status = "from ocs.ocs_client import OCSClient; print(OCSClient('aggregator').record.status())";
    await until('the aggregator recording', async () => /status=running/.test(await ocs.run('python', ['-c', status])));
    ocs.start('fake-data1');
    await startPython('mixed_agent.py', [router.wsUrl, router.realm, 'mixed1', String(FRAME_S)]);
    await until('the first data', async () => (await heard(feed, 'channel_00')).length > 0);
  });
  afterAll(async () => {
    await stopAllProcesses();
    await site?.stop();
    await router?.stop();
    await ocs?.close();
  });

  it('serves every sample once, in order, across rotations and restarts', async () => {
    const files = (least: number) =>
      until(`${least} files`, async () => {
        const names = await readdir(ocs.dataDir, { recursive: true });
        return names.filter((name) => name.endsWith('.g3')).length >= least;
      });
    await files(2);
    await scanner.restart();
    await files(3);
    await dataFeed.restart();
    await files(4);
    await reader.restart();

    const names: readonly [string, string, string][] = [
      ...channels.map((own): [string, string, string] => [feed, own, own]),
      ...mixed.map(([own, name]): [string, string, string] => [mixedFeed, own, name]),
    ];
    for (const [address, own, name] of names) {
      const published = await heard(address, own);
      const [from, to] = [published[0]!.t, published.at(-1)!.t + 1e-4];
      expect(published.length).toBeGreaterThan(100);
      // What the data-feed missed during its restart is in the file as soon as the aggregator has written the frame.
      const served = await until(`all samples of ${own}`, async () => {
        const samples = await bridge.samples(`ocs::${address}.${name}`, from - 1, to);
        return samples.length >= published.length && samples;
      });
      expect(served.map(({ value }) => value)).toEqual(published.map(({ value }) => value));
      expect(served.filter(({ t }, i) => Math.abs(t - published[i]!.t) > sameTimeSec)).toEqual([]);
    }
  });

  it('serves from the files what so3g reads in them', async () => {
    const range = { start: 1, end: Date.now() / 1000 + 1000 };
    for (const field of [...channels.map((c) => `${feed}.${c}`), ...mixed.map(([, name]) => `${mixedFeed}.${name}`)]) {
      // The newest frame may be half written.
      const ask = () => so3g.ask({ do: 'data', directory: ocs.dataDir, field, ...range });
      const truth = (await until('so3g reading the files', ask)) as Truth;
      expect(truth.t.length).toBeGreaterThan(100);
      const last = truth.t.at(-1)!;
      const served = await until(`${field} served to ${last}`, async () => {
        const samples = await bridge.samples(`g3_reader::${field}`, 1, last + 1e-4);
        return samples.at(-1)?.t === last && samples;
      });
      expect(served.map(({ t }) => t)).toEqual(truth.t);
      expect(served.map(({ value }) => value)).toEqual(truth.v.map(plain));
    }
  });

  it('shows a file that comes late, whatever was asked before', async () => {
    const start = Math.floor(Date.now() / 1000) - 100_000;
    const field = `ocs::${feed}.channel_00`;
    const ask = () => bridge.samples(field, start - 10, start + 1000);
    expect(await ask()).toEqual([]);
    expect((await bridge.query([field], start - 10, start + 1000)).get(field) ?? []).toEqual([]);
    const values = Array.from({ length: 200 }, (_, i) => i / 4);
    const path = join(ocs.dataDir, String(start).slice(0, 5), `${start}.g3`);
    await so3g.ask({ do: 'write', path, feed, block: 'temps', field: 'channel_00', start, step: 2, values });
    const shown = await until('the late file', async () => {
      const samples = await ask();
      return samples.length > 0 && samples;
    });
    expect(shown.map(({ value }) => value)).toEqual(values);
    expect(
      (await bridge.query([field], start - 10, start + 1000)).get(field)!.filter(([v]) => v !== null),
    ).toHaveLength(200);
  });
});

interface Truth {
  readonly t: readonly number[];
  readonly v: readonly unknown[];
}

/** A value of the Python side (see wire_values.py) as the bridge's JSON has it. */
function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const [kind, text] = Object.entries(value)[0]!;
  return kind === '$float' || kind === '$int' ? Number(text) : value;
}
