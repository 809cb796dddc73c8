import { Agent, request as httpRequest } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { encodeForm } from './graphite-helpers.js';
import { start, t0, weather } from './helpers.js';

const inputs = 10_000;

const good = {
  '/render': {
    target: ['alias(scale(weather.toco.{temp,wind},2),"x")', 'sumSeries(timeShift(weather.toco.*,"10s"))'],
    from: String(t0),
    until: String(t0 + 600),
    format: 'json',
    maxDataPoints: '100',
  },
  '/metrics/find': { query: 'weather.{toco,apex}.t*[a-p]', from: '-1h', until: 'now' },
  '/metrics/expand': { query: ['*.*.te?p', '{weather,x}.*'], leavesOnly: '1' },
  '/events/get_data': { from: '-1h', until: '04:00_20170714', tags: 'node came', set: 'union' },
};
const paths = Object.keys(good) as (keyof typeof good)[];

/** Bytes of a good form, damaged somewhere. */
const damaged = fc
  .tuple(
    fc.constantFrom(...paths),
    fc.array(
      fc.record({
        at: fc.double({ min: 0, max: 1, noNaN: true }),
        how: fc.constantFrom('cut', 'flip', 'insert', 'double', 'digits', 'drop'),
        byte: fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(...Buffer.from('&=%(){}[]*?,.~+-"'))),
      }),
      { minLength: 1, maxLength: 4 },
    ),
  )
  .map(([path, changes]) => {
    let bytes = [...Buffer.from(encodeForm(good[path]))];
    for (const { at, how, byte } of changes) {
      const i = Math.floor(at * bytes.length);
      if (how === 'cut') bytes = bytes.slice(0, i);
      else if (how === 'flip') bytes[i] = byte;
      else if (how === 'insert') bytes.splice(i, 0, byte);
      else if (how === 'drop') bytes.splice(i, 1);
      else if (how === 'digits') bytes.splice(i, 0, ...Buffer.from('99999999999999999999'));
      else bytes.push(...bytes.slice(i));
    }
    return { path, body: Buffer.from(bytes) };
  });

/** Good forms one of whose values is any text at all. */
const replaced = fc
  .tuple(
    fc.constantFrom(...paths),
    fc.constantFrom('target', 'query', 'from', 'until', 'format', 'maxDataPoints', 'tags', 'set'),
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.string({ unit: fc.constantFrom(...'abt.(){}[],*?!-"\' 0159~'), maxLength: 30 }),
      fc.constantFrom('__proto__', 'constructor(a.b)', '-1mon', '1e308', '0', '-0', 'NaN', '{{{{', '*.*.*.*'),
    ),
  )
  .map(([path, name, value]) => ({ path, body: Buffer.from(encodeForm({ ...good[path], [name]: value })) }));

const anything = fc.oneof(
  { weight: 6, arbitrary: damaged },
  { weight: 5, arbitrary: replaced },
  {
    weight: 1,
    arbitrary: fc.record({
      path: fc.constantFrom(...paths),
      body: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    }),
  },
);

describe("Graphite's forms that are wrong", () => {
  it(`${inputs} of them are answered with a clear text or a good answer, and the bridge lives on`, async () => {
    const { url, get } = await start({ weather: weather() });
    const agent = new Agent({ keepAlive: true, maxSockets: 16 });
    const send = (path: string, body: Buffer) =>
      new Promise<{ status: number; type: string; text: string }>((resolve, reject) => {
        const headers = { 'content-length': body.length, 'content-type': 'application/x-www-form-urlencoded' };
        const req = httpRequest(url + path, { method: 'POST', agent, headers }, (res) => {
          const parts: Buffer[] = [];
          res.on('data', (part: Buffer) => parts.push(part));
          res.on('end', () =>
            resolve({
              status: res.statusCode!,
              type: res.headers['content-type'] ?? '',
              text: Buffer.concat(parts).toString(),
            }),
          );
        });
        req.on('error', reject);
        req.end(body);
      });
    const seen = new Map<number, number>();
    const list = fc.sample(anything, { numRuns: inputs, seed: 20170714 });
    for (let i = 0; i < list.length; i += 100) {
      await Promise.all(
        list.slice(i, i + 100).map(async ({ path, body }) => {
          const { status, type, text } = await send(path, body);
          seen.set(status, (seen.get(status) ?? 0) + 1);
          const fine =
            status === 200
              ? typeof JSON.parse(text) === 'object'
              : [400, 413, 415].includes(status) &&
                type.startsWith('text/plain') &&
                text.length > 5 &&
                text.length < 700;
          if (!fine) throw new Error(`${path} ${body.toString('latin1')} gave ${status}: ${text}`);
        }),
      );
    }
    agent.destroy();
    expect([...seen.values()].reduce((a, b) => a + b)).toBe(inputs);
    expect(seen.get(200)).toBeGreaterThan(2000);
    expect(seen.get(400)).toBeGreaterThan(2000);
    const { json } = await get(`/render?target=weather.toco.temp&from=${t0}&until=${t0 + 600}`);
    expect(json[0].datapoints).toHaveLength(60);
  });
});
