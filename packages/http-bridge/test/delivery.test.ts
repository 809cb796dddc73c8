import { get as httpGet } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import express from 'express';
import { MemoryReader, type Reader, SisockError } from '@sisock/core';
import { silentLogger } from '@sisock/runtime';
import { batchOf, until } from '@sisock/testkit';
import { createBridge } from '../src/index.js';
import { hanging, like, query, ramp, type Running, start, t0, weather } from './helpers.js';

describe('pages of other origins', () => {
  const page = 'https://grafana.example';
  const ask = ({ url }: Running, origin: string) =>
    fetch(`${url}/query`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' },
    });

  it('may ask where their origin is allowed, as Grafana in a browser does', async () => {
    const running = await start({ n: ramp(5) }, { allowedOrigins: [page] });
    const before = await ask(running, page);
    expect(before.status).toBe(204);
    expect(before.headers.get('access-control-allow-origin')).toBe(page);
    expect(before.headers.get('access-control-allow-methods')).toContain('POST');
    expect(before.headers.get('access-control-allow-headers')).toContain('accept,content-type');
    const { headers } = await running.get('/api/v1/nodes', { origin: page });
    expect([headers.get('access-control-allow-origin'), headers.get('vary')]).toEqual([
      page,
      expect.stringContaining('Origin'),
    ]);
    expect(headers.get('access-control-expose-headers')).toContain('Sisock-Missing');
    expect((await ask(running, 'https://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
  });

  it('may not where none is named; * is every one', async () => {
    const closed = await start({ n: ramp(5) });
    const refused = await ask(closed, page);
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([405, null]);
    const open = await start({ n: ramp(5) }, { allowedOrigins: ['*'] });
    expect((await ask(open, page)).headers.get('access-control-allow-origin')).toBe('*');
  });
});

/** Asks without undoing the compression. */
function plainGet(url: string, encoding?: string): Promise<{ encoding: string | undefined; bytes: number }> {
  return new Promise((resolve, reject) => {
    const headers = encoding === undefined ? {} : { 'accept-encoding': encoding };
    httpGet(url, { headers }, (res) => {
      let bytes = 0;
      res.on('data', (data: Buffer) => (bytes += data.length));
      res.on('end', () => resolve({ encoding: res.headers['content-encoding'], bytes }));
    }).on('error', reject);
  });
}

describe('compression', () => {
  it('comes when asked for and worth it', async () => {
    const { url } = await start({ n: ramp(5000) });
    const long = `${url}/api/v1/series?field=n::v&from=${t0}&to=${t0 + 5000}&maxDataPoints=5000`;
    const plain = await plainGet(long);
    expect(plain.encoding).toBeUndefined();
    for (const encoding of ['gzip', 'br']) {
      const packed = await plainGet(long, encoding);
      expect(packed.encoding).toBe(encoding);
      expect(packed.bytes).toBeLessThan(plain.bytes * 0.7);
    }
    expect((await plainGet(`${url}/api/v1/nodes`, 'gzip')).encoding).toBeUndefined();
  });

  it('keeps streams whole, and its limits are limits', async () => {
    const { get, url } = await start({ n: ramp(50_000) }, { limits: { compressBytes: 1, compressLevel: 9 } });
    const { json, headers } = await get(`/api/v1/series?field=n::v&from=${t0}&to=${t0 + 50_000}&raw=true`);
    expect(headers.get('content-encoding')).toMatch(/gzip|br/);
    expect([json.rows, json.complete]).toEqual([50_000, true]);
    expect((await plainGet(`${url}/api/v1/nodes`, 'gzip')).encoding).toBe('gzip');
    const make = () =>
      createBridge({
        site: undefined as never,
        log: silentLogger(),
        metrics: undefined as never,
        clock: () => 0,
        limits: { compressLevel: 10 },
      });
    expect(make).toThrow();
  });
});

describe('the rate limit', () => {
  /** The bridge's app behind one that says where requests come from. */
  async function from(address: string, running: Running) {
    const outer = express();
    outer.use((req, _res, next) => {
      Object.defineProperty(req.socket, 'remoteAddress', { value: address, configurable: true });
      next();
    });
    outer.use(running.bridge.app);
    const server = outer.listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
    const statuses: number[] = [];
    let last = await fetch(`${url}/api/v1/nodes`);
    for (let i = 0; i < 5; i++) {
      statuses.push(last.status);
      last = await fetch(`${url}/api/v1/nodes`);
    }
    const health = (await fetch(`${url}/healthz`)).status;
    const answer = { statuses, health, body: await last.json(), retry: last.headers.get('retry-after') };
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
    return answer;
  }

  it('refuses a client that asks too often, and tells when to come again', async () => {
    const running = await start({ n: ramp(1) }, { limits: { requestsPerMinute: 3 } });
    const { statuses, body, retry, health } = await from('192.0.2.7', running);
    expect(statuses).toEqual([200, 200, 200, 429, 429]);
    expect(body).toMatchObject({ error: { code: 'too_many' }, message: expect.stringMatching(/more than 3 requests/) });
    expect(Number(retry)).toBeGreaterThan(0);
    expect(health).toBe(200);
    // The same client over an IPv6 socket; another client; this machine.
    expect((await from('::ffff:192.0.2.7', running)).statuses[0]).toBe(429);
    expect((await from('192.0.2.8', running)).statuses[0]).toBe(200);
    for (const own of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) {
      expect((await from(own, running)).statuses).toEqual([200, 200, 200, 200, 200]);
    }
  });
});

describe('answers that can not change', () => {
  const path = `/api/v1/series?field=n::v&from=${t0}&to=${t0 + 50}`;

  function counting(reader: Reader): { reader: Reader; reads: () => number } {
    let rows = 0;
    const counted = like(reader, {
      read: (q, signal) => {
        if (q.maxSamples > 1) rows++;
        return reader.read(q, signal);
      },
      reduce: (q, signal) => {
        rows++;
        return reader.reduce(q, signal);
      },
    });
    return { reader: counted, reads: () => rows };
  }

  it('are answered with 304 without being worked out again', async () => {
    const { reader, reads } = counting(ramp(100));
    const { get } = await start({ n: reader });
    for (const more of [
      '',
      '&format=csv',
      '&format=rows',
      '&format=wide',
      '&raw=true&format=csv',
      '&maxDataPoints=5',
    ]) {
      const first = await get(path + more);
      const tag = first.headers.get('etag')!;
      expect([first.status, first.headers.get('cache-control')]).toEqual([200, 'private, no-cache']);
      expect(tag).toMatch(/^W\/"/);
      const before = reads();
      const again = await get(path + more, { 'if-none-match': tag });
      expect([again.status, again.text, again.headers.get('etag')]).toEqual([304, '', tag]);
      expect(reads()).toBe(before);
      expect((await get(`${path}&maxDataPoints=7`, { 'if-none-match': tag })).status).toBe(200);
    }
  });

  it('are told anew once late data changed them, old data were given up, or the node came anew', async () => {
    const node = new MemoryReader({ maxRows: 100 });
    const rows = (from: number, n: number) =>
      batchOf(
        Array.from({ length: n }, (_, i) => t0 + from + i),
        { v: Array.from({ length: n }, (_, i) => i) },
      );
    node.append('l', rows(0, 100));
    const { get, site, clock } = await start({ n: node });
    const next = async (tag?: string) => {
      clock.advance(2);
      const { status, headers } = await get(path, tag === undefined ? {} : { 'if-none-match': tag });
      return { status, tag: headers.get('etag')! };
    };
    const first = await next();
    expect((await next(first.tag)).status).toBe(304);
    node.append('l', batchOf([t0 + 10.5], { v: [7] }));
    const second = await next(first.tag);
    expect(second.status).toBe(200);
    node.append('l', rows(100, 20));
    const third = await next(second.tag);
    expect(third.status).toBe(200);
    expect((await next(third.tag)).status).toBe(304);
    site.remove('n');
    site.add('n', node);
    await until(async () => (await next(third.tag)).status === 200);
  });

  it('have no tag where data may come, nothing is promised, or something is missing', async () => {
    const node = ramp(100);
    const unsure = like(node, { read: async (q, s) => ({ ...(await node.read(q, s)), revision: '' }) });
    const fails = like(node, {
      read: (q, s) => (q.maxSamples === 1 ? node.read(q, s) : Promise.reject(new SisockError('unavailable', 'away'))),
      reduce: () => Promise.reject(new SisockError('unavailable', 'away')),
    });
    const { get } = await start({ n: node, unsure, fails, hangs: hanging() }, { limits: { catalogDeadlineMs: 100 } });
    const tag = async (parameters: string) => (await get(`/api/v1/series?${parameters}`)).headers.get('etag');
    expect(await tag(`field=n::v&from=${t0}&to=${t0 + 50}`)).not.toBeNull();
    expect(await tag(`field=n::v&from=${t0}&to=${t0 + 200}`)).toBeNull();
    expect(await tag(`field=n::v&from=${t0}&to=now`)).toBeNull();
    // The sample after the range may still come: ramp(100) promises what is before its last one.
    expect(await tag(`field=n::v&from=${t0}&to=${t0 + 97}&edges=true`)).not.toBeNull();
    expect(await tag(`field=n::v&from=${t0}&to=${t0 + 98.5}`)).not.toBeNull();
    expect(await tag(`field=n::v&from=${t0}&to=${t0 + 98.5}&edges=true`)).toBeNull();
    expect(await tag(`field=n::v&from=${t0}&to=${t0 + 50}&raw=true`)).toBeNull();
    expect(await tag(`field=unsure::v&from=${t0}&to=${t0 + 50}`)).toBeNull();
    expect(await tag(`field=n::v&field=fails::v&from=${t0}&to=${t0 + 50}`)).toBeNull();
    expect(await tag(`field=n::v&field=hangs::v&from=${t0}&to=${t0 + 50}`)).toBeNull();
    expect(
      (await get(`/api/v1/series?field=n::v&field=fails::v&from=${t0}&to=${t0 + 50}`)).headers.get('cache-control'),
    ).toBe('no-store');
  });
});

describe('rows', () => {
  it('come one a time with format=wide, null where a field has no sample', async () => {
    const slow = new MemoryReader({
      timelines: [{ name: 'l', batches: [batchOf([t0, t0 + 20], { w: [true, false] })] }],
    });
    const { get } = await start({ weather: weather(), slow });
    const fields = 'field=weather::toco.temp&field=slow::w&field=weather::toco.state';
    const expected = [0, 10, 20].map((s, i) => ({
      time: (t0 + s) * 1000,
      'weather::toco.temp': i + 0.5,
      'slow::w': i === 1 ? null : i === 0,
      'weather::toco.state': 'calm',
    }));
    for (const raw of ['', '&raw=true']) {
      const { json } = await get(`/api/v1/series?${fields}&from=${t0}&to=${t0 + 30}&format=wide${raw}`);
      expect(json).toEqual(expected);
    }
    expect((await get(`/api/v1/series?field=slow::w&from=1&to=2&format=wide`)).json).toEqual([]);
  });

  it("keep the default budget where nobody replaced Grafana's variable, and a strict one", async () => {
    const { get } = await start({ n: ramp(50_000) }, { limits: { defaultPoints: 100 } });
    const rows = async (more: string) =>
      (await get(`/api/v1/series?field=n::v&from=${t0}&to=${t0 + 50_000}&format=rows&${more}`)).json.length as number;
    expect(await rows('intervalMs=%24%7B__interval_ms%7D')).toBe(await rows('maxDataPoints=100'));
    expect(await rows('maxDataPoints=100')).toBeGreaterThan(200);
    expect(await rows('maxDataPoints=100&strict=true')).toBeLessThanOrEqual(100);
    expect(await rows('strict=true')).toBeGreaterThan(80);
  });
});

describe('strict', () => {
  it('never gives more points than asked, whatever the data, and keeps spikes', async () => {
    const n = 5000;
    const t = Array.from({ length: n }, (_, i) => t0 + i + (i > 2000 ? 500 : 0) + (i > 4000 ? 500 : 0));
    const columns = {
      spiky: t.map((_, i) => (i === 3141 ? 1e6 : Math.sin(i))),
      holes: t.map((_, i) => (i % 3 === 0 ? NaN : i)),
      flags: t.map((_, i) => i % 2 === 0),
      words: t.map((_, i) => `w${i % 200}`),
    };
    const node = new MemoryReader({ timelines: [{ name: 'l', interval: 1, batches: [batchOf(t, columns)] }] });
    const { post } = await start({ n: node });
    const names = Object.keys(columns).map((name) => `n::${name}`);
    for (const most of [1, 2, 3, 10, 99, 500, 4999, 6000]) {
      for (const type of ['timeserie', undefined, 'table']) {
        const targets = names.map((target, i) => ({ target, refId: `R${i}`, ...(type && { type }) }));
        const { json } = await post('/query', { ...query([], t0, t0 + n + 1000, most), strict: true, targets });
        const lengths = json.map(
          (e: {
            datapoints?: unknown[];
            rows?: unknown[];
            fields?: { values: unknown[] }[];
            data?: { values: unknown[][] };
          }) => (e.datapoints ?? e.rows ?? e.fields?.[0]?.values ?? e.data!.values[0])!.length,
        );
        expect(Math.max(...lengths)).toBeLessThanOrEqual(most);
        expect(Math.min(...lengths)).toBeGreaterThan(0);
        if (type === 'timeserie' && most >= 10) expect(json[0].datapoints).toContainEqual([1e6, t[3141]! * 1000]);
      }
    }
  });

  it('counts the nulls in gaps as points', async () => {
    const t = [0, 1, 100, 101, 200, 201, 300, 301, 400, 401].map((s) => t0 + s);
    const node = new MemoryReader({ timelines: [{ name: 'l', interval: 1, batches: [batchOf(t, { v: t })] }] });
    const { post } = await start({ n: node });
    const body = { ...query(['n::v'], t0, t0 + 500, 10), strict: true };
    const { json } = await post('/query', body);
    expect(json[0].datapoints.length).toBeLessThanOrEqual(10);
    expect(json[0].datapoints.filter((point: (number | null)[]) => point[0] === null).length).toBeGreaterThan(0);
  });
});
