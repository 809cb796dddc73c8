import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hwmonFiles, parseHwmonValue } from '../src/hwmon.js';
import { fieldOf } from '../src/reading.js';
import { expectedHwmon, hwmonTree, scratch, writeTree } from './support.js';

const signal = new AbortController().signal;

describe("the kernel's files of hardware monitors", () => {
  let root: Awaited<ReturnType<typeof scratch>>;
  beforeEach(async () => {
    root = await scratch();
  });
  afterEach(() => root.remove());
  const read = () => hwmonFiles(join(root.path, 'class/hwmon')).read(signal);

  it('give values in the units of sensors -u, under the names of sensors -u', async () => {
    await writeTree(root.path, hwmonTree);
    const { readings } = await read();
    expect(Object.fromEntries(readings.map((one) => [fieldOf(one), one.value]))).toEqual(expectedHwmon);
    expect(readings[0]!.feature).toBe('Package id 0');
  });

  it('cost themselves only where they can not be read', async () => {
    await writeTree(root.path, hwmonTree);
    const { problems } = await read();
    expect(problems).toEqual([
      expect.stringMatching(/hwmon3\/temp5_input can't be read: "broken" is no number/),
      expect.stringMatching(/hwmon3\/temp6_input can't be read: EISDIR/),
    ]);
  });

  it('are none where there is no directory, or nothing in it', async () => {
    await expect(read()).rejects.toMatchObject({ code: 'unavailable', message: "can't be read: ENOENT" });
    await writeTree(root.path, { 'class/hwmon/hwmon0/name': 'empty\n' });
    await expect(read()).rejects.toMatchObject({ code: 'unavailable', message: 'has no sensor' });
  });

  it.each([
    ['platform', 'it87.2608', 'isa-0a30'],
    ['platform', 'applesmc', 'isa-0000'],
    ['pci', '0000:00:18.3', 'pci-00c3'],
    ['i2c', '7-002d', 'i2c-7-2d'],
    ['spi', 'spi1.2', 'spi-1-2'],
    ['hid', '0003:1B1C:0C10.0002', 'hid-3-2'],
    ['acpi', 'LNXTHERM:00', 'acpi-0'],
    ['thermal', 'thermal_zone0', 'virtual-0'],
    ['i2c', 'nonsense', 'virtual-0'],
  ])('name a chip on %s, device %s, as lm-sensors does: %s', async (bus, device, place) => {
    await writeTree(root.path, {
      [`devices/${device}/subsystem`]: `-> ../../bus/${bus}`,
      'class/hwmon/hwmon0/name': 'chip\n',
      'class/hwmon/hwmon0/device': `-> ../../../devices/${device}`,
      'class/hwmon/hwmon0/temp1_input': '1000\n',
    });
    expect((await read()).readings[0]!.chip).toBe(`chip-${place}`);
  });

  it('survive any content: a value is a number, or left out with a word', async () => {
    await writeTree(root.path, { 'class/hwmon/hwmon0/name': 'chip\n', 'class/hwmon/hwmon0/temp1_input': '1\n' });
    const path = join(root.path, 'class/hwmon/hwmon0/temp1_input');
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 30 }), async (bytes) => {
        await writeFile(path, bytes);
        const { readings } = await read().catch((error: { message: string }) => {
          expect(error.message).toMatch(/temp1_input can't be read: .* is no number$/);
          return { readings: [] };
        });
        for (const { value } of readings) expect(value).toBe(Number(Buffer.from(bytes).toString()) / 1000);
      }),
      { numRuns: 200 },
    );
  });

  it('have values that are whole numbers in all of 10,000 mutated ones, or none', () => {
    const text = fc
      .tuple(
        fc.integer().map(String),
        fc.nat({ max: 12 }),
        fc.nat({ max: 3 }),
        fc.string({ unit: 'binary', maxLength: 2 }),
      )
      .map(([good, at, length, put]) => good.slice(0, at) + put + good.slice(at + length));
    let values = 0;
    fc.assert(
      fc.property(text, fc.constantFrom('temp1', 'fan2', 'power3', 'toString', 'x'), (raw, label) => {
        const value = parseHwmonValue(label, raw);
        if (value === null) return;
        values++;
        expect(value).toBe(Number(raw) / (label === 'temp1' ? 1e3 : label === 'power3' ? 1e6 : 1));
      }),
      { numRuns: 10_000 },
    );
    expect(values).toBeGreaterThan(1000);
    expect(parseHwmonValue('temp1', '')).toBeNull();
  });
});
