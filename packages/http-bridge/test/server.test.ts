import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { type AccessPolicy, openAccess, SisockError } from '@sisock/core';
import { readSettings, silentLogger } from '@sisock/runtime';
import { until } from '@sisock/testkit';
import { bridgeOptions, bridgeSettings, createBridge, defaultLimits } from '../src/index.js';
import { hanging, like, live, query, ramp, start, t0, weather } from './helpers.js';

function pageDirectory(): { directory: string; remove: () => void } {
  const directory = mkdtempSync(join(tmpdir(), 'page-'));
  writeFileSync(join(directory, 'index.html'), '<!doctype html><title>sisock</title>');
  writeFileSync(join(directory, 'view.js'), 'export {};');
  writeFileSync(join(directory, '.secret'), 'no');
  return { directory, remove: () => rmSync(directory, { recursive: true }) };
}

const browser = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };
const grafana = { accept: 'application/json, text/plain, */*' };

/** Sends bytes as they are, and takes the whole answer. */
function raw(url: string, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    let text = '';
    socket.on('data', (data) => (text += data.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text));
    socket.write(bytes, 'latin1');
  });
}

describe('the bridge', () => {
  it('answers / with 200 while there is a session and 503 without; a browser gets the page either way', async () => {
    const { directory, remove } = pageDirectory();
    const { get, site } = await start({ n: ramp(1) }, { page: [{ url: '/', directory }] });
    for (const connected of [true, false]) {
      site.setConnected(connected);
      for (const headers of [grafana, {}, { accept: '*/*' }]) {
        const { status, json } = await get('/', headers as Record<string, string>);
        expect(status).toBe(connected ? 200 : 503);
        if (!connected) expect(json.error).toMatchObject({ code: 'unavailable' });
      }
      const page = await get('/', browser);
      expect([page.status, page.text]).toEqual([200, '<!doctype html><title>sisock</title>']);
      expect(page.headers.get('content-type')).toMatch(/^text\/html/);
      expect((await get('/readyz')).status).toBe(connected ? 200 : 503);
      expect((await get('/healthz')).status).toBe(200);
    }
    expect((await get('/view.js')).text).toBe('export {};');
    for (const path of ['/.secret', '/../package.json', '/%2e%2e/package.json', '/..%2f..%2fetc/passwd', '/%00']) {
      expect((await get(path)).status).toBeGreaterThanOrEqual(400);
    }
    remove();
  });

  it('answers 404 and 405 as JSON that says what there is', async () => {
    const { get, post, url, metric } = await start({ n: ramp(1) });
    const missing = await get('/nowhere');
    expect([missing.status, missing.json.error.code]).toEqual([404, 'not_found']);
    const wrong = await get('/query');
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST']);
    expect(wrong.json.message).toBe('/query answers POST, not GET');
    expect((await post('/api/v1/series', {})).status).toBe(405);
    const removal = await fetch(`${url}/search`, { method: 'DELETE' });
    expect(removal.status).toBe(405);
    expect([400, 404]).toContain((await get('/%E0%A4%A')).status);
    expect(await metric('sisock_http_bad_requests_total{route="/query",code="bad_request"}')).toBe(1);
  });

  it('sends modest security headers and no sign of its make', async () => {
    const { get } = await start({ n: ramp(1) });
    const { headers } = await get('/healthz');
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toMatch(/default-src 'self'/);
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });

  it('counts and times requests in /metrics', async () => {
    const running = await start({ n: ramp(10) });
    await running.post('/query', query(['n::v'], t0, t0 + 10));
    const { status, text, headers } = await running.get('/metrics');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^text\/plain/);
    expect(text).toMatch(/sisock_http_requests_total\{route="\/query",status="200"\} 1/);
    expect(text).toMatch(/sisock_http_request_seconds_count\{route="\/query"\} 1/);
    expect(await running.metric('sisock_http_samples_read_total')).toBe(10);
    expect(await running.metric('sisock_http_points_sent_total')).toBe(10);
  });

  it('never tells a client of a stack or a cause', async () => {
    const fails = like(ramp(1), { catalog: () => Promise.reject(new TypeError('secret /etc/path')) });
    const { get, post } = await start({ fails });
    const one = await get('/api/v1/series?field=fails::v');
    expect([one.status, one.json]).toEqual([
      500,
      { error: { code: 'internal', message: 'internal error' }, message: 'internal error' },
    ]);
    expect((await post('/query', query(['fails::v'], t0, t0 + 1))).text).not.toMatch(/secret/);
  });

  it('applies the access policy in every route', async () => {
    const access: AccessPolicy = {
      authenticate: async (credentials) => {
        if (credentials.kind === 'token' && credentials.token === 'good') return { kind: 'token', name: 'good' };
        if (credentials.kind === 'basic' && credentials.password === 'good')
          return { kind: 'basic', name: credentials.user };
        throw new SisockError('not_authorized', 'credentials are needed');
      },
      maySee: (_principal, node) => node === 'open',
    };
    const { url, get } = await start({ open: ramp(3), hidden: ramp(3) }, { access });
    for (const path of ['/', '/search', '/query', '/metrics', '/api/v1/fields', '/api/v1/live', '/nowhere']) {
      expect((await get(path)).status).toBe(401);
    }
    expect((await get('/api/v1/nodes', { authorization: 'Digest x' })).status).toBe(401);
    expect((await get('/healthz')).status).toBe(200);
    await expect(live(url)).rejects.toThrow(/401/);
    const basic = { authorization: `Basic ${Buffer.from('me:good').toString('base64')}` };
    for (const headers of [{ authorization: 'Bearer good' }, basic]) {
      const nodes = await get('/api/v1/nodes', headers);
      expect(nodes.json.nodes.map((n: { name: string }) => n.name)).toEqual(['open']);
      expect((await get('/api/v1/status', headers)).json.nodes).toHaveLength(1);
      expect((await get('/api/v1/fields', headers)).json.fields.map((f: { field: string }) => f.field)).toEqual([
        'open::v',
      ]);
      const series = await get(`/api/v1/series?field=hidden::v&field=open::v&from=${t0}&to=${t0 + 9}`, headers);
      expect(series.json.series).toHaveLength(1);
      expect(series.json.notices[0].message).toBe('no data node "hidden": there are open');
      expect((await get('/api/v1/latest?field=hidden::v', headers)).status).toBe(404);
    }
    const client = await live(url, { authorization: 'Bearer good' });
    client.send({ subscribe: ['hidden::v', 'open::v'] });
    const answer = await client.got((m) => m.type === 'subscribed');
    expect(answer.fields).toHaveLength(1);
  });
});

describe('limits', () => {
  it('are whole numbers from 1 on', () => {
    const make = (limits: object) => () =>
      createBridge({
        site: undefined as never,
        log: silentLogger(),
        metrics: undefined as never,
        clock: () => 0,
        limits,
      });
    for (const value of [0, -1, 1.5, NaN, '5']) expect(make({ targets: value })).toThrow(/limit targets/);
  });

  it('refuse one request too many at once, and take the next when there is room', async () => {
    const node = ramp(1);
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const slow = like(node, { catalog: (range, signal) => held.then(() => node.catalog(range, signal)) });
    const { post, get } = await start({ slow }, { limits: { concurrentRequests: 2, catalogDeadlineMs: 60_000 } });
    const three = [post('/search', {}), post('/search', {}), post('/search', {})];
    const { status, headers } = await Promise.race(three);
    expect([status, headers.get('retry-after')]).toEqual([503, '1']);
    expect((await get('/healthz')).status).toBe(200);
    release();
    expect((await Promise.all(three)).map((answer) => answer.status).sort()).toEqual([200, 200, 503]);
    expect((await post('/search', {})).status).toBe(200);
  });

  it('cap the points of a request and of an answer', async () => {
    const limits = { points: 50, answerPoints: 160, defaultPoints: 30 };
    const { post } = await start({ n: ramp(10_000) }, { limits });
    const points = async (targets: string[], most?: number) =>
      (await post('/query', query(targets, t0, t0 + 10_000, most))).json[0].datapoints.length as number;
    expect(await points(['n::v'], 1e6)).toBeLessThanOrEqual(160);
    expect(await points(['n::v'], 1e6)).toBeGreaterThan(80);
    expect(await points(['n::v', 'n::v', 'n::v', 'n::v'], 1e6)).toBeLessThanOrEqual(40);
    expect(await points(['n::v'])).toBeLessThanOrEqual(120);
  });

  it('cut off clients that send their headers or body too slowly, and refuse headers too long', async () => {
    const limits = { headersTimeoutMs: 200, requestTimeoutMs: 300 };
    const strict = await start({ n: ramp(1) }, { limits });
    expect(await raw(strict.url, 'GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ')).toMatch(/^HTTP\/1.1 408/);
    expect(await raw(strict.url, 'POST /query HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{')).toMatch(
      /^HTTP\/1.1 408|^$/,
    );
    const { url, post } = await start({ n: ramp(1) });
    expect(await raw(url, `GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1.1 431/,
    );
    expect(await raw(url, 'rubbish\r\n\r\n')).toMatch(/^HTTP\/1.1 400/);
    expect((await post('/search', {})).status).toBe(200);
  });

  it('drop connections above their number', async () => {
    const { url } = await start({ n: ramp(1) }, { limits: { connections: 1 } });
    const first = connect(Number(new URL(url).port), '127.0.0.1');
    await new Promise((resolve) => first.once('connect', resolve));
    expect(await raw(url, 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n')).toBe('');
    first.destroy();
    await until(async () =>
      /200 OK/.test(await raw(url, 'GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')),
    );
  });
});

describe('life', () => {
  it('closes within a second, whatever is open', async () => {
    const running = await start({ hangs: hanging(), n: ramp(1) });
    const client = await live(running.url);
    client.send({ subscribe: ['n::v'] });
    await client.got((m) => m.type === 'subscribed');
    const idle = connect(Number(new URL(running.url).port), '127.0.0.1').on('error', () => undefined);
    await new Promise((resolve) => idle.once('connect', resolve));
    const half = httpRequest(`${running.url}/query`, { method: 'POST', headers: { 'content-length': 10 } });
    half.on('error', () => undefined).write('{');
    const hung = running.post('/search', {}).then(
      (answer) => answer.headers.get('sisock-missing'),
      () => 'hangs',
    );
    await until(async () => (await running.get('/healthz')).status === 200);
    await Promise.all([running.bridge.close(), running.bridge.close()]);
    // Cut off, or told that the node's fields are not there.
    expect(await hung).toBe('hangs');
    await until(() => client.closed.code === 1001);
    await expect(fetch(running.url)).rejects.toThrow();
    // Long after the deadline of the hanging node nothing must be left; jest would not end otherwise.
  });

  it('says which port is taken when one was set, and takes another when none was', async () => {
    const holder = createServer();
    const port = await new Promise<number>((resolve) =>
      holder.listen(0, '127.0.0.1', () => resolve((holder.address() as { port: number }).port)),
    );
    const running = await start({ n: ramp(1) });
    const make = (wanted: number | undefined, host?: string) =>
      createBridge({
        site: running.site,
        log: silentLogger(),
        metrics: running.metrics,
        clock: running.clock,
        port: wanted,
        ...(host !== undefined && { host, access: openAccess }),
      });
    const taken = make(port);
    await expect(taken.listen()).rejects.toMatchObject({
      code: 'bad_setting',
      message: `PORT ${port} is taken on 127.0.0.1: choose another`,
    });
    await expect(make(0, '192.0.2.1').listen()).rejects.toMatchObject({ code: 'bad_setting' });
    const one = make(undefined);
    const two = make(undefined);
    const ports = [(await one.listen()).port, (await two.listen()).port];
    // Others may take and leave ports there meanwhile.
    for (const one of ports) expect(one).toBeGreaterThanOrEqual(5000);
    expect(new Set(ports).size).toBe(2);
    await Promise.all([one.close(), two.close(), taken.close()]);
    await new Promise((resolve) => holder.close(resolve));
  });

  it('reads its settings, and names what is wrong with them', () => {
    const plain = bridgeOptions(readSettings(bridgeSettings, {}));
    expect(plain).toMatchObject({ port: undefined, host: '127.0.0.1', allowedOrigins: [] });
    for (const [name, value] of Object.entries(plain.limits)) {
      expect([name, value]).toEqual([name, defaultLimits[name as keyof typeof defaultLimits]]);
    }
    const env = {
      PORT: '0',
      SISOCK_BIND: '0.0.0.0',
      SISOCK_ORIGINS: 'https://a.example, https://b.example',
      HTTP_DEADLINE: '0.5',
    };
    const options = bridgeOptions(readSettings(bridgeSettings, env));
    expect(options).toMatchObject({
      port: 0,
      host: '0.0.0.0',
      allowedOrigins: ['https://a.example', 'https://b.example'],
      // A list of fields is not waited for longer than data.
      limits: { nodeDeadlineMs: 500, catalogDeadlineMs: 500 },
    });
    const patient = bridgeOptions(readSettings(bridgeSettings, { HTTP_DEADLINE: '60' }));
    expect(patient.limits).toMatchObject({ nodeDeadlineMs: 60_000, catalogDeadlineMs: 30_000 });
    const origins = { SISOCK_ORIGINS: '*, https://a.example/ b.example' };
    expect(() => readSettings(bridgeSettings, origins)).toThrow(
      /"https:\/\/a\.example\/", which is no origin: write https:\/\/a\.example[^]*"b\.example", which is no origin: write it as/,
    );
    const wrong = { PORT: 'http', HTTP_DEADLINE: '-1', HTTP_MAX_BODY: 'lots' };
    expect(() => readSettings(bridgeSettings, wrong)).toThrow(
      /PORT "http"[^]*HTTP_DEADLINE "-1"[^]*HTTP_MAX_BODY "lots"/,
    );
  });

  it('answers on the weather of a whole site at once', async () => {
    const nodes = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`n${i}`, weather()]));
    const { post } = await start(nodes);
    const targets = Object.keys(nodes).map((name) => `${name}::toco.temp`);
    const { json } = await post('/query', query(targets, t0, t0 + 600));
    expect(json.map((s: { datapoints: unknown[] }) => s.datapoints.length)).toEqual(targets.map(() => 60));
  });
});
