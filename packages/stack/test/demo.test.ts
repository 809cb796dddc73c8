import { afterEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { feedMessage, heartbeat, sampleTimes } from '../src/demo/ocs-messages.js';
import { demoAgents, phaseAt } from '../src/demo/simulated-agents.js';
import { weatherFileNames, weatherFileText, writeWeatherFiles } from '../src/demo/weather-files.js';

const day = 86_400;
const begin = 1_499_990_400;

const rowsOf = (text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(' ').map(Number) as [number, number]);

describe('generated weather', () => {
  it.each(weatherFileNames)('%s says that it is generated, and covers 14 days without a hole', (name) => {
    const text = weatherFileText(name);
    const [description, timeline, units] = text.split('\n');
    expect(description).toMatch(/^# .*generated, not measured/);
    expect(timeline).toMatch(/^# (hourly|minutely)$/);
    expect(units).toMatch(/^# \S+$/);
    const rows = rowsOf(text);
    const step = timeline === '# hourly' ? 3600 : 60;
    expect(rows.map((r) => r[0])).toEqual(Array.from({ length: (14 * day) / step + 1 }, (_, i) => begin + i * step));
    expect(rows.every((r) => Number.isFinite(r[1]))).toBe(true);
  });

  it.each([
    ['apex_humidity.dat', 1, 98],
    ['apex_pressure.dat', 550, 560],
    ['apex_radiometer.dat', 0.2, 6],
    ['apex_temperature.dat', -16, 8],
    ['apex_windspeed.dat', 0.1, 60],
  ])('%s stays within what that place has seen', (name, least, most) => {
    const values = rowsOf(weatherFileText(name)).map((r) => r[1]);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(least);
    expect(Math.max(...values)).toBeLessThanOrEqual(most);
    expect(new Set(values).size).toBeGreaterThan(50);
  });

  it('is the same every time', () => {
    const digest = (name: string) => createHash('sha256').update(weatherFileText(name)).digest('hex');
    expect(digest('apex_windspeed.dat')).toBe(digest('apex_windspeed.dat'));
    expect(rowsOf(weatherFileText('apex_temperature.dat')).slice(0, 2)).toMatchInlineSnapshot(`
      [
        [
          1499990400,
          -4.06,
        ],
        [
          1499994000,
          -5.8,
        ],
      ]
    `);
  });

  let directory: string | undefined;
  afterEach(() => {
    if (directory) rmSync(directory, { recursive: true });
  });

  it('is written where it is absent and never over what is there', () => {
    directory = mkdtempSync(join(tmpdir(), 'sisock-demo-'));
    writeFileSync(join(directory, 'apex_humidity.dat'), 'mine');
    expect(writeWeatherFiles(directory)).toBe(4);
    expect(writeWeatherFiles(directory)).toBe(0);
    expect(readFileSync(join(directory, 'apex_humidity.dat'), 'utf8')).toBe('mine');
    expect(readFileSync(join(directory, 'apex_pressure.dat'), 'utf8')).toBe(weatherFileText('apex_pressure.dat'));
  });
});

describe('simulated agents', () => {
  const [cryostat] = demoAgents;
  const temperatures = cryostat!.feeds[0]!;

  it('publish messages in the form of OCS', () => {
    const { topic, argument } = feedMessage('observatory', cryostat!, temperatures, [1000, 1000.25], 999);
    expect(topic).toBe('observatory.cryostat.feeds.temperatures');
    expect(argument).toEqual([
      {
        temps: {
          block_name: 'temps',
          data: {
            stage_50k: [expect.any(Number), expect.any(Number)],
            stage_4k: [expect.any(Number), expect.any(Number)],
            still: [expect.any(Number), expect.any(Number)],
            mixing_chamber: [expect.any(Number), expect.any(Number)],
            magnet: [expect.any(Number), expect.any(Number)],
          },
          timestamps: [1000, 1000.25],
        },
      },
      {
        agent_address: 'observatory.cryostat',
        agg_params: { frame_length: 20 },
        feed_name: 'temperatures',
        address: topic,
        record: true,
        session_id: '999.000000',
        agent_class: 'SimulatedCryostat',
      },
    ]);
  });

  it('publish signs of life', () => {
    const { topic, argument } = heartbeat('site', cryostat!, 999);
    expect(topic).toBe('site.cryostat.feeds.heartbeat');
    expect(argument[0]).toEqual({ acq: 3 });
    expect(argument[1]).toMatchObject({ record: false, agent_address: 'site.cryostat' });
  });

  it('give the same values at the same times', () => {
    expect(temperatures.at(1.8e9)).toEqual(temperatures.at(1.8e9));
    expect(temperatures.at(1.8e9)).not.toEqual(temperatures.at(1.8e9 + 0.25));
  });

  it('cool a cryostat from room temperature to a tenth of a kelvin', () => {
    const start = 720 * 2_500_000;
    const at = (seconds: number) => temperatures.at(start + seconds)['mixing_chamber'] as number;
    expect(phaseAt(start)).toBe('cooling');
    expect(at(0)).toBeGreaterThan(250);
    expect(at(590)).toBeLessThan(0.11);
    expect(at(590)).toBeGreaterThan(0.09);
    expect(phaseAt(start + 650)).toBe('warming');
  });

  it('have numbers, a bool, a string, and now and then a reading that is no number', () => {
    const types = new Set(
      demoAgents.flatMap((a) => a.feeds.flatMap((f) => Object.values(f.at(1.8e9)).map((v) => typeof v))),
    );
    expect(types).toEqual(new Set(['number', 'boolean', 'string']));
    const readings = sampleTimes(4, 1.8e9, 1.8e9 + 1800).map((t) => temperatures.at(t)['magnet'] as number);
    const lost = readings.filter(Number.isNaN).length;
    expect(lost).toBeGreaterThan(2);
    expect(lost).toBeLessThan(40);
  });

  it('sample on a grid, each time once', () => {
    expect(sampleTimes(4, 10, 11)).toEqual([10.25, 10.5, 10.75, 11]);
    expect([...sampleTimes(4, 0, 0.6), ...sampleTimes(4, 0.5, 1.1)]).toEqual([0.25, 0.5, 0.75, 1]);
  });
});
