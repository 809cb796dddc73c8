import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SisockError } from '@sisock/core';
import { chipName } from './hwmon-chip.js';
import { kindOf, type Reading } from './reading.js';
import type { SensorSource } from './sensor-source.js';

/** What the kernel's numbers are divided by: it counts in thousandths, powers and energies in millionths. */
const divisors: Readonly<Record<string, number>> = {
  temp: 1e3,
  in: 1e3,
  curr: 1e3,
  humidity: 1e3,
  power: 1e6,
  energy: 1e6,
  fan: 1,
};

const input = /^([a-z]+\d+)_input$/;
const longestFeature = 200;

/**
 * Reads the kernel's files of hardware monitors, `<directory>/hwmon<n>/<label>_input`. A value that can't be read, or that
 * the chip calls a fault, is left out.
 */
export function hwmonFiles(directory: string): SensorSource {
  return {
    name: directory,
    async read(signal) {
      const chips = await readdir(directory).catch((error: { code?: string }) => {
        throw new SisockError('unavailable', `can't be read: ${error.code ?? 'unknown error'}`);
      });
      const readings: Reading[] = [];
      const problems: string[] = [];
      for (const chip of chips.sort(byNumber)) {
        if (signal.aborted) break;
        await readChip(join(directory, chip), readings, problems);
      }
      if (readings.length === 0) throw new SisockError('unavailable', problems[0] ?? 'has no sensor');
      return { readings, problems };
    },
  };
}

async function readChip(directory: string, readings: Reading[], problems: string[]): Promise<void> {
  const chip = await chipName(directory);
  const files = await readdir(directory).catch(() => []);
  if (chip === null) return;
  const text = (name: string) => readFile(join(directory, name), 'utf8').then((content) => content.trim());
  const optional = (name: string) => text(name).catch(() => null);
  for (const name of files.sort(byNumber)) {
    const label = input.exec(name)?.[1];
    if (label === undefined || !Object.hasOwn(divisors, kindOf(label))) continue;
    try {
      const raw = await text(name);
      const value = parseHwmonValue(label, raw);
      if (value === null) throw new SisockError('bad_data', `${JSON.stringify(raw.slice(0, 60))} is no number`);
      if (((await optional(`${label}_fault`)) ?? '0') !== '0') continue;
      const feature = await optional(`${label}_label`);
      readings.push({ chip, label, value, feature: feature?.slice(0, longestFeature) || null });
    } catch (error) {
      const { code, message } = error as { code?: string; message?: string };
      problems.push(`${join(directory, name)} can't be read: ${code === 'bad_data' ? message : code}`);
    }
  }
}

/** The value of a file `<label>_input` in the units of its kind, null for what is no whole number. */
export function parseHwmonValue(label: string, text: string): number | null {
  const kind = kindOf(label);
  const divisor = Object.hasOwn(divisors, kind) ? divisors[kind] : undefined;
  return divisor === undefined || !/^-?\d{1,18}$/.test(text) ? null : Number(text) / divisor;
}

function byNumber(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
