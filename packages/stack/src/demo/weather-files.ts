import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { smoothNoise, whiteNoise } from './noise.js';

const day = 86_400;
/** 2017-07-14 and 2017-07-28, 0 h UTC: the span of the APEX sample these files stand in for. */
const begin = 1_499_990_400;
const end = begin + 14 * day;

interface WeatherField {
  readonly file: string;
  readonly description: string;
  readonly units: string;
  readonly timeline: 'hourly' | 'minutely';
  readonly decimals: number;
  readonly at: (t: number) => number;
}

/** -1 before dawn, 1 in the afternoon, at the longitude of the Chajnantor plateau. */
function sun(t: number): number {
  return Math.sin((2 * Math.PI * (t - 13.5 * 3600)) / day);
}

function humidity(t: number): number {
  const front = Math.max(0, smoothNoise(11, t / (2.3 * day))) ** 2;
  return Math.min(98, Math.max(1, 18 - 9 * sun(t) + 50 * front + 4 * smoothNoise(12, t / 5400)));
}

const fields: readonly WeatherField[] = [
  {
    file: 'apex_humidity.dat',
    description: 'Weather station humidity',
    units: '%',
    timeline: 'hourly',
    decimals: 2,
    at: humidity,
  },
  {
    file: 'apex_pressure.dat',
    description: 'Weather station pressure',
    units: 'mBar',
    timeline: 'hourly',
    decimals: 2,
    at: (t) => 554.9 + 1.8 * smoothNoise(21, t / (3 * day)) + 0.5 * Math.sin((4 * Math.PI * (t - 2 * 3600)) / day),
  },
  {
    file: 'apex_radiometer.dat',
    description: 'Radiometer, precipitable water vapour',
    units: 'mm',
    timeline: 'minutely',
    decimals: 6,
    at: (t) =>
      0.3 + humidity(t) * 0.022 + 0.06 * (1 + smoothNoise(31, t / 1800)) + 0.006 * whiteNoise(32, Math.round(t / 60)),
  },
  {
    file: 'apex_temperature.dat',
    description: 'Weather station temperature',
    units: 'C',
    timeline: 'hourly',
    decimals: 2,
    at: (t) => -5.2 + 5.5 * sun(t) + 3 * smoothNoise(41, t / (2 * day)) + 0.5 * smoothNoise(42, t / 5000),
  },
  {
    file: 'apex_windspeed.dat',
    description: 'Weather station wind speed',
    units: 'km/h',
    timeline: 'minutely',
    decimals: 1,
    at: (t) => {
      const mean = 14 + 9 * sun(t - 3 * 3600) + 8 * smoothNoise(51, t / (1.5 * day)) + 4 * smoothNoise(52, t / 2400);
      return Math.max(0.1, mean * (1 + 0.2 * whiteNoise(53, Math.round(t / 60))));
    },
  },
];

/** The names of the files that {@link writeWeatherFiles} makes. */
export const weatherFileNames: readonly string[] = fields.map((f) => f.file);

/**
 * The text of one generated weather file, in the original's format: description, timeline and units, then lines of UNIX
 * seconds and value with the date before each day. The same text every time.
 */
export function weatherFileText(name: string): string {
  const field = fields.find((f) => f.file === name);
  if (!field) throw new RangeError(`no generated weather file is called ${name}`);
  const lines = [`# ${field.description} (generated, not measured).`, `# ${field.timeline}`, `# ${field.units}`];
  const step = field.timeline === 'hourly' ? 3600 : 60;
  for (let t = begin; t <= end; t += step) {
    if ((t - begin) % day === 0 && t < end) lines.push(`# ${new Date(t * 1000).toISOString().slice(0, 10)}`);
    lines.push(`${t.toFixed(1)} ${field.at(t).toFixed(field.decimals)}`);
  }
  return lines.join('\n') + '\n';
}

/** Writes the generated weather files that are absent from `directory`, each whole or not at all; returns how many. */
export function writeWeatherFiles(directory: string): number {
  mkdirSync(directory, { recursive: true });
  const absent = weatherFileNames.filter((name) => !existsSync(join(directory, name)));
  for (const name of absent) {
    const path = join(directory, name);
    writeFileSync(`${path}.part`, weatherFileText(name));
    renameSync(`${path}.part`, path);
  }
  return absent.length;
}
