import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseWeatherFile } from '../src/weather-file.js';

const header = '# Outside humidity.\n# hourly\n# %\n';

describe('a weather file', () => {
  it('gives description, timeline, units and rows', () => {
    const file = parseWeatherFile(`${header}# 2017-07-14\n1499990400.0 33.34\n1499994000.0 36.11\n`);
    expect(file).toMatchObject({ description: 'Outside humidity.', timelineName: 'hourly', units: '%', damaged: 0 });
    expect([...file.t]).toEqual([1499990400, 1499994000]);
    expect([...file.v]).toEqual([33.34, 36.11]);
  });

  it('takes later comment lines as separators, blank lines and CRLF', () => {
    const file = parseWeatherFile(`${header}100 1\r\n# 2017-07-15\r\n\r\n200 2\r\n`);
    expect([...file.t]).toEqual([100, 200]);
    expect(file.units).toBe('%');
    expect(file.damaged).toBe(0);
  });

  it('reads bytes as it reads text', () => {
    const text = `${header}100 1\n`;
    expect(parseWeatherFile(new TextEncoder().encode(text))).toEqual(parseWeatherFile(text));
  });

  it('keeps repeated times as they are and sorts unsorted rows without changing the order of equal times', () => {
    const file = parseWeatherFile(`${header}300 3\n100 1\n200 2\n200 2\n200 2.5\n`);
    expect([...file.t]).toEqual([100, 200, 200, 200, 300]);
    expect([...file.v]).toEqual([1, 2, 2, 2.5, 3]);
  });

  it('knows NaN and infinities as values, not as times', () => {
    const file = parseWeatherFile(`${header}100 nan\n200 NaN\n300 -inf\n400 Infinity\nnan 5\n`);
    expect([...file.v]).toEqual([NaN, NaN, -Infinity, Infinity]);
    expect(file.problems).toEqual([{ line: 8, message: '"nan" is not a time in UNIX seconds' }]);
  });

  it('names each damaged line by its number and serves the rest', () => {
    const file = parseWeatherFile(`${header}100 1\n200\n300 3 3\nabc 4\n500 1.2.3\n600 6\n`);
    expect([...file.t]).toEqual([100, 600]);
    expect(file.damaged).toBe(4);
    expect(file.problems.map((p) => p.line)).toEqual([5, 6, 7, 8]);
    expect(file.problems[3]!.message).toBe('"1.2.3" is not a value');
  });

  it('counts more damaged lines than it lists, and shows long ones cut', () => {
    const file = parseWeatherFile(header + `${'x'.repeat(1000)}\n`.repeat(500));
    expect(file.damaged).toBe(500);
    expect(file.problems.length).toBeLessThan(50);
    expect(file.problems[0]!.message.length).toBeLessThan(120);
  });

  it('says what is missing in a short header', () => {
    const file = parseWeatherFile('# only a description\n100 1\n');
    expect(file).toMatchObject({ description: 'only a description', timelineName: null, units: null, damaged: 1 });
    expect(file.t.length).toBe(1);
  });

  it('can leave out a last line that has no end yet', () => {
    const text = `${header}100 1\n200 2.5`;
    expect([...parseWeatherFile(text).v]).toEqual([1, 2.5]);
    expect([...parseWeatherFile(text, { useTail: false }).v]).toEqual([1]);
    expect(parseWeatherFile(text, { useTail: false })).toMatchObject({ tail: true, damaged: 0 });
  });

  it('survives any bytes: times rise, each row has a value, nothing is thrown', () => {
    const start = new TextEncoder().encode(`${header}100 1\n200 2\n`);
    const line = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.string().map((s) => new TextEncoder().encode(s)),
      fc.tuple(fc.double(), fc.double()).map(([t, v]) => new TextEncoder().encode(`\n${t} ${v}\n`)),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 6 }), (lines) => {
        const { t, v } = parseWeatherFile(Buffer.concat([start, ...lines]));
        expect(v.length).toBe(t.length);
        expect(t.every((time, i) => Number.isFinite(time) && (i === 0 || t[i - 1]! <= time))).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});
