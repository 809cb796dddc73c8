import { describe, expect, it } from '@jest/globals';
import { allTime, checkBatch } from '@sisock/core';
import { samplesOf } from '@sisock/testkit';
import fc from 'fast-check';
import { blockOf, capturedEvents, eventOf, makeReader } from './events.js';

const strange = fc.oneof(
  fc.constantFrom<unknown>(null, undefined, NaN, Infinity, -0, 1e308, 2n ** 70n, -5n, '', 'NaN', true, [], {}, [[]]),
  fc.integer(),
  fc.double(),
  fc.string({ maxLength: 20 }),
  fc.array(fc.oneof(fc.integer(), fc.boolean(), fc.constant(null), fc.string({ maxLength: 3 })), { maxLength: 6 }),
  fc.dictionary(fc.string({ maxLength: 5 }), fc.array(fc.integer(), { maxLength: 3 }), { maxKeys: 3 }),
  fc.constant(new Uint8Array(3)),
  fc.integer({ min: 1795186900, max: 1795187000 }),
);

/** Replaces, removes or adds something at a place that `path` leads to. */
function mutate(value: unknown, path: readonly number[], kind: number, replacement: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined || typeof value !== 'object' || value === null) return replacement;
  const copy: Record<string, unknown> | unknown[] = Array.isArray(value) ? [...(value as unknown[])] : { ...value };
  const keys = Object.keys(copy);
  const key = keys[step % Math.max(1, keys.length)];
  const bag = copy as Record<string, unknown>;
  if (key === undefined || (rest.length === 0 && kind === 1)) {
    if (Array.isArray(copy)) copy.push(replacement);
    else bag[typeof replacement === 'string' ? replacement : `k${step}`] = replacement;
  } else if (rest.length === 0 && kind === 2) {
    if (Array.isArray(copy)) copy.splice(Number(key), 1);
    else delete bag[key];
  } else bag[key] = mutate(bag[key], rest, kind, replacement);
  return copy;
}

describe('10,000 mutated events', () => {
  it('none crashes the node or breaks an answer, memory stays bounded, a later good event is served', async () => {
    const captured = capturedEvents();
    const maxBytes = 3_000_000;
    const store = { maxBytes, maxTimelines: 200, maxFields: 400 };
    const { reader, clock } = makeReader({ store }, 1795186990);
    const mutation = fc.record({
      path: fc.array(fc.nat(20), { maxLength: 7 }),
      kind: fc.nat(2),
      replacement: strange,
    });
    const input = fc.record({
      event: fc.constantFrom(...captured),
      mutations: fc.array(mutation, { minLength: 1, maxLength: 3 }),
      withTopic: fc.boolean(),
    });
    let inputs = 0;
    fc.assert(
      fc.property(input, ({ event, mutations, withTopic }) => {
        let args: unknown = event.args;
        for (const { path, kind, replacement } of mutations) args = mutate(args, path, kind, replacement);
        reader.accept(Array.isArray(args) ? (args as unknown[]) : [args], withTopic ? event.topic : undefined);
        inputs++;
      }),
      { numRuns: 10_000 },
    );
    const { counters } = await reader.health();
    expect(inputs).toBe(10_000);
    expect(counters['events']).toBe(10_000);
    for (const what of ['bad_events', 'bad_blocks', 'bad_fields', 'bad_values', 'mixed_fields', 'repeated']) {
      expect([what, counters[what]! > 0]).toEqual([what, true]);
    }
    expect(counters['bytes']).toBeLessThanOrEqual(maxBytes);
    expect(counters['timelines']).toBeLessThanOrEqual(200);
    expect(counters['fields']).toBeLessThanOrEqual(400);

    const { timelines } = await reader.catalog(allTime);
    for (const { name, fields } of timelines.values()) {
      const { batches } = await reader.read({ timeline: name, fields, range: allTime, maxSamples: 100_000 });
      for (const batch of batches) checkBatch(batch);
    }

    clock.advance(4000);
    const agent = 'observatory.good';
    reader.accept(eventOf(blockOf([clock()], { value: [42] }), { agent }));
    const timeline = `${agent}.feeds.temps.block`;
    const fields = [`${agent}.feeds.temps.value`];
    const { batches } = await reader.read({ timeline, fields, range: allTime, maxSamples: 10 });
    expect(samplesOf(batches, fields[0]!)).toEqual([[clock(), 42]]);
  });
});
