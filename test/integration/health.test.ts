/** What keeps a part from its work, its health says in one line, and the doctor too; and both are well again by themselves. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@sisock/testkit';
import { until } from '../interop/peers/until.js';
import { type SisockProcess, startSisock } from '../support/stack-process.js';

type Env = Readonly<Record<string, string>>;
const patienceMs = 60_000;
const running: SisockProcess[] = [];
const made: string[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((sisock) => sisock.stop('SIGKILL')));
  for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true });
});

function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'sisock-health-'));
  made.push(path);
  return path;
}

function run(words: readonly string[], env: Env): SisockProcess {
  const sisock = startSisock(words, env, { bound: true });
  running.push(sisock);
  return sisock;
}

/** A part with its health. */
async function startPart(
  words: readonly string[],
  env: Env,
): Promise<{ readonly part: SisockProcess; readonly port: string }> {
  const port = String(await freePort());
  return { part: run(words, { ...env, HEALTH_PORT: port }), port };
}

/** What `sisock health` prints of the part on that port; it ends with status 0 when that is "ready", else with 1. */
async function healthLine(port: string): Promise<string> {
  const asked = run(['health'], { HEALTH_PORT: port });
  const status = await asked.ended;
  const line = asked.stdout();
  expect(line.match(/\n/g)).toHaveLength(1);
  expect(status).toBe(line === 'ready\n' ? 0 : 1);
  return line.trim();
}

const saysOf = (port: string, wanted: RegExp) =>
  until(
    `health says ${String(wanted)}`,
    async () => {
      const line = await healthLine(port);
      if (!wanted.test(line)) throw new Error(line);
      return line;
    },
    patienceMs,
  );

/** The doctor's finding of that name, as `status message -> cure`. */
async function doctorSays(check: string, env: Env): Promise<string> {
  const doctor = run(['doctor', '--json'], { DOCTOR_DEADLINE: '5', PORT: '1', ...env });
  await doctor.ended;
  const { findings } = JSON.parse(doctor.stdout()) as {
    findings: Record<'check' | 'status' | 'message' | 'cure', string>[];
  };
  const found = findings.find((one) => one.check === check);
  return `${found?.status} ${found?.message} -> ${found?.cure}`;
}

async function startRouter(): Promise<Env> {
  const router = run(['router'], { CROSSBAR_OCS_PORT: '0' });
  const port = await until('the router is up', () => /ws:\/\/[^/]+:(\d+)\/ws/.exec(router.stdout())?.[1], patienceMs);
  return { CROSSBAR_OCS_PORT: port, WAMP_SECRET_FILE: join(router.dataDirectory, 'secrets/server') };
}

describe('a scanner', () => {
  it.each([
    ['whose tree can not be read', (tree: string) => chmodSync(tree, 0), (tree: string) => chmodSync(tree, 0o755), /^DATA_DIRECTORY TREE can't be read: EACCES; let user \d+ read it \(chown, chmod\)$/], // prettier-ignore
    ['whose tree may be listed and not entered', (tree: string) => chmodSync(tree, 0o600), (tree: string) => chmodSync(tree, 0o755), /^DATA_DIRECTORY TREE can't be read: EACCES; let user \d+ read it \(chown, chmod\)$/], // prettier-ignore
    ['with a day that can not be read', (tree: string) => chmodSync(join(tree, '17000'), 0), (tree: string) => chmodSync(join(tree, '17000'), 0o755), /^TREE\/17000 can't be read: EACCES; let user \d+ read it \(chown, chmod\)$/], // prettier-ignore
    ['whose tree went', (tree: string) => renameSync(tree, `${tree}-away`), (tree: string) => renameSync(`${tree}-away`, tree), /^DATA_DIRECTORY TREE can't be read: ENOENT; is it mounted\? /], // prettier-ignore
  ])(
    '%s',
    async (_what, spoil, mend, wanted) => {
      const tree = join(directory(), 'hk');
      mkdirSync(join(tree, '17000'), { recursive: true });
      writeFileSync(join(tree, '17000/1.g3'), '');
      const line = new RegExp(wanted.source.replace('TREE', tree));
      const { part, port } = await startPart(['g3-file-scanner'], { DATA_DIRECTORY: tree, SCAN_INTERVAL: '1' });
      await saysOf(port, /^ready$/);
      spoil(tree);
      await saysOf(port, line);
      const env = { SISOCK_DATA_DIR: part.dataDirectory, DATA_DIRECTORY: tree };
      const said = await doctorSays('data directory', env);
      mend(tree);
      expect(said).toMatch(/^fail /);
      expect(said.replace(/^fail | -> .*$/g, '')).toMatch(
        new RegExp(line.source.replace(/;.*$/, '').replace(/\$$/, '')),
      );
      expect(said.replace(/^.* -> /, '')).toMatch(/let user \d+ read it|is it mounted/);
      await saysOf(port, /^ready$/);
      expect(await doctorSays('data directory', env)).toMatch(/^ok /);
    },
    4 * patienceMs,
  );
});

describe('without a router', () => {
  it.each([
    ['the bridge', ['http'], { PORT: '0', WAMP_SECRET: 's' }],
    ['the hub', ['hub'], { WAMP_SECRET: 's' }],
    ['a data node', ['node', 'sensors'], { WAMP_SECRET: 's' }],
  ])(
    '%s is not ready, and names the address',
    async (_what, words, env) => {
      const ocsPort = String(await freePort());
      const { port } = await startPart(words, { ...env, CROSSBAR_OCS_PORT: ocsPort });
      await saysOf(port, new RegExp(`no session with the router at ws://127.0.0.1:${ocsPort}/ws`));
    },
    2 * patienceMs,
  );
});

describe('a part that the router lets in', () => {
  it(
    'is not ready without its files, its log or the hub, and the doctor names the same',
    async () => {
      const env = await startRouter();
      const weather = join(directory(), 'weather');
      mkdirSync(weather);
      writeFileSync(join(weather, 'a.dat'), '# a\n100 1\n');
      const data = directory();
      const log = join(data, 'feed-log');
      mkdirSync(log, { mode: 0o500 });
      const node = await startPart(['node', 'weather'], { ...env, WEATHER_DIRECTORY: weather, NAME: 'w' });
      const feed = await startPart(['node', 'data-feed'], {
        ...env,
        FEED_PATTERN: 'observatory..feeds.',
        NAME: 'f',
        FEED_LOG: log,
      });
      const bridge = await startPart(['http'], { ...env, WAMP_USER: 'server', PORT: '0' });

      await saysOf(node.port, /^data node w is not listed by the hub/);
      await saysOf(bridge.port, /^the hub gives no list of data nodes: /);
      const hub = await startPart(['hub'], env);
      await saysOf(hub.port, /^ready$/);
      await saysOf(node.port, /^ready$/);
      await saysOf(bridge.port, /^ready$/);

      const shut = `feed log ${log} can't be written: EACCES; let user \\d+ write there \\(chown, chmod\\)`;
      await saysOf(feed.port, new RegExp(`^data node f: ${shut}$`));
      expect(await doctorSays('node f', env)).toMatch(new RegExp(`^fail ${shut} -> `));
      chmodSync(log, 0o755);
      await saysOf(feed.port, /^ready$/);

      renameSync(weather, `${weather}-away`);
      const away = `WEATHER_DIRECTORY "${weather}" can't be read: ENOENT; is it mounted\\?`;
      await saysOf(node.port, new RegExp(`^data node w: ${away}`));
      expect(await doctorSays('node w', env)).toMatch(new RegExp(`^fail ${away}`));
      renameSync(`${weather}-away`, weather);
      await saysOf(node.port, /^ready$/);
    },
    8 * patienceMs,
  );
});

describe('the data directory of a part', () => {
  it.each([
    ['the hub', ['hub'], {}],
    ['the router', ['router'], { CROSSBAR_OCS_PORT: '0' }],
    ['the scanner', ['g3-file-scanner'], { DATA_DIRECTORY: tmpdir() }],
    ['everything in one', ['up'], { CROSSBAR_OCS_PORT: '0', PORT: '0' }],
  ])(
    'that can not be made ends %s with one line',
    async (_what, words, env) => {
      const shut = directory();
      chmodSync(shut, 0o500);
      const part = run(words, { ...env, SISOCK_DATA_DIR: join(shut, 'data') });
      expect(await part.ended).toBe(1);
      const { msg } = JSON.parse(part.stderr()) as { msg: string };
      expect(msg).toMatch(/^SISOCK_DATA_DIR "[^"]*" can't be (made|used): EACCES; let user \d+ write there/);
    },
    patienceMs,
  );
});

describe('sisock up', () => {
  it(
    'tells what keeps any of its parts from its work',
    async () => {
      const tree = join(directory(), 'hk');
      mkdirSync(tree);
      writeFileSync(join(tree, '1.g3'), '');
      const { port } = await startPart(['up'], {
        PORT: '0',
        CROSSBAR_OCS_PORT: '0',
        SISOCK_DEMO: 'no',
        DATA_DIRECTORY: tree,
      });
      await saysOf(port, /^ready$/);
      chmodSync(tree, 0);
      await saysOf(port, new RegExp(`DATA_DIRECTORY ${tree} can't be read: EACCES`));
      chmodSync(tree, 0o755);
      await saysOf(port, /^ready$/);
    },
    4 * patienceMs,
  );
});
