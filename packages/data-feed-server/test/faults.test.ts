import { describe, expect, it } from '@jest/globals';
import { allTime, reduceByReading } from '@sisock/core';
import { samplesOf } from '@sisock/testkit';
import { defaultRingOptions, Ring } from '../src/ring.js';
import { blockOf, eventOf, makeReader } from './events.js';

const feed = 'observatory.agent1.feeds.temps';

describe('fault 9 of the original: every field is said to be a number', () => {
  it('numbers, strings and bools are told apart in the catalog', async () => {
    const { reader } = makeReader();
    reader.accept(eventOf(blockOf([1000], { f: [1.5], i: [4], s: ['ok'], b: [true], big: [2n ** 60n] })));
    const { fields } = await reader.catalog(allTime);
    const types = Object.fromEntries([...fields.values()].map((f) => [f.labels!['field'], f.type]));
    expect(types).toEqual({ f: 'number', i: 'number', s: 'string', b: 'bool', big: 'number' });
  });
});

describe('fault 10 of the original', () => {
  it('the cost of a sample does not grow with the buffer: few segments are touched, whatever is held', () => {
    /** Segments whose rows or storage changed in one append that trims one row. */
    const touched = (rows: number) => {
      const ring = new Ring('r', { ...defaultRingOptions, bufferSec: rows });
      const push = (t: number) => {
        ring.trim(t);
        ring.append(Float64Array.of(t), new Map([['v', { kind: 'f64', v: Float64Array.of(t) }]]), t);
      };
      let t = 1;
      for (; t < 2 * rows; t++) push(t);
      let most = 0;
      for (const end = t + 5000; t < end; t++) {
        const before = new Map(ring.segments.map((s) => [s, `${s.from} ${s.to} ${s.t.length}`]));
        push(t);
        const changed = ring.segments.filter((s) => before.get(s) !== `${s.from} ${s.to} ${s.t.length}`);
        most = Math.max(most, changed.length);
      }
      return most;
    };
    expect(touched(500)).toBeLessThanOrEqual(3);
    expect(touched(50_000)).toBeLessThanOrEqual(3);
  });

  it('nothing is shared between instances', async () => {
    const one = makeReader();
    const two = makeReader();
    one.reader.accept(eventOf(blockOf([1000], { v: [1] })));
    expect((await two.reader.catalog(allTime)).fields.size).toBe(0);
    expect((await two.reader.health()).counters).toMatchObject({ events: 0, fields: 0, rows: 0 });
    two.reader.accept(eventOf(blockOf([1000], { v: [2] })));
    const query = { timeline: `${feed}.block`, fields: [`${feed}.v`], range: allTime, maxSamples: 9 };
    expect(samplesOf((await one.reader.read(query)).batches, `${feed}.v`)).toEqual([[1000, 1]]);
  });

  it('reducing in the ring gives what reducing the read samples gives', async () => {
    const { reader } = makeReader({}, 3000);
    for (let i = 0; i < 3000; i++) {
      const v = i % 1000 < 500 ? [Math.sin(i)] : [i % 3 === 0];
      reader.accept(eventOf(blockOf([i * 0.9], { v })));
    }
    const query = {
      timeline: `${feed}.block`,
      fields: [`${feed}.v`],
      start: 0,
      width: 11,
      count: 200,
      want: 'm4' as const,
    };
    const [reduced, expected] = [await reader.reduce(query), await reduceByReading(reader, query)];
    expect(reduced.fields).toEqual(expected.fields);
    expect(reduced.fields.size).toBe(1);
  });
});
