import { afterEach, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataNodeServer } from '@sisock/data-node-server';
import { silentLogger } from '@sisock/runtime';
import { type CertificateOptions, freePort, selfSigned } from '@sisock/testkit';
import { connectSession } from '@sisock/wamp';
import { until } from '../interop/peers/until.js';
import { type SisockProcess, startSisock, startStack } from '../support/stack-process.js';

interface Finding {
  readonly check: string;
  readonly status: string;
  readonly message: string;
  readonly cure?: string;
}
type Env = Readonly<Record<string, string>>;

const running: SisockProcess[] = [];
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean();
  await Promise.all(running.splice(0).map((sisock) => sisock.stop('SIGKILL')));
});

function run(words: readonly string[], env: Env = {}): SisockProcess {
  const sisock = startSisock(words, env);
  running.push(sisock);
  return sisock;
}

/** Every finding, and those that are not well as one line each. */
async function doctor(env: Env): Promise<{ status: number | string; findings: Finding[]; bad: string[] }> {
  const sisock = run(['doctor', '--json'], { DOCTOR_DEADLINE: '60', ...env });
  const status = await sisock.ended;
  const { ok, findings } = JSON.parse(sisock.stdout()) as { ok: boolean; findings: Finding[] };
  expect(status).toBe(ok ? 0 : 1);
  const bad = findings.filter((one) => one.status === 'fail' || one.status === 'warn');
  for (const one of bad) expect(one.cure).toBeTruthy();
  return { status, findings, bad: bad.map((one) => `${one.status} ${one.check}: ${one.message}`) };
}

/** Waits until the doctor finds these, and nothing else that is not well: what is late on a busy machine comes. */
function finds(env: Env, ...lines: readonly RegExp[]): Promise<true> {
  return until(lines.join(), async () => {
    expect((await doctor(env)).bad).toEqual(lines.map((line) => expect.stringMatching(line)));
    return true as const;
  });
}

/** A router in a process of its own, and what others need to join it. */
async function startRouter(env: Env = {}): Promise<{ router: SisockProcess; env: Env }> {
  const router = run(['router'], { CROSSBAR_OCS_PORT: '0', ...env });
  await until('the router is up', () => router.stdout().includes('ws://'));
  const port = /ws:\/\/[^/]+:(\d+)\/ws/.exec(router.stdout())![1]!;
  return { router, env: { CROSSBAR_OCS_PORT: port, SISOCK_DATA_DIR: router.dataDirectory, PORT: '1' } };
}

async function startBridge(env: Env): Promise<Env> {
  const bridge = run(['http'], { ...env, PORT: '0' });
  await until('the bridge is up', () => bridge.stdout().includes('http://'));
  return { ...env, PORT: /http:\/\/[^/]+:(\d+)/.exec(bridge.stdout())![1]! };
}

/** A router that presents this certificate; parts trust it. */
async function startTlsRouter(certificate: CertificateOptions): Promise<Env> {
  const directory = mkdtempSync(join(tmpdir(), 'crossbar-'));
  cleanups.push(() => rmSync(directory, { recursive: true }));
  const { cert, key } = selfSigned(certificate);
  writeFileSync(join(directory, 'server_cert.pem'), cert);
  writeFileSync(join(directory, 'server_key.pem'), key);
  mkdirSync(join(directory, 'secrets'));
  for (const user of ['server', 'consumer']) writeFileSync(join(directory, 'secrets', user), `secret of ${user}`);
  const port = String(await freePort());
  const { env } = await startRouter({ CROSSBAR_DIR: directory, CROSSBAR_TLS_PORT: port });
  return { ...env, CROSSBAR_DIR: directory, CROSSBAR_TLS_PORT: port };
}

describe('sisock doctor', () => {
  it('finds nothing wrong with a whole stack, and one line a finding', async () => {
    const stack = await startStack({ SISOCK_DEMO: 'yes' });
    running.push(stack);
    const env = {
      SISOCK_DATA_DIR: stack.dataDirectory,
      PORT: new URL(stack.url).port,
      CROSSBAR_OCS_PORT: new URL(stack.routerUrl).port,
    };
    const { findings } = await until('all is well', async () => {
      const found = await doctor(env);
      return found.status === 0 && found.bad.length === 0 && found;
    });
    const checks = findings.map((one) => one.check);
    for (const check of ['configuration', 'certificates', 'router', 'login server', 'login consumer', 'hub']) {
      expect(checks).toContain(check);
    }
    for (const check of ['feed log', 'archive database', 'data directory', 'scanner', 'archive files']) {
      expect(findings.find((one) => one.check === check)?.status).toBe('ok');
    }
    expect(checks.filter((check) => check.startsWith('node '))).toHaveLength(4);
    expect(checks.filter((check) => check.startsWith('agent ')).length).toBeGreaterThan(1);
    expect(findings.filter((one) => /^data source/.test(one.check) && one.status === 'ok').length).toBeGreaterThan(0);

    const read = await until('it is told as text', async () => {
      const told = run(['doctor'], { ...env, DOCTOR_DEADLINE: '60' });
      return (await told.ended) === 0 && told;
    });
    expect(read.stdout().trim().split('\n').length).toBeGreaterThanOrEqual(findings.length - 1);

    await finds({ ...env, WAMP_SECRET: 'wrong' }, /^fail login server: .*refuses us as "server".*WAMP_SECRET/);
    await finds({ ...env, PORT: String(await freePort()) }, /^fail bridge: nothing answers at .*ECONNREFUSED/);
    await finds({ ...env, PORT: env.CROSSBAR_OCS_PORT }, /^fail bridge: what answers at .* is no bridge of sisock/);
  });

  it('names wrong settings and names of none, and refuses wrong arguments', async () => {
    const { bad } = await doctor({ CROSSBAR_OCS_PORT: 'x', SISOCK_TYPO: 'y' });
    expect(bad).toEqual([
      expect.stringMatching(/^fail configuration: CROSSBAR_OCS_PORT "x" is not/),
      expect.stringMatching(/^warn configuration: SISOCK_TYPO is no setting/),
    ]);
    const wrong = run(['doctor', '--xml']);
    expect(await wrong.ended).toBe(2);
  });

  it('names a router that is down', async () => {
    const { bad } = await doctor({ CROSSBAR_OCS_PORT: String(await freePort()), PORT: '1' });
    expect(bad[0]).toMatch(/^fail router: nothing answers at ws:.*ECONNREFUSED/);
    expect(bad).toHaveLength(2);
  });

  it('names a missing dot directory', async () => {
    const { env } = await startRouter();
    const { bad } = await doctor({ ...env, CROSSBAR_TLS_PORT: '8080', CROSSBAR_DIR: '/nonexistent/.crossbar' });
    expect(bad[0]).toMatch(/^fail certificates: the directory \/nonexistent\/.crossbar is not there/);
  });

  it('names an expired certificate', async () => {
    const now = Date.now() / 1000;
    const env = await startTlsRouter({ notBefore: now - 864_000, notAfter: now - 86_400 });
    const { bad, findings } = await doctor(env);
    expect(bad.filter((line) => line.startsWith('fail'))[0]).toMatch(/^fail certificates: .*has expired/);
    expect(findings.find((one) => one.check === 'logins')?.status).toBe('skip');
  });

  it('asks for config.json where the key of a router is, and nowhere else', async () => {
    const env = await startTlsRouter({ notAfter: Date.now() / 1000 + 1e7 });
    const missing = /config\.json is not there/;
    expect((await doctor(env)).bad).toContainEqual(expect.stringMatching(missing));
    rmSync(join(env['CROSSBAR_DIR']!, 'server_key.pem'));
    const { bad, findings } = await doctor(env);
    expect(bad.filter((line) => missing.test(line))).toEqual([]);
    expect(findings.find((one) => one.check === 'certificates')?.status).toBe('ok');
  });

  it('names a misnamed certificate', async () => {
    const env = await startTlsRouter({ hosts: ['elsewhere.example'], notAfter: Date.now() / 1000 + 1e7 });
    const { bad } = await doctor(env);
    const failed = bad.filter((line) => line.startsWith('fail') && !line.startsWith('fail bridge'));
    expect(failed).toEqual([
      expect.stringMatching(/^fail certificates: .*other names than 127\.0\.0\.1.*elsewhere\.example/),
    ]);
  });

  it('names a hub that is down, and a bridge without a session', async () => {
    const { env } = await startRouter();
    const { PORT } = await startBridge({ ...env, CROSSBAR_OCS_PORT: String(await freePort()) });
    await finds({ ...env, PORT: PORT! }, /^fail hub: no hub answers/, /^fail bridge: .*has no session with the router/);
  });

  it('names a node that hangs, a node with old data, and an agent that is silent', async () => {
    const { env } = await startRouter();
    run(['hub'], env);
    const feeds = run(['node', 'data-feed'], { ...env, FEED_PATTERN: 'observatory..feeds.' });
    const fixtures = join(import.meta.dirname, '../fixtures/apex-weather');
    const weather = run(['node', 'weather'], { ...env, WEATHER_DIRECTORY: fixtures, NAME: 'old_weather' });
    for (const node of [feeds, weather]) await until('it is listed', () => node.stderr().includes('listed by the hub'));
    const agent = connectSession({ url: `ws://127.0.0.1:${env['CROSSBAR_OCS_PORT']}/ws` });
    cleanups.push(() => agent.close());
    await agent.ready;
    const address = 'observatory.thermometer';
    const info = { agent_address: address, feed_name: 'heartbeat', address: `${address}.feeds.heartbeat` };
    await agent.publish(info.address, [
      [{ acq: 3 }, { ...info, agg_params: {}, record: false, session_id: '1', agent_class: 'Thermometer' }],
    ]);
    const { bad } = await until('the agent is silent', async () => {
      const found = await doctor(env);
      return found.bad.some((line) => line.startsWith('fail agent')) && found;
    });
    // Nodes stand in the order in which the hub listed them.
    expect([...bad.slice(0, 2)].sort().concat(bad.slice(2, 3))).toEqual([
      expect.stringMatching(/^warn node feeds: it has no recent sample/),
      expect.stringMatching(/^warn node old_weather: newest sample \d+ days old/),
      expect.stringMatching(/^fail agent observatory\.thermometer: last sign of life \d+ s ago/),
    ]);
    feeds.child.kill('SIGSTOP');
    const hung = await until('the node that hangs is named', async () => {
      const found = await doctor({ ...env, DOCTOR_DEADLINE: '2', DOCTOR_ARCHIVES: 'old_*' });
      return /^fail node feeds: the hub lists it, but it does not answer/.test(found.bad[0] ?? '') && found;
    });
    expect(hung.bad.some((line) => line.includes('old_weather'))).toBe(false);
  });

  it('asks a node that tells no health how old its data are', async () => {
    const { env } = await startRouter();
    run(['hub'], env);
    const secret = join(env['SISOCK_DATA_DIR']!, 'secrets/server');
    const node = await new Thermometer().start({ env: { ...env, WAMP_SECRET_FILE: secret }, log: silentLogger() });
    cleanups.push(() => node.close());
    await node.listed;
    const { findings } = await doctor(env);
    const found = findings.find((one) => one.check === 'node thermometer');
    expect(found).toMatchObject({ status: 'ok', message: expect.stringMatching(/^newest sample \d+ s old/) });
  });
});

/** In the original's manner: it says nothing of itself but its fields and data. */
class Thermometer extends DataNodeServer {
  override readonly name = 'thermometer';
  override readonly description = 'One sample, of just now';

  override getFields() {
    const kelvin = { timeline: 'seconds', type: 'number', units: 'K', description: null } as const;
    return [{ kelvin }, { seconds: { interval: 1, field: ['kelvin'] } }] as const;
  }

  override getData() {
    const now = Date.now() / 1000;
    return { data: { kelvin: [0.1] }, timeline: { seconds: { t: [now - 1], finalized_until: now } } };
  }
}
