import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { apexLayout } from '../src/apex-files.js';
import type { TreeLayout } from '../src/file-tree.js';
import { parseNumber } from '../src/number-words.js';
import { radiometerLayout } from '../src/radiometer-files.js';

const encode = (text: string) => new TextEncoder().encode(text);

describe('numbers in text', () => {
  it('are those that JavaScript reads', () => {
    const number = (text: string) => parseNumber(encode(text), 0, text.length);
    fc.assert(
      fc.property(fc.double(), (x) => expect(number(Object.is(x, -0) ? '-0' : String(x))).toBe(x)),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(fc.integer(), fc.nat({ max: 99_999_999 }), (a, b) => {
        expect(number(`${a}.${b}`)).toBe(Number(`${a}.${b}`));
      }),
      { numRuns: 2000 },
    );
    expect(['1.', '.5', '-0', '+3', '1e3', '1E-2'].map(number)).toEqual([1, 0.5, -0, 3, 1000, 0.01]);
    expect(['', '.', '-', '1.2.3', '0x10', '1_000', '--1', '1e', 'e5'].map(number)).toEqual(Array(9).fill(null));
    expect(['nan', '-NaN', 'inf', '-Infinity'].map(number)).toEqual([NaN, NaN, Infinity, -Infinity]);
  });
});

/** Bytes of a good file with some of them changed, taken away, doubled or put in. */
function mutated(good: Uint8Array): fc.Arbitrary<Uint8Array> {
  const change = fc.tuple(
    fc.nat({ max: good.length - 1 }),
    fc.nat({ max: 3 }),
    fc.nat({ max: 255 }),
    fc.nat({ max: 20 }),
  );
  return fc.array(change, { minLength: 1, maxLength: 8 }).map((changes) => {
    let bytes = [...good];
    for (const [at, kind, byte, length] of changes) {
      if (kind === 0) bytes[at] = byte;
      else if (kind === 1) bytes.splice(at, length);
      else if (kind === 2) bytes.splice(at, 0, byte);
      else bytes = [...bytes.slice(0, at + length), ...bytes.slice(at)];
    }
    return Uint8Array.from(bytes);
  });
}

const cases: readonly [string, TreeLayout, string, string][] = [
  [
    'apex-weather',
    apexLayout,
    'APEX_humidity_1499990400_1500076800.dat',
    '1499990400.0 33.34\n1499994000.0 nan\n1499997600 -2.8e1\n',
  ],
  ['radiometer', radiometerLayout, 'PWV_UCSC_2018-365.txt', 'day pwv\n365.0007 1.02\n\n365.0014 NaN\n365.5 0.98\n'],
];

describe.each(cases)('the parser of %s', (_, layout, name, good) => {
  it('survives 10,000 mutated files: times rise and are those of the file, each has a value', () => {
    const file = layout.parseName(name);
    if (file === null || typeof file === 'string') throw new Error('no name');
    const cover = { start: file.start - layout.slack, end: file.end + layout.slack };
    const whole = layout.parse(encode(good), file, cover, true);
    expect(whole).toMatchObject({ damaged: 0, problems: [] });
    let lost = 0;
    fc.assert(
      fc.property(mutated(encode(good)), fc.boolean(), (bytes, useTail) => {
        const { t, v, damaged, problems } = layout.parse(bytes, file, cover, useTail);
        expect(v.length).toBe(t.length);
        let before = cover.start;
        for (const time of t) {
          if (!(time >= before && time <= cover.end)) throw new Error(`time ${time}`);
          before = time;
        }
        expect(problems.length).toBe(Math.min(damaged, 20));
        if (damaged > 0) lost++;
      }),
      { numRuns: 10_000 },
    );
    expect(lost).toBeGreaterThan(1000);
  });

  it('survives 10,000 mutated names', () => {
    fc.assert(
      fc.property(mutated(encode(name)), (bytes) => {
        const judged = layout.parseName(new TextDecoder().decode(bytes));
        if (judged === null || typeof judged === 'string') return;
        expect(layout.fields.has(judged.field)).toBe(true);
        expect(judged.start).toBeLessThanOrEqual(judged.end);
      }),
      { numRuns: 10_000 },
    );
  });
});
