import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseAnnotations } from '../src/grafana/annotations.js';
import { parseMetrics, parseOptions } from '../src/grafana/metric-list.js';
import { parseNameQuery, parseSearch, parseVariable } from '../src/grafana/name-query.js';
import { safePattern } from '../src/grafana/pattern.js';
import { parsePayload } from '../src/grafana/payload.js';
import { parseQuery } from '../src/grafana/request.js';
import { parseTagRequest } from '../src/grafana/tag-request.js';
import { start, weather } from './helpers.js';

const inputs = 10_000;
/** The same inputs by way of HTTP, which takes longer. */
const overHttp = 3000;
const seed = 20170714;

interface Exchange {
  readonly path: string;
  readonly body?: object;
}

const exchanges = ['simple-json', 'simpod'].flatMap(
  (name) => JSON.parse(readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), 'utf8')) as Exchange[],
);

/** Bodies that data sources really send to a path. */
function bodiesOf(path: string): object[] {
  return exchanges.flatMap((one) => (one.path === path && one.body ? [one.body] : []));
}

type Step = { readonly at: number; readonly how: 'replace' | 'remove' | 'wrap' | 'rename'; readonly value: unknown };

/** What may stand anywhere in place of anything: words that mean something to some parser among them. */
const anyValue = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<unknown>(
    '$',
    '(a|b)',
    '((',
    '\\',
    '.*',
    '::',
    'fields(',
    'nodes()',
    '__proto__',
    1e308,
    -0,
    '9'.repeat(400),
  ),
  fc.constantFrom<unknown>('table', 'frame', 'true', '=~', '!~', '<', 'units', 'node', 'Anno', 'AQ1', null, [], {}),
);

const steps = fc.array(
  fc.record({
    at: fc.nat(),
    how: fc.constantFrom<Step['how']>('replace', 'remove', 'wrap', 'rename'),
    value: anyValue,
  }),
  { minLength: 1, maxLength: 4 },
);

/** A good body with some of its parts replaced, taken out, put into a list, or named otherwise. */
function mutated(good: unknown, changes: readonly Step[]): unknown {
  const root: { body: unknown } = { body: JSON.parse(JSON.stringify(good)) };
  for (const { at, how, value } of changes) {
    const places: [Record<string, unknown>, string][] = [];
    const walk = (parent: object) => {
      for (const [key, child] of Object.entries(parent)) {
        places.push([parent as Record<string, unknown>, key]);
        if (typeof child === 'object' && child !== null) walk(child as object);
      }
    };
    walk(root);
    const place = places[at % Math.max(1, places.length)];
    if (!place) continue;
    const [parent, key] = place;
    const before = parent[key];
    if (how === 'replace') parent[key] = value;
    else if (how === 'wrap') parent[key] = [before, value];
    else {
      delete parent[key];
      if (how === 'rename')
        Object.defineProperty(parent, (JSON.stringify(value) ?? '').replaceAll('"', '').slice(0, 20), {
          value: before,
          enumerable: true,
          configurable: true,
          writable: true,
        });
    }
  }
  return root.body;
}

/** Runs a parser; it gives what it gives, or one of our errors about what it was given. */
function run(parse: (input: unknown) => unknown, input: unknown): 'taken' | 'refused' {
  try {
    parse(input);
    return 'taken';
  } catch (thrown) {
    const { code, message } = thrown as { code?: string; message: string };
    if ((code === 'bad_request' || code === 'too_large') && message.length > 5 && message.length < 1000)
      return 'refused';
    throw new Error(`${JSON.stringify(input)?.slice(0, 500)}: ${String(thrown)}`, { cause: thrown });
  }
}

function counts(parse: (input: unknown) => unknown, list: readonly unknown[]): { taken: number; refused: number } {
  const seen = { taken: 0, refused: 0 };
  for (const input of list) seen[run(parse, input)]++;
  return seen;
}

describe(`${inputs} mutated inputs are understood or refused with a clear error`, () => {
  it.each<[string, (input: unknown) => unknown, unknown[]]>([
    ['/query', parseQuery, bodiesOf('/query')],
    ['/annotations', parseAnnotations, bodiesOf('/annotations')],
    ['/search', parseSearch, bodiesOf('/search')],
    ['/variable', parseVariable, bodiesOf('/variable')],
    ['/metrics', parseMetrics, [{ metric: 'weather', payload: { field: ['toco.temp'] } }, ...bodiesOf('/metrics')]],
    ['/metric-payload-options', parseOptions, bodiesOf('/metric-payload-options')],
    ['/tag-values', parseTagRequest, [...bodiesOf('/tag-keys'), ...bodiesOf('/tag-values')]],
    ['a payload', parsePayload, [{ format: 'table', strict: 'true', node: ['a', 'b'], field: ['x'], fields: 'y' }]],
  ])('%s', (_name, parse, bodies) => {
    expect(bodies.length).toBeGreaterThan(0);
    const list = fc
      .sample(fc.tuple(fc.constantFrom(...bodies), steps), { numRuns: inputs, seed })
      .map(([body, changes]) => mutated(body, changes));
    const { taken, refused } = counts(parse, list);
    expect(taken + refused).toBe(inputs);
    expect(taken).toBeGreaterThan(100);
    expect(refused).toBeGreaterThan(100);
  });

  const letters = fc.string({ unit: fc.constantFrom(...'ab(|)\\.*+?^$[]{},: nodesfield'), maxLength: 40 });

  it('patterns of filters', () => {
    const list = fc.sample(letters, { numRuns: inputs, seed });
    const { taken, refused } = counts((text) => safePattern(text as string)('abab'), list);
    expect([taken > 100, refused > 100]).toEqual([true, true]);
  });

  it('texts of variables', () => {
    const list = fc.sample(letters, { numRuns: inputs, seed });
    expect(counts((text) => parseNameQuery(text as string), list)).toEqual({ taken: inputs, refused: 0 });
  });
});

describe('patterns of filters', () => {
  it('agree with regular expressions where they mean the same', () => {
    const part = fc.constantFrom('a', 'b', '.', '.*', '.+', '\\.', '(a|b)', '(ab|.*|)', '|');
    const pattern = fc.array(part, { maxLength: 8 }).map((parts) => parts.join(''));
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 8 });
    fc.assert(
      fc.property(pattern, text, (source, value) => {
        expect(safePattern(source)(value)).toBe(new RegExp(`^(?:${source})$`, 's').test(value));
      }),
      { numRuns: 3000, seed },
    );
  });
});

describe('the bridge', () => {
  it(`answers ${overHttp} mutated bodies and lives on`, async () => {
    const { post } = await start({ weather: weather() });
    const withBody = exchanges.filter(({ body }) => body !== undefined);
    const list = fc.sample(fc.tuple(fc.constantFrom(...withBody), steps), { numRuns: overHttp, seed: seed + 1 });
    const seen = new Map<number, number>();
    for (let i = 0; i < list.length; i += 50) {
      await Promise.all(
        list.slice(i, i + 50).map(async ([{ path, body }, changes]) => {
          const sent = mutated(body, changes);
          const { status, json } = await post(path, JSON.stringify(sent) ?? '');
          seen.set(status, (seen.get(status) ?? 0) + 1);
          const fine = status === 200 ? Array.isArray(json) : [400, 404, 413].includes(status) && !!json.message;
          if (!fine) throw new Error(`${path} ${JSON.stringify(sent)} gave ${status}: ${JSON.stringify(json)}`);
        }),
      );
    }
    expect([...seen.values()].reduce((a, b) => a + b)).toBe(overHttp);
    expect(seen.get(200)).toBeGreaterThan(300);
    expect(seen.get(400)).toBeGreaterThan(300);
    expect((await post('/search', {})).json).toHaveLength(4);
  });
});
