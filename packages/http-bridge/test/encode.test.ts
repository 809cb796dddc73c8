import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isoMicroseconds } from '../src/encode/iso-time.js';
import { JsonWriter } from '../src/encode/json-writer.js';
import { expandTarget } from '../src/grafana/target-text.js';
import { matchesOfShortName, parseFieldName } from '../src/plan/field-name.js';

const written = (write: (out: JsonWriter) => void) => {
  const out = new JsonWriter(8);
  write(out);
  return out.take().toString();
};

describe('JsonWriter', () => {
  const edges = [
    0,
    -0,
    0.5,
    -0.25,
    1e-6,
    1e-7,
    4e15,
    -4e15,
    4e15 - 1,
    2 ** 53,
    1e21,
    5e-324,
    1.7e308,
    0.1 + 0.2,
    1e8,
    99999999,
    100000000.5,
    1500000000.123456,
  ];

  it('writes numbers as JSON.stringify does, byte for byte', () => {
    for (const x of edges) expect(written((out) => out.number(x))).toBe(JSON.stringify(x));
    const any = fc.oneof(
      fc.double(),
      fc.integer(),
      fc.maxSafeInteger(),
      fc.tuple(fc.integer({ min: -4e9, max: 4e9 }), fc.integer({ min: 0, max: 999_999 })).map(([a, b]) => a + b / 1e6),
      fc.tuple(fc.integer(), fc.integer({ min: 0, max: 12 })).map(([a, b]) => a / 10 ** b),
    );
    fc.assert(
      fc.property(any, (x) => written((out) => out.number(x)) === JSON.stringify(x)),
      { numRuns: 20_000 },
    );
  });

  it('writes columns as it writes their numbers one by one, wherever they are cut', () => {
    const column = fc.array(
      fc.oneof(fc.double(), fc.integer(), fc.constantFrom(NaN, Infinity, -Infinity, -0, ...edges)),
    );
    const t = Float64Array.from({ length: 3000 }, (_, i) => (i % 7 === 3 ? -i : 1_499_999_900 + i * 0.0737));
    const v = Float64Array.from(t, (_, i) => Math.sin(i));
    const pair = (x: number, i: number) => JSON.stringify([x, Math.round(t[i]! * 1000)]);
    const check = (values: Float64Array, from: number, to: number) => {
      const some = Array.from(values.subarray(from, to));
      expect(written((out) => out.numbers(values, from, to))).toBe(some.map((x) => JSON.stringify(x)).join(','));
      expect(written((out) => out.seconds(values, from, to))).toBe(some.map((x) => JSON.stringify(x)).join(','));
      expect(written((out) => out.pairs(values, t, from, to))).toBe(some.map((x, i) => pair(x, from + i)).join(','));
    };
    check(v, 0, 3000);
    check(v, 1, 2050);
    check(t, 0, 3000);
    check(t.map(Math.round), 5, 3000);
    fc.assert(fc.property(column, fc.nat(9), (values, from) => check(Float64Array.from(values), from, values.length)));
    const out = new JsonWriter().numbers(Float64Array.of(1, NaN), 0, 2).pairs(Float64Array.of(-Infinity), t, 0, 1);
    expect(out.nonFinite).toBe(2);
  });

  it('writes what JSON has no word for as null, and counts it', () => {
    const out = new JsonWriter();
    out.number(NaN).raw(',').number(Infinity).raw(',').number(-Infinity).raw(',').number(1);
    expect(out.nonFinite).toBe(3);
    expect(out.take().toString()).toBe('null,null,null,1');
  });

  it('writes texts of any characters and grows as it must', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (texts) => {
        const text = written((out) => texts.forEach((one) => out.json(one).raw('\n')));
        return text === Buffer.from(texts.map((one) => `${JSON.stringify(one)}\n`).join('')).toString();
      }),
    );
  });

  it('keeps what it gave when it goes on', () => {
    const out = new JsonWriter(4);
    const first = out.raw('abcdef').take();
    out.raw('xyz');
    expect([first.toString(), out.take().toString()]).toEqual(['abcdef', 'xyz']);
  });

  it('rounds times to the nearest millisecond', () => {
    expect(written((out) => out.millis(1500000000.000499))).toBe('1500000000000');
    expect(written((out) => out.millis(1500000000.0005))).toBe('1500000000001');
    expect(written((out) => out.millis(-0.0004))).toBe('0');
  });
});

describe('isoMicroseconds', () => {
  it.each([
    [1500000000, '2017-07-14T02:40:00.000000Z'],
    [1500000000.000001, '2017-07-14T02:40:00.000001Z'],
    [1_500_000_001 - 2 ** -22, '2017-07-14T02:40:01.000000Z'],
    [-0.5, '1969-12-31T23:59:59.500000Z'],
    [1e14, '100000000000000'],
  ])('%d is %s', (t, text) => expect(isoMicroseconds(t)).toBe(text));
});

describe('names', () => {
  it('are split at the first ::', () => {
    expect(parseFieldName('a::b::c')).toEqual({ node: 'a', field: 'b::c' });
    for (const text of ['', 'a', '::a', 'a::', 'a:b']) expect(parseFieldName(text)).toBeNull();
  });

  it('may be short where their parts stand in order', () => {
    const names = ['observatory.A.feeds.t.c1', 'observatory.A.feeds.t.c10', 'observatory.B.feeds.t.c1'];
    expect(matchesOfShortName('A.t.c1', names)).toEqual([names[0]]);
    expect(matchesOfShortName('c1', names)).toEqual([names[0], names[2]]);
    expect(matchesOfShortName('t.A.c1', names)).toEqual([]);
    expect(matchesOfShortName('A.t', names)).toEqual([]);
  });

  it('come back out of what Grafana makes of a variable', () => {
    const escaped = (text: string) => text.replace(/[\\^$*+?.()|[\]{}/]/g, '\\$&');
    const name = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 2, maxLength: 5 }), (names) => {
        expect(expandTarget(escaped(names[0]!), 100)).toEqual([names[0]]);
        expect(expandTarget(`(${names.map(escaped).join('|')})`, 100)).toEqual(names);
        expect(expandTarget(`${escaped(names[0]!)}::(${names.map(escaped).join('|')})`, 100)).toEqual(
          names.map((n) => `${names[0]}::${n}`),
        );
      }),
      { numRuns: 2000 },
    );
  });

  it('are never more than asked for', () => {
    expect(expandTarget('(a|b)(c|d)(e|f)', 7)).toBeUndefined();
    expect(expandTarget('(a|b)(c|d)(e|f)', 8)).toHaveLength(8);
    expect(expandTarget('(a|b', 8)).toEqual(['(a|b']);
    expect(expandTarget('a(b)c', 8)).toEqual(['a(b)c']);
  });
});
