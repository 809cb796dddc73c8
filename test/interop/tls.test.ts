/** Secure connections: every part of ours and a Python consumer at a Crossbar of our configuration, and at our router. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { certificateAuthority, freePort, type KeyPair, selfSigned } from '@sisock/testkit';
import { repositoryDir, startProcess, stopAllProcesses, venvBin } from './peers/peer-process.js';
import { type PythonError, type PythonPeer, startPython } from './peers/python.js';
import { type SecureRouter, startSecureCrossbar, startSecureSisock, writePair } from './peers/secure-router.js';
import { type Part, runSisock, startPart } from './peers/sisock.js';
import { until } from './peers/until.js';

const day = 86_400;
const now = Date.now() / 1000;
const base = 'org.simonsobservatory';
const denied = 'wamp.error.not_authorized';
const weatherDir = join(repositoryDir, 'test/fixtures/apex-weather');

/** Every data node: command, name and settings, with paths relative to the test's directory. */
const nodes = [
  { kind: 'weather', name: 'apex_archive', env: { WEATHER_DIRECTORY: weatherDir } },
  { kind: 'apex-weather', name: 'apex_weather', env: { DATA_DIRECTORY: 'targets' } },
  { kind: 'radiometer', name: 'ucsc_radiometer', env: { DATA_DIRECTORY: 'PWV' } },
  { kind: 'sensors', name: 'sensors', env: { HWMON_DIRECTORY: 'hwmon' } },
  { kind: 'data-feed', name: 'LSA23JD', env: { TARGET: 'LSA23JD', DESCRIPTION: 'a thermometer' } },
] as const;

/** A little of what each node reads. */
async function writeData(dir: string): Promise<void> {
  const files = {
    'targets/apex_humidity_1500000000_1500003600.dat': '1500000000 41.5\n1500000060 42.5\n',
    'PWV/PWV_UCSC_2019-010.txt': 'day pwv\n10.25 0.75\n10.5 0.80\n',
    'hwmon/hwmon0/name': 'coretemp\n',
    'hwmon/hwmon0/temp1_input': '45500\n',
    'hwmon/hwmon0/temp1_label': 'Core 0\n',
  };
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text);
  }
}

describe.each([
  ['Crossbar', startSecureCrossbar],
  ['the embedded router', startSecureSisock],
] as const)('over TLS at %s', (name, startRouter) => {
  const ca = certificateAuthority();
  const bad: Readonly<Record<string, KeyPair>> = {
    expired: ca.issue({ notBefore: now - 2 * day, notAfter: now - day }),
    early: ca.issue({ notBefore: now + day, notAfter: now + 2 * day }),
    misnamed: ca.issue({ hosts: ['sisock-crossbar'] }),
    stranger: selfSigned(),
  };
  let dir: string;
  let router: SecureRouter;
  let driver: PythonPeer;
  let consumer: PythonPeer;
  let httpUrl: string;
  let joining: Readonly<Record<string, string>>;
  const parts: Part[] = [];

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sisock-tls-'));
    await writeData(dir);
    await writePair(dir, 'server', ca.issue());
    await writeFile(join(dir, '.crossbar', 'ca_cert.pem'), ca.cert);
    // What `sisock router` would make in its own directory stands where all look for it.
    expect((await runSisock(['crossbar-config'], {}, dir)).status).toBe(0);
    [router, driver] = await Promise.all([startRouter(dir, bad), startPython('driver.py')]);
    joining = { CROSSBAR_HOST: 'localhost', CROSSBAR_TLS_PORT: String(router.tlsPort), CROSSBAR_OCS_PORT: '1' };
    const port = await freePort();
    httpUrl = `http://127.0.0.1:${port}`;
    const start = async (words: readonly string[], env = {}) => {
      const part = await startPart(words, { ...joining, ...env }, dir, (process) =>
        until(`${words.join(' ')} joined`, () => {
          if (!process.running) throw new Error('it ended');
          return process.output().includes('"joined"');
        }),
      );
      parts.push(part);
    };
    await Promise.all([
      start(['hub']),
      start(['http'], { PORT: String(port) }),
      ...nodes.map(({ kind, name: NAME, env }) => start(['node', kind], { NAME, ...env })),
    ]);
    consumer = await startConsumer();
  });
  afterAll(async () => {
    await Promise.all(parts.map((part) => part.stop()));
    await router?.stop();
    await stopAllProcesses();
    await rm(dir, { recursive: true, force: true });
  });

  const secretOf = async (user: string) => (await readFile(join(dir, '.crossbar/secrets', user), 'utf8')).trim();
  const secureUrl = () => `wss://localhost:${router.tlsPort}/ws`;
  const caFile = () => join(dir, '.crossbar/ca_cert.pem');
  const startConsumer = async () =>
    startPython('consumer.py', [secureUrl(), 'test_realm', 'cbor', await secretOf('consumer'), caFile()]);
  const join_ = (session: string, options: object) =>
    driver.ask({ do: 'join', session, realm: 'test_realm', serializer: 'cbor', ca: caFile(), ...options });
  const refused = (command: Readonly<Record<string, unknown>>): Promise<unknown> =>
    driver.ask({ args: [], kwargs: {}, key: 'k', ...command }).then(
      (answer) => answer,
      (error: PythonError) => error.detail['uri'] ?? error.detail['message'],
    );

  if (name === 'Crossbar') {
    it('has a configuration that `crossbar check` finds good', async () => {
      const check = startProcess('crossbar check', venvBin('crossbar'), ['check', '--cbdir', join(dir, '.crossbar')]);
      expect(await check.ended).toBe(0);
    });
  }

  it('a Python consumer finds and reads every node', async () => {
    const list = () => consumer.ask({ do: 'nodes' }) as Promise<{ name: string }[]>;
    await until('all nodes listed', async () => {
      const names = (await list()).map((node) => node.name);
      return nodes.every((node) => names.includes(node.name));
    });
    // An agent of OCS joins without a secret, on the plain port.
    await join_('agent', { url: router.plainUrl });
    const topic = 'observatory.LSA23JD.feeds.temperatures';
    const block = { block_name: 'b', timestamps: [now], data: { 'Channel 1': [4.25] } };
    const feed = { record: true, address: topic, agent_address: 'observatory.LSA23JD', feed_name: 'temperatures' };
    const event = { session: 'agent', topic, args: [[{ b: block }, { ...feed, session_id: '1' }]], kwargs: {} };
    await driver.ask({ do: 'publish', ...event, options: { acknowledge: true } });
    for (const { name: node } of nodes) {
      const values = await until(`samples of ${node}`, async () => {
        const [fields] = (await consumer.ask({ do: 'fields', node, args: [1, 0] })) as [Record<string, unknown>];
        const names = Object.keys(fields).sort().slice(0, 1);
        const answer = (await consumer.ask({ do: 'data', node, args: [names, 1, 0] })) as {
          data: Record<string, unknown[]>;
        };
        return answer.data[names[0] ?? '']?.length ? answer.data[names[0]!] : false;
      });
      if (node === 'LSA23JD') expect(values).toEqual([4.25]);
      else if (node === 'apex_weather') expect(values).toEqual([41.5, 42.5]);
      else if (node === 'ucsc_radiometer') expect(values).toEqual([0.75, 0.8]);
      else expect(values!.length).toBeGreaterThan(0);
    }
  });

  it('the bridge serves them', async () => {
    await until('the bridge', async () => {
      const found = (await (await fetch(`${httpUrl}/search`, { method: 'POST' })).json()) as string[];
      return nodes.every(({ name: node }) => found.some((target) => target.startsWith(`${node}::`)));
    });
  });

  it('fault 11: who has no secret can neither call nor register anything of sisock, nor join the TLS port', async () => {
    await join_('nobody', { url: router.plainUrl });
    const mine = { session: 'nobody', behaviour: { does: 'echo' } };
    expect([
      await refused({ do: 'call', session: 'nobody', procedure: `${base}.consumer.get_data_node` }),
      await refused({ do: 'call', session: 'nobody', procedure: `${base}.consumer.apex_archive.get_data` }),
      await refused({ do: 'register', ...mine, procedure: `${base}.consumer.mine.get_data` }),
      await refused({ do: 'register', ...mine, procedure: `${base}.data_node.mine` }),
      await refused({ do: 'subscribe', session: 'nobody', topic: `${base}.consumer.data_node_added` }),
    ]).toEqual([denied, denied, denied, denied, denied]);
    await expect(join_('nobody2', { url: secureUrl() })).rejects.toThrow();
  });

  it('a consumer can neither register nor publish', async () => {
    await join_('reader', { url: secureUrl(), authid: 'consumer', secret: await secretOf('consumer') });
    const topic = `${base}.consumer.data_node_added`;
    expect([
      await refused({
        do: 'register',
        session: 'reader',
        procedure: `${base}.consumer.mine.get_data`,
        behaviour: { does: 'echo' },
      }),
      await refused({ do: 'publish', session: 'reader', topic, options: { acknowledge: true } }),
      await refused({ do: 'call', session: 'reader', procedure: `${base}.data_node.add` }),
    ]).toEqual([denied, denied, denied]);
  });

  it('a data-feed joins as server on the plain port as well', async () => {
    const env = { ...joining, WAMP_URI: router.plainUrl, TARGET: 'other', NAME: 'plain_feed' };
    const part = await startPart(['node', 'data-feed'], env, dir, (process) =>
      until('it is listed', async () => {
        if (!process.running) throw new Error('it ended');
        const list = (await consumer.ask({ do: 'nodes' })) as { name: string }[];
        return list.some((node) => node.name === 'plain_feed');
      }),
    );
    expect(part.output()).toContain('"authrole":"server"');
    await part.stop();
  });

  const stops: readonly (readonly [string, () => Readonly<Record<string, string>>, string])[] = [
    ['a wrong secret', () => ({ WAMP_SECRET: 'wrong' }), 'WAMP_SECRET'],
    ['no secret', () => ({ CROSSBAR_DIR: '/nowhere', CROSSBAR_CA: caFile() }), 'WAMP_SECRET'],
    ['an unknown CA', () => ({ CROSSBAR_TLS_PORT: String(router.portOf('stranger')) }), 'ca_cert.pem'],
    [
      'a certificate for other names',
      () => ({ CROSSBAR_TLS_PORT: String(router.portOf('misnamed')) }),
      'CROSSBAR_HOST',
    ],
    ['a CA file that is missing', () => ({ CROSSBAR_CA: 'missing.pem' }), 'missing.pem'],
    ['a CA file that can not be read', () => ({ CROSSBAR_CA: dir }), 'EISDIR'],
    ['a CA file without a certificate', () => ({ CROSSBAR_CA: '.crossbar/server_key.pem' }), 'server_key.pem'],
    ['plain text on the TLS port', () => ({ WAMP_URI: secureUrl().replace('wss', 'ws') }), 'CROSSBAR_OCS_PORT'],
    ['TLS on the plain port', () => ({ CROSSBAR_TLS_PORT: String(router.plainPort) }), 'CROSSBAR_TLS_PORT'],
  ];
  it('a node without a secret on the plain port stops and says what to set', async () => {
    const env = { ...joining, WAMP_URI: router.plainUrl, CROSSBAR_DIR: '/nowhere', ...nodes[0].env, NAME: 'mine' };
    const { status, output } = await runSisock(['node', 'weather'], { ...env, LOGLEVEL: 'error' }, dir);
    expect(status).toBe(1);
    expect(output.trim().split('\n')).toHaveLength(1);
    expect(output).toContain('WAMP_SECRET');
  });

  it.each(stops)('%s stops a part with one line', async (_, env, named) => {
    const { status, output } = await runSisock(['hub'], { ...joining, ...env(), LOGLEVEL: 'error' }, dir);
    expect(status).toBe(1);
    expect(output.trim().split('\n')).toHaveLength(1);
    expect(output).toContain(named);
  });

  it.each(['expired', 'early'])('a certificate that is %s is waited for, and told once', async (which) => {
    const env = { ...joining, CROSSBAR_TLS_PORT: String(router.portOf(which)), LOGLEVEL: 'debug' };
    const attempts = (output: string) => output.split('no WAMP session: trying again').length - 1;
    const { status, output } = await runSisock(['hub'], env, dir, (text) => attempts(text) >= 3);
    expect(status).toBeNull();
    const warnings = output.split('\n').filter((line) => line.includes('"level":40'));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(which === 'expired' ? 'has expired' : 'is not valid yet');
    expect(warnings[0]).toContain('server_cert.pem');
  });

  it.each([
    ['a key of another certificate', { CROSSBAR_KEY: '.crossbar/stranger_key.pem' }, 'is not the key of'],
    ['a certificate that is missing', { CROSSBAR_CERT: 'gone.pem' }, 'gone.pem'],
    ['a key that can not be read', { CROSSBAR_KEY: '.crossbar' }, 'EISDIR'],
  ])('%s is refused where the router is set up, with one line', async (_, env, named) => {
    const words = name === 'Crossbar' ? ['crossbar-config'] : ['router'];
    const { status, output } = await runSisock(words, { CROSSBAR_OCS_PORT: String(await freePort()), ...env }, dir);
    expect(status).toBe(1);
    expect(output.trim().split('\n')).toHaveLength(1);
    expect(output).toContain(named);
  });

  it('a renewed certificate of a new CA: parts and consumers are back', async () => {
    const renewed = certificateAuthority('the next authority');
    await writePair(dir, 'server', renewed.issue());
    await writeFile(caFile(), renewed.cert);
    if (name !== 'Crossbar')
      await until('a join by the new certificate', () =>
        join_('early', { url: secureUrl() }).then(
          () => true,
          (error: Error) => !error.message.includes('certificate verify failed'),
        ),
      );
    await consumer.stop();
    await router.restart();
    consumer = await startConsumer();
    await until('all nodes listed', async () => {
      const list = (await consumer.ask({ do: 'nodes' }).catch(() => [])) as { name: string }[];
      return nodes.every((node) => list.some((one) => one.name === node.name));
    });
  });
});
