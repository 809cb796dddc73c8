/** The examples of examples/, as docs/clients.md tells to run them, at a Crossbar with TLS. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { certificateAuthority } from '@sisock/testkit';
import { parse } from 'yaml';
import { accepts } from './peers/accepts.js';
import { type PeerProcess, repositoryDir, startProcess, stopAllProcesses, venvBin } from './peers/peer-process.js';
import { type SecureRouter, startSecureCrossbar, writePair } from './peers/secure-router.js';
import { type Part, startPart } from './peers/sisock.js';
import { until } from './peers/until.js';

const examples = join(repositoryDir, 'examples');
const tsc = join(repositoryDir, 'node_modules/typescript/bin/tsc');
const weatherDir = join(repositoryDir, 'test/fixtures/apex-weather');
const samples = /apex_archive::apex_humidity: (\d+) samples\n((?: {2}\S+ {2}\S+\n?){3})/;

describe('the examples', () => {
  const ca = certificateAuthority();
  let dir: string;
  let router: SecureRouter;
  let joining: Readonly<Record<string, string>>;
  const parts: Part[] = [];

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sisock-examples-'));
    const built = await run(process.execPath, [tsc, '-b', join(examples, 'typescript')]);
    expect(built).toEqual({ status: 0, output: '' });
    await writePair(dir, 'server', ca.issue());
    await writeFile(join(dir, '.crossbar', 'ca_cert.pem'), ca.cert);
    router = await startSecureCrossbar(dir, {});
    joining = { CROSSBAR_HOST: 'localhost', CROSSBAR_TLS_PORT: String(router.tlsPort) };
    const start = async (words: readonly string[], env = {}) =>
      parts.push(
        await startPart(words, { ...joining, ...env }, dir, (process) =>
          until(`${words.join(' ')} joined`, () => {
            if (!process.running) throw new Error('it ended');
            return process.output().includes('"joined"');
          }),
        ),
      );
    await start(['hub']);
    await start(['node', 'weather'], { WEATHER_DIRECTORY: weatherDir });
  });
  afterAll(async () => {
    await Promise.all(parts.map((part) => part.stop()));
    await router?.stop();
    await stopAllProcesses();
    await rm(dir, { recursive: true, force: true });
  });

  const run = async (command: string, args: readonly string[], env = {}) => {
    const options = { cwd: dir, env: { ...joining, WAMP_SECRET: undefined, ...env } };
    const process = startProcess(args[0]!, command, args, options);
    await until(`the end of ${args[0]}`, () => !process.running).catch(async (error: unknown) => {
      await process.kill();
      throw new Error(process.output(), { cause: error });
    });
    return { status: await process.ended, output: process.output() };
  };

  describe.each([
    ['Python', () => [venvBin('python'), join(examples, 'python/consumer.py')]],
    ['TypeScript', () => [process.execPath, join(examples, 'typescript/dist/consumer.js')]],
  ])('the consumer in %s', (_, command) => {
    const consumer = (args: readonly string[] = [], env = {}) => {
      const [program, script] = command() as [string, string];
      return run(program, [script, ...args], env);
    };

    it('lists nodes and fields, and gives the newest samples', async () => {
      // The hub may list the node a moment later.
      const { output } = await until('the node listed', async () => {
        const result = await consumer(['apex_archive::apex_humidity']).catch(() => false as const);
        return result !== false && result.status === 0 && result;
      });
      expect(output).toMatch(/^apex_archive \(Weather archive of the APEX telescope\): 5 fields/m);
      expect(output).toMatch(/^ {2}apex_humidity {2}\[.+\]$/m);
      const [, count, newest] = samples.exec(`${output}\n`)!;
      const file = await readFile(join(weatherDir, 'apex_humidity.dat'), 'utf8');
      const written = new Map(
        file
          .split('\n')
          .filter((line) => line !== '' && !line.startsWith('#'))
          .map((line) => line.trim().split(/\s+/).map(Number) as [number, number]),
      );
      expect(Math.abs(Number(count) - written.size)).toBeLessThan(20);
      const told = newest!.trimEnd().split('\n');
      expect(told.map((line) => line.trim().split('  ')).map(([t, v]) => [Date.parse(t!) / 1000, Number(v)])).toEqual(
        [...written].slice(-3),
      );
    });

    it.each([
      ['a wrong secret', { WAMP_SECRET_FILE: 'wrong' }, /denied|refuse|secret|signature|not_authorized/i],
      ['another CA', { CROSSBAR_CA: 'other.pem' }, /certificate|CA/],
      ['a CA file that is missing', { CROSSBAR_CA: 'missing.pem' }, /missing\.pem/],
    ])('%s ends it with a message', async (_what, env, named) => {
      await writeFile(join(dir, 'wrong'), 'wrong\n');
      await writeFile(join(dir, 'other.pem'), certificateAuthority('another').cert);
      const { status, output } = await consumer([], env);
      expect(status).toBe(1);
      expect(output).toMatch(named);
    });
  });

  it('the OCS client starts an acquisition, and tells that it runs', async () => {
    const configuration = parse(await readFile(join(examples, 'ocs/default.yaml'), 'utf8')) as {
      hub: Record<string, string>;
      hosts: Record<string, unknown>;
    };
    expect(Object.keys(configuration.hosts)).toEqual(['ocs-docker']);
    // The addresses are of the lab's router; here its port is another.
    for (const [name, url] of Object.entries(configuration.hub))
      configuration.hub[name] = url.replace('127.0.0.1:8001', `127.0.0.1:${router.plainPort}`);
    const site = join(dir, 'ocs');
    await mkdir(site);
    await writeFile(join(site, 'default.yaml'), JSON.stringify(configuration));
    const env = { OCS_CONFIG_DIR: site, INSTANCE_ID: undefined, SITE_HUB: undefined, SITE_HTTP: undefined };
    const args = ['--instance-id', 'fake-data1', '--site-host', 'ocs-docker', '--crossbar-timeout', '120'];
    expect(await accepts(router.plainPort)).toBe(true);
    const agent: PeerProcess = startProcess('fake-data1', venvBin('ocs-agent-cli'), args, { env, cwd: dir });
    const { output } = await until('the acquisition', async () => {
      if (!agent.running) throw new Error(agent.output());
      const result = await run(venvBin('python'), [join(examples, 'ocs/start_acq.py'), 'fake-data1'], env);
      return result.status === 0 && result;
    });
    expect(output).toContain('status=running');
  });
});
