import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fieldOf, unitsOf } from '../src/reading.js';
import { parseSensorsOutput } from '../src/sensors-output.js';
import { expected, printed } from './support.js';

const values = (text: string) =>
  Object.fromEntries(parseSensorsOutput(text).readings.map((reading) => [fieldOf(reading), reading.value]));

describe('the output of sensors -u', () => {
  it('gives the input of every label of every chip', () => {
    expect(values(printed)).toEqual(expected);
    expect(parseSensorsOutput(printed).problems).toEqual([]);
  });

  it('gives what people call a sensor, where it has a name', () => {
    const { readings } = parseSensorsOutput(printed);
    expect(readings[0]).toEqual({ chip: 'coretemp-isa-0000', label: 'temp1', value: 52, feature: 'Package id 0' });
    expect(readings.find(({ label }) => label === 'humidity1')).toMatchObject({ feature: null });
  });

  it('tells units by the kind of a label', () => {
    const labels = ['temp1', 'fan2', 'in0', 'power1', 'curr1', 'energy1', 'humidity1', 'intrusion0', 'toString'];
    expect(labels.map(unitsOf)).toEqual(['C', 'RPM', 'V', 'W', 'A', 'J', '%', null, null]);
  });

  it('leaves a line out that says something else, and reads on', () => {
    const text = 'chip-isa-0\nAdapter: x\ntemp1:\n  temp1_input: N/A\nERROR: no value\ntemp2:\n  temp2_input: 4.5\n';
    expect(values(text)).toEqual({ 'chip-isa-0_temp2': 4.5 });
    expect(parseSensorsOutput(text).problems).toEqual(['line 4: "  temp1_input: N/A"', 'line 5: "ERROR: no value"']);
  });

  it('needs a blank line between chips, and takes no values without a chip', () => {
    expect(values('temp1:\n  temp1_input: 1\n\nchip-a\n  temp1_input: 2\n\n\nchip-b\n  temp1_input: 3')).toEqual({
      'chip-a_temp1': 2,
      'chip-b_temp1': 3,
    });
  });

  it('keeps the first of two values of one label', () => {
    expect(values('chip-a\n  temp1_input: 2\n  temp1_input: 3\n')).toEqual({ 'chip-a_temp1': 2 });
  });

  it('survives 10,000 mutated outputs: names and values are usable', () => {
    const good = printed.slice(0, 900);
    const change = fc.tuple(
      fc.nat({ max: good.length }),
      fc.nat({ max: 30 }),
      fc.string({ unit: 'binary', maxLength: 4 }),
    );
    let lost = 0;
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
        let text = good;
        for (const [at, length, put] of changes) text = text.slice(0, at) + put + text.slice(at + length);
        const { readings, problems } = parseSensorsOutput(text);
        expect(new Set(readings.map(fieldOf)).size).toBe(readings.length);
        for (const { chip, label, value } of readings) {
          if (!Number.isFinite(value) || !/^\S+$/.test(chip) || !/^[a-z]+\d*$/i.test(label)) throw new Error(text);
        }
        expect(problems.length).toBeLessThanOrEqual(20);
        if (problems.length > 0) lost++;
      }),
      { numRuns: 10_000 },
    );
    expect(lost).toBeGreaterThan(1000);
  });
});
