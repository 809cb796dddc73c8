import { request as httpRequest, Agent } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { query, start, t0, weather } from './helpers.js';

const inputs = 10_000;

const bodies = [
  JSON.stringify(query(['weather::toco.temp', 'weather::toco\\.(wind|open)'], t0, t0 + 600, 100)),
  JSON.stringify({ target: 'toco\\.(temp|wind)' }),
  JSON.stringify({ ...query(['weather::toco.state'], t0, t0 + 600), scopedVars: { a: [{ b: null }] }, filters: [{}] }),
];

/** Bytes of a valid body, damaged somewhere. */
const damaged = fc
  .tuple(
    fc.constantFrom(...bodies),
    fc.array(
      fc.record({
        at: fc.double({ min: 0, max: 1, noNaN: true }),
        how: fc.constantFrom('cut', 'flip', 'insert', 'double', 'digits'),
        byte: fc.integer({ min: 0, max: 255 }),
      }),
      { minLength: 1, maxLength: 4 },
    ),
  )
  .map(([body, changes]) => {
    let bytes = [...Buffer.from(body)];
    for (const { at, how, byte } of changes) {
      const i = Math.floor(at * bytes.length);
      if (how === 'cut') bytes = bytes.slice(0, i);
      else if (how === 'flip') bytes[i] = byte;
      else if (how === 'insert') bytes.splice(i, 0, byte);
      else if (how === 'digits') bytes.splice(i, 0, ...Buffer.from('99999999999999999999'));
      else bytes.push(...bytes.slice(i));
    }
    return Buffer.from(bytes);
  });

/** Valid bodies whose parts are replaced by any JSON at all. */
const replaced = fc
  .tuple(
    fc.constantFrom('range', 'targets', 'maxDataPoints', 'target', 'from', 'to', 'refId', 'hide'),
    fc.jsonValue({ maxDepth: 3 }),
  )
  .map(([key, value]) => {
    const good = query(['weather::toco.temp'], t0, t0 + 600, 100) as { range: object; targets: object[] };
    if (key === 'from' || key === 'to') good.range = { ...good.range, [key]: value };
    else if (key === 'target' || key === 'refId' || key === 'hide')
      good.targets = [{ ...good.targets[0], [key]: value }];
    else Object.assign(good, { [key]: value });
    return Buffer.from(JSON.stringify(good));
  });

const anything = fc.oneof(
  { weight: 5, arbitrary: damaged },
  { weight: 4, arbitrary: replaced },
  { weight: 1, arbitrary: fc.json().map((text) => Buffer.from(text)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
);

describe('bodies that are wrong', () => {
  it(`${inputs} of them are answered with a clear error or a good answer, and the bridge lives on`, async () => {
    const { url, post } = await start({ weather: weather() });
    const agent = new Agent({ keepAlive: true, maxSockets: 16 });
    const send = (path: string, body: Buffer) =>
      new Promise<{ status: number; text: string }>((resolve, reject) => {
        const req = httpRequest(
          url + path,
          { method: 'POST', agent, headers: { 'content-length': body.length } },
          (res) => {
            const parts: Buffer[] = [];
            res.on('data', (part: Buffer) => parts.push(part));
            res.on('end', () => resolve({ status: res.statusCode!, text: Buffer.concat(parts).toString() }));
          },
        );
        req.on('error', reject);
        req.end(body);
      });
    const seen = new Map<number, number>();
    const list = fc.sample(fc.tuple(fc.constantFrom('/query', '/search'), anything), {
      numRuns: inputs,
      seed: 20170714,
    });
    for (let i = 0; i < list.length; i += 100) {
      await Promise.all(
        list.slice(i, i + 100).map(async ([path, body]) => {
          const { status, text } = await send(path, body);
          seen.set(status, (seen.get(status) ?? 0) + 1);
          const answer = JSON.parse(text) as { message?: string };
          const fine = status === 200 ? Array.isArray(answer) : [400, 413, 415].includes(status) && !!answer.message;
          if (!fine) throw new Error(`${path} ${body.toString('latin1')} gave ${status}: ${text}`);
        }),
      );
    }
    agent.destroy();
    expect([...seen.values()].reduce((a, b) => a + b)).toBe(inputs);
    expect(seen.get(200)).toBeGreaterThan(500);
    expect(seen.get(400)).toBeGreaterThan(500);
    const { json } = await post('/query', query(['weather::toco.temp'], t0, t0 + 600));
    expect(json[0].datapoints).toHaveLength(60);
  });

  it('nesting a million deep is refused or ignored', async () => {
    const { post } = await start({ weather: weather() });
    const deep = '['.repeat(400_000) + ']'.repeat(400_000);
    expect((await post('/query', deep)).status).toBe(400);
    expect((await post('/search', `{"target":${deep}}`)).status).toBe(400);
    expect((await post('/search', `{"other":${deep}}`)).status).toBe(200);
  });
});
