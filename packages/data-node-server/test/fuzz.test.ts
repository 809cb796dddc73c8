import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isErrorCode } from '@sisock/core';
import fc from 'fast-check';
import { now, served, type Served } from './harness.js';

const known: Record<string, unknown[]> = {
  get_fields: [1, 0],
  get_data: [['level', 'state'], -50, 0, 3],
  catalog: [{ start: now - 50, end: null }],
  read: [{ timeline: 'fast', fields: ['level'], start: null, end: null, max_samples: 10, encoding: 'json' }],
  reduce: [
    { timeline: 'fast', fields: ['level'], start: now - 50, width: 1, count: 50, want: 'm4', encoding: 'binary' },
  ],
  health: [],
};

const junk = fc.oneof(
  fc.anything({ maxDepth: 2, withBigInt: true, withTypedArray: true, withNullPrototype: true }),
  fc.constantFrom<unknown>(null, NaN, Infinity, -0, '', '\0AAAA', [], {}, 'm4', ['level'], '__proto__', 2 ** 53, 1e308),
);

/** One value somewhere in a list of arguments replaced, left out or added. */
function mutated(args: unknown[], at: number, value: unknown, how: number): unknown[] {
  const copy = structuredClone(args);
  const target = copy[0];
  const keys = typeof target === 'object' && target !== null ? Object.keys(target) : [];
  const key = keys[at % Math.max(1, keys.length)];
  const isDeep = key !== undefined && how % 2 === 0;
  if (isDeep && how % 4 === 0) (target as Record<string, unknown>)[key] = value;
  else if (isDeep) delete (target as Record<string, unknown>)[key];
  else if (how % 3 === 0) copy.splice(at % (copy.length + 1), 1);
  else if (how % 3 === 1) copy.splice(at % (copy.length + 1), 0, value);
  else copy[at % Math.max(1, copy.length)] = value;
  return copy;
}

describe('10,000 mutated argument lists', () => {
  let node: Served;
  beforeAll(async () => {
    node = await served();
  });
  afterAll(() => node.close());

  it('give an answer or a clear error each, and the node lives on', async () => {
    let refused = 0;
    const attempt = fc.record({
      procedure: fc.constantFrom(...Object.keys(known)),
      at: fc.nat(20),
      value: junk,
      how: fc.nat(11),
      kwargs: fc.oneof({ weight: 5, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: fc.dictionary(fc.string(), junk, { maxKeys: 3 }) }), // prettier-ignore
    });
    await fc.assert(
      fc.asyncProperty(attempt, async ({ procedure, at, value, how, kwargs }) => {
        try {
          await node.call(procedure, mutated(known[procedure]!, at, value, how), kwargs);
        } catch (error) {
          refused++;
          const { code, message } = error as { code: unknown; message: string };
          expect(isErrorCode(code)).toBe(true);
          expect(code).not.toBe('internal');
          expect(message.length).toBeLessThan(700);
          expect(message).not.toMatch(/TypeError|at .*:\d+:\d+/);
        }
      }),
      { numRuns: 10_000 },
    );
    expect(refused).toBeGreaterThan(2000);
    for (const [procedure, args] of Object.entries(known)) await node.call(procedure, args);
  });
});
