/**
 * A site on two machines, as docs/lab-guide.md tells: router, hub and bridge on one; on the other a live feed and a
 * reader of files, by wss, and an OCS agent, whose plain port is the loopback's alone, through a tunnel.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { certificateAuthority } from '@sisock/testkit';
import { type Host, type Network, startNetwork } from './peers/hosts.js';
import { type PeerProcess, repositoryDir, stopAllProcesses, venvBin } from './peers/peer-process.js';
import { writePair } from './peers/secure-router.js';
import { until } from './peers/until.js';

const bin = join(repositoryDir, 'packages/stack/dist/bin/sisock.js');
const tunnel = join(repositoryDir, 'test/interop/peers/tunnel.mjs');
const field = 'feeds::observatory.fake-data1.feeds.false_temperatures.channel_00';

interface Series {
  readonly complete: boolean;
  readonly blocks: readonly {
    readonly time: readonly number[];
    readonly values: Readonly<Record<string, readonly unknown[]>>;
  }[];
}

describe('a site on two machines', () => {
  let network: Network;
  let control: Host;
  let cryostat: Host;
  let dir: string;
  let near: string;
  let far: string;

  /** `sisock <words>` on a machine, in its own directory; of the environment it gets nothing else of sisock's. */
  const part = (host: Host, words: readonly string[], env: Readonly<Record<string, string>> = {}): PeerProcess => {
    const cleared = { WAMP_SECRET: undefined, WAMP_URI: undefined, PORT: undefined, NAME: undefined };
    const options = { cwd: host === control ? near : far, env: { ...cleared, ...env } };
    return host.start(`sisock ${words.join(' ')}`, process.execPath, [bin, ...words], options);
  };
  const says = (program: PeerProcess, text: string) =>
    until(`${JSON.stringify(text)} of ${program.name}`, () => {
      if (!program.running) throw new Error(`it ended:\n${program.output()}`);
      return program.output().includes(text);
    });
  const nodes = async (): Promise<string[]> => {
    const { text } = await control.fetch('http://127.0.0.1:5000/api/v1/nodes');
    return (JSON.parse(text) as { nodes: { name: string }[] }).nodes.map(({ name }) => name);
  };
  const series = async (target: string, from: number, to: number): Promise<[number, unknown][]> => {
    const query = new URLSearchParams({ field: target, from: String(from), to: String(to), raw: 'true' });
    const { status, text } = await control.fetch(`http://127.0.0.1:5000/api/v1/series?${query.toString()}`);
    if (status !== 200) throw new Error(text);
    const { complete, blocks } = JSON.parse(text) as Series;
    if (!complete) throw new Error(text);
    return blocks.flatMap(({ time, values }) => time.map((t, i): [number, unknown] => [t, values[target]?.[i]]));
  };
  const listed = () => until('both nodes listed', async () => (await nodes()).sort().join() === 'apex_archive,feeds');

  beforeAll(async () => {
    network = startNetwork(['control', 'cryostat']);
    [control, cryostat] = network.hosts;
    dir = await mkdtemp(join(tmpdir(), 'sisock-hosts-'));
    [near, far] = [join(dir, 'control'), join(dir, 'cryostat')];

    // The router's machine: a certificate for every name that it is called by, wss for all, the plain port for itself.
    const ca = certificateAuthority();
    await writePair(near, 'server', ca.issue({ hosts: ['control', 'control.lab', 'localhost', '127.0.0.1'] }));
    await writeFile(join(near, '.crossbar/ca_cert.pem'), ca.cert);
    const configured = part(control, ['crossbar-config', '--write'], {
      SISOCK_BIND: '0.0.0.0',
      CROSSBAR_OCS_BIND: '127.0.0.1',
    });
    expect([await configured.ended, configured.output()]).toEqual([0, expect.anything()]);
    const crossbar = control.start('crossbar', venvBin('crossbar'), ['start', '--cbdir', '.crossbar'], { cwd: near });
    await until('Crossbar listening', async () => {
      if (!crossbar.running) throw new Error(crossbar.output());
      return (await control.connect('127.0.0.1', 8080)) === 'open';
    });
    await Promise.all([
      says(part(control, ['hub'], { CROSSBAR_HOST: 'control' }), '"joined"'),
      says(part(control, ['http'], { CROSSBAR_HOST: 'control', PORT: '5000' }), '"joined"'),
    ]);

    // The other machine gets two files: the CA and the secret of `server`. The CA's key and the router's stay at home.
    await mkdir(join(far, '.crossbar/secrets'), { recursive: true });
    await writeFile(join(far, '.crossbar/ca_cert.pem'), ca.cert);
    const secret = await readFile(join(near, '.crossbar/secrets/server'));
    await writeFile(join(far, '.crossbar/secrets/server'), secret, { mode: 0o600 });
  });
  afterAll(async () => {
    network?.mend();
    await stopAllProcesses();
    network?.close();
    if (dir !== undefined) await rm(dir, { recursive: true, force: true });
  });

  it('shows the other machine the port for wss, and nothing else', async () => {
    expect(await cryostat.connect(control.address, 8080)).toBe('open');
    expect(await cryostat.connect(control.address, 8001)).toBe('ECONNREFUSED');
    expect(await cryostat.connect(control.address, 5000)).toBe('ECONNREFUSED');
    expect(await control.connect('127.0.0.1', 8001)).toBe('open');
  });

  it('refuses an address that the certificate does not name, with one line', async () => {
    const node = part(cryostat, ['node', 'data-feed'], {
      ...{ CROSSBAR_HOST: control.address, FEED_PATTERN: 'observatory..feeds.', LOGLEVEL: 'error' },
    });
    expect(await node.ended).toBe(1);
    const lines = node.output().trim().split('\n');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('CROSSBAR_HOST');
    expect(lines[0]).toContain(control.address);

    const doctor = part(cryostat, ['doctor'], { CROSSBAR_HOST: control.address });
    expect(await doctor.ended).toBe(1);
    expect(doctor.output()).toMatch(/^fail +certificates .*10\.98\.0\.1/m);
  });

  it('serves the data of the other machine, and keeps what is buffered there while the cable is out', async () => {
    const feeds = part(cryostat, ['node', 'data-feed'], {
      CROSSBAR_HOST: 'control',
      FEED_PATTERN: 'observatory..feeds.',
    });
    const weather = part(cryostat, ['node', 'weather'], {
      CROSSBAR_HOST: 'control.lab',
      WEATHER_DIRECTORY: join(repositoryDir, 'test/fixtures/apex-weather'),
    });
    await listed();
    const archive = () => series('apex_archive::apex_humidity', 1.5e9, 1.502e9);
    const archived = await archive();
    expect(archived.length).toBeGreaterThan(300);

    // An OCS agent there: the router's plain port, through a tunnel to that machine's own loopback.
    await says(control.start('tunnel', process.execPath, [tunnel, `${control.address}:22`, '127.0.0.1:8001']), 'list');
    await says(cryostat.start('tunnel', process.execPath, [tunnel, '127.0.0.1:8001', `${control.address}:22`]), 'list');
    const options = { cwd: far, env: { OCS_CONFIG_DIR: await ocsConfiguration(far), INSTANCE_ID: undefined } };
    const args = ['--instance-id', 'fake-data1', '--site-host', 'cryostat', '--crossbar-timeout', '120'];
    const agent = cryostat.start('fake-data1', venvBin('ocs-agent-cli'), args, options);

    const began = Date.now() / 1000 - 60;
    const samples = async () => {
      if (!agent.running) throw new Error(agent.output());
      return series(field, began, Date.now() / 1000 + 60);
    };
    const before = await until('samples of the agent', async () => (await samples()).length > 40 && samples());

    network.cut();
    // The router notices by its pings, the hub by the router.
    await until('both nodes gone', async () => (await nodes()).length === 0);
    expect([feeds.running, weather.running]).toEqual([true, true]);
    network.mend();
    await listed();

    const newest = before.at(-1)![0];
    const after = await until('new samples of the agent', async () => {
      const now = await samples();
      return now.at(-1)![0] > newest + 30 && now;
    });
    // Everything that was there is there, once, in order.
    expect(after.slice(0, before.length)).toEqual(before);
    expect(after.filter(([t], i) => i > 0 && t <= after[i - 1]![0])).toEqual([]);
    expect(await archive()).toEqual(archived);
    expect([feeds.running, weather.running]).toEqual([true, true]);
  }, 420_000);
});

/** Writes the site configuration of an OCS agent on the other machine; JSON is YAML. */
async function ocsConfiguration(dir: string): Promise<string> {
  const agent = {
    'agent-class': 'FakeDataAgent',
    'instance-id': 'fake-data1',
    arguments: ['--mode', 'acq', '--num-channels', '2', '--sample-rate', '8', '--frame-length', '2'],
  };
  const hub = {
    wamp_server: 'ws://127.0.0.1:8001/ws',
    wamp_http: 'http://127.0.0.1:8001/call',
    wamp_realm: 'test_realm',
    address_root: 'observatory',
    registry_address: 'observatory.registry',
  };
  await writeFile(
    join(dir, 'default.yaml'),
    JSON.stringify({ hub, hosts: { cryostat: { 'agent-instances': [agent] } } }),
  );
  return dir;
}
