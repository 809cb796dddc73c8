import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { hashSecret, readSettings, silentLogger } from '@sisock/runtime';
import { fakeClock, until } from '@sisock/testkit';
import { bridgeSettings, createBridge, openBridgeAccess } from '../src/index.js';
import { live, query, ramp, type Running, start, t0 } from './helpers.js';

let directory: string;
let path: string;
const closing: { close(): Promise<void> }[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'access-'));
  path = join(directory, 'access.json');
});
afterEach(async () => {
  await Promise.all(closing.splice(0).map((one) => one.close()));
  rmSync(directory, { recursive: true });
});

const openFile = (env: Readonly<Record<string, string>> = {}) => {
  const settings = readSettings(bridgeSettings, { SISOCK_ACCESS_FILE: path, ...env });
  const access = openBridgeAccess(settings, { log: silentLogger(), clock: fakeClock(0) });
  closing.push(access);
  return access;
};

const basic = (user: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** A bridge with an open, a hidden and a guests' node; ada sees all but the hidden one, the token's holder all. */
async function guarded(anonymous: { nodes: string[] } | null = null): Promise<Running> {
  const [user, token] = await Promise.all([hashSecret('päss:word'), hashSecret('scripts.abc')]);
  const rules = {
    anonymous,
    tokens: [{ name: 'scripts', hash: token, nodes: ['*'] }],
    users: [{ name: 'ada', hash: user, nodes: ['*', '!hidden'] }],
  };
  writeFileSync(path, JSON.stringify(rules));
  return start({ open: ramp(3), hidden: ramp(3), guests: ramp(3) }, { access: openFile() });
}

async function postAs(running: Running, path: string, body: unknown, headers: Record<string, string>) {
  const response = await fetch(running.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, text: await response.text() };
}

const ada = basic('ada', 'päss:word');
const scripts = bearer('scripts.abc');

describe('a bridge with an access file', () => {
  it('asks for credentials, and takes a token or a user', async () => {
    const { get, url } = await guarded();
    const refused = await get('/');
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toBe(
      'Basic realm="sisock", charset="UTF-8", Bearer realm="sisock"',
    );
    for (const headers of [ada, scripts]) expect((await get('/', headers)).status).toBe(200);
    for (const wrong of [basic('ada', 'pass'), basic('eve', 'päss:word'), bearer('scripts.abd'), bearer('abc')]) {
      const { status, json } = await get('/api/v1/nodes', wrong);
      expect([status, json.error.code]).toEqual([401, 'not_authorized']);
    }
    const upgrade = await new Promise<string | undefined>((resolve) => {
      void live(url).catch((error: Error) => resolve(error.message));
    });
    expect(upgrade).toMatch(/401/);
  });

  it('takes a token in the login box of a browser: its name as the user, the token as the password', async () => {
    const { get } = await guarded();
    expect((await get('/api/v1/status', basic('scripts', 'scripts.abc'))).json.user).toBe('scripts');
    expect((await get('/api/v1/status', basic('scripts', 'scripts.abd'))).status).toBe(401);
    expect((await get('/api/v1/status', basic('', 'scripts.abc'))).status).toBe(401);
    expect((await get('/api/v1/status', basic('ada', 'scripts.abc'))).status).toBe(401);
  });

  it('asks strangers for a login where they want to log in, and leads who did to the page', async () => {
    const { get, url } = await guarded({ nodes: ['g*'] });
    expect((await get('/api/v1/status')).json).toMatchObject({ user: null, login: true });
    const refused = await get('/login');
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toContain('Basic');
    const there = await fetch(`${url}/login`, { headers: ada, redirect: 'manual' });
    expect([there.status, there.headers.get('location')]).toEqual([302, '/']);
  });

  it('answers about a hidden node as about one that is not there, in every route', async () => {
    const running = await guarded();
    const asked = async (node: string) => {
      const range = `from=${t0}&to=${t0 + 9}`;
      const gets = [
        `/api/v1/series?field=${node}::v&${range}`,
        `/api/v1/series?field=${node}::v&raw=true&${range}`,
        `/api/v1/latest?field=${node}::v`,
        `/api/v1/fields?node=${node}`,
        `/api/v1/fields?q=${node}`,
        '/api/v1/timelines',
        '/api/v1/nodes',
        '/api/v1/status',
        `/api/v1/events?from=0&q=${node}`,
        '/',
      ];
      const posts: [string, unknown][] = [
        ['/search', { target: node }],
        ['/query', query([`${node}::v`], t0, t0 + 9)],
      ];
      const client = await live(running.url, ada);
      client.send({ subscribe: [`${node}::v`] });
      const subscribed = JSON.stringify(await client.got((message) => message.type === 'subscribed'));
      const texts = [
        ...(await Promise.all(gets.map(async (path) => running.get(path, ada)))).map((a) => `${a.status} ${a.text}`),
        ...(await Promise.all(posts.map(([path, body]) => postAs(running, path, body, ada)))).map(
          (a) => `${a.status} ${a.text}`,
        ),
        subscribed,
      ];
      return texts.map((text) => text.replaceAll(node, 'NODE'));
    };
    expect(await asked('hidden')).toEqual(await asked('absent'));
    const all = await running.get('/api/v1/nodes', scripts);
    expect(all.json.nodes).toHaveLength(3);
  });

  it('leaves hidden nodes out of /metrics', async () => {
    const running = await guarded();
    running.metrics.counter('sisock_some_total', 'Some', ['kind', 'node']).inc({ kind: 'x', node: 'hidden' });
    running.metrics.counter('sisock_some_total', 'Some', ['kind', 'node']).inc({ kind: 'x', node: 'open' });
    const shown = (await running.get('/metrics', ada)).text;
    expect(shown).toContain('sisock_some_total{kind="x",node="open"} 1\n');
    expect(shown).not.toContain('hidden');
    expect((await running.get('/metrics', scripts)).text).toContain('node="hidden"');
  });

  it('shows to anonymous what the file says, and to others what is theirs', async () => {
    const { get } = await guarded({ nodes: ['g*'] });
    const names = async (headers: Record<string, string>) =>
      (await get('/api/v1/nodes', headers)).json.nodes.map((node: { name: string }) => node.name) as string[];
    expect(await names({})).toEqual(['guests']);
    expect(await names(ada)).toEqual(['open', 'guests']);
    expect((await get('/api/v1/nodes', basic('ada', ''))).status).toBe(401);
  });

  it('tells too many wrong logins with 429, and lets a known login through', async () => {
    const { get } = await guarded();
    expect((await get('/', ada)).status).toBe(200);
    const statuses = new Set<number>();
    for (let i = 0; i < 12; i++) statuses.add((await get('/', basic('ada', `wrong ${i}`))).status);
    expect([...statuses]).toEqual([401, 429]);
    const limited = await get('/', basic('ada', 'wrong'));
    expect([limited.json.error.code, limited.headers.get('retry-after')]).toEqual(['too_many', '60']);
    expect((await get('/', ada)).status).toBe(200);
    expect((await get('/', scripts)).status).toBe(200);
  });

  it('sends a live client nothing more of a node that was hidden meanwhile', async () => {
    const reader = ramp(1);
    let hidden = false;
    const running = await start(
      { n: reader },
      {
        access: { authenticate: async () => ({ kind: 'anonymous' }), maySee: () => !hidden },
        limits: { livePollMs: 5 },
      },
    );
    const client = await live(running.url);
    client.send({ subscribe: ['n::v'], since: t0 });
    await client.got((message) => message.type === 'samples');
    hidden = true;
    const batch = { t: Float64Array.of(t0 + 7200), columns: new Map([['v', { kind: 'f64', v: Float64Array.of(1) }]]) };
    reader.append('seconds', batch as never);
    const told = await client.got((message) => message.type === 'error');
    expect(told.error).toEqual({ code: 'unknown_node', message: 'no data node "n": there is none' });
    expect(client.messages.filter((message) => message.type === 'samples')).toHaveLength(1);
  });
});

describe('a bridge without an access file', () => {
  const open = (env: Readonly<Record<string, string>>) => () =>
    openBridgeAccess(readSettings(bridgeSettings, env), { log: silentLogger(), clock: fakeClock(0) });

  it.each(['127.0.0.1', '127.9.9.9', '::1', 'localhost'])('is open on %s', async (host) => {
    const access = open({ SISOCK_BIND: host })();
    expect(await access.authenticate({ kind: 'none' })).toEqual({ kind: 'anonymous' });
    expect(access.maySee({ kind: 'anonymous' }, 'any')).toBe(true);
    await access.close();
  });

  it.each(['0.0.0.0', '::', '192.168.0.7', 'observatory', '::ffff:127.0.0.1'])('refuses to start on %s', (host) => {
    expect(open({ SISOCK_BIND: host })).toThrow(
      /^SISOCK_BIND ".*" lets other machines in.*SISOCK_ACCESS_FILE.*SISOCK_ANONYMOUS=yes/,
    );
    const parts = { site: undefined as never, log: silentLogger(), metrics: undefined as never, clock: () => 0 };
    expect(() => createBridge({ ...parts, host })).toThrow(/lets other machines in/);
  });

  it('is open elsewhere where the settings say so', async () => {
    const access = open({ SISOCK_BIND: '0.0.0.0', SISOCK_ANONYMOUS: 'yes' })();
    expect(access.maySee({ kind: 'anonymous' }, 'any')).toBe(true);
    await access.close();
  });

  it('refuses a file that lets anonymous in where others reach it', async () => {
    writeFileSync(path, JSON.stringify({ anonymous: { nodes: ['*'] } }));
    expect(() => openFile({ SISOCK_BIND: '0.0.0.0' })).toThrow(/SISOCK_ANONYMOUS=yes/);
    await openFile({ SISOCK_BIND: '0.0.0.0', SISOCK_ANONYMOUS: 'yes' }).close();
    await until(() => true);
  });
});
