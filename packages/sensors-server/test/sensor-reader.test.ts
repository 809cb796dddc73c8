import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { allTime, collect, SisockError } from '@sisock/core';
import { samplesOf } from '@sisock/testkit';
import type { Reading } from '../src/reading.js';
import { sensorReader } from '../src/sensor-reader.js';
import type { SensorSource } from '../src/sensor-source.js';
import { sensorsProgram } from '../src/sensors-program.js';
import { expected, keptLog, printed, printing, scratch, standIn } from './support.js';

const signal = new AbortController().signal;
const reading = (label: string, value: number): Reading => ({ chip: 'chip-isa-0000', label, value, feature: null });

/** A source whose next answers are given; a text is a failure. */
function scripted(name: string, answers: (readonly Reading[] | string)[]): SensorSource {
  return {
    name,
    read() {
      const answer = answers.shift() ?? 'has no more';
      if (typeof answer === 'string') return Promise.reject(new SisockError('unavailable', answer));
      return Promise.resolve({ readings: answer, problems: [] });
    },
  };
}

function sampled(sources: readonly SensorSource[], options: { depth?: number; maxFields?: number } = {}) {
  const { lines, log } = keptLog();
  let now = 1000;
  const { reader, sample } = sensorReader({ sources, log, clock: () => (now += 2.5), ...options });
  const samples = async (field: string) => {
    const { batches } = await collect(reader, { timeline: 't', fields: [field], range: allTime }, { maxRows: 1e6 });
    return samplesOf(batches, field);
  };
  const take = async (n: number) => {
    for (let i = 0; i < n; i++) await sample(signal);
  };
  return { reader, lines, take, samples };
}

describe('the sensors of a machine', () => {
  it('share the timeline t, with units, description and interval', async () => {
    const { reader, take } = sampled([scripted('a', [[reading('temp1', 40), reading('fan1', 900)]])]);
    await take(1);
    const { fields, timelines } = await reader.catalog(allTime);
    expect([...fields.values()]).toMatchObject([
      { name: 'chip-isa-0000_temp1', timeline: 't', type: 'number', units: 'C', description: 'temp1 of chip-isa-0000' },
      { name: 'chip-isa-0000_fan1', timeline: 't', type: 'number', units: 'RPM' },
    ]);
    expect(timelines.get('t')).toMatchObject({ interval: 2.5, extent: { start: 1002.5, end: 1002.5 } });
  });

  it('are kept as deep as is said, the newest samples', async () => {
    const answers = Array.from({ length: 5000 }, (_, i) => [reading('temp1', i)]);
    const { take, samples, reader } = sampled([scripted('a', answers)]);
    await take(5000);
    const held = await samples('chip-isa-0000_temp1');
    expect(held).toHaveLength(1800);
    expect(held.map(([, v]) => v)).toEqual(Array.from({ length: 1800 }, (_, i) => 3200 + i));
    expect((await reader.health!()).counters).toMatchObject({ samples: 5000, rows: 1800 });
  });

  it('may come and go one by one', async () => {
    const { take, samples } = sampled([
      scripted('a', [[reading('temp1', 1), reading('fan1', 2)], [reading('temp1', 3)], [reading('fan1', 4)]]),
    ]);
    await take(3);
    expect(await samples('chip-isa-0000_temp1')).toEqual([[1002.5, 1], [1005, 3]]); // prettier-ignore
    expect(await samples('chip-isa-0000_fan1')).toEqual([[1002.5, 2], [1007.5, 4]]); // prettier-ignore
  });

  it('are read the next way where the first gives nothing, and the change is told once', async () => {
    const failures = Array<string>(5).fill('is not installed');
    const { take, samples, lines, reader } = sampled([
      scripted('first', failures),
      scripted(
        'second',
        Array.from({ length: 5 }, () => [reading('temp1', 7)]),
      ),
    ]);
    await take(5);
    expect(await samples('chip-isa-0000_temp1')).toHaveLength(5);
    expect(await reader.health!()).toMatchObject({ ok: true, newest: 1012.5 });
    expect(lines.map(({ msg, source }) => [msg, source])).toEqual([['sensors found', 'second']]);
  });

  it('are said to be none on a machine that has none: health and one log line', async () => {
    const { take, lines, reader } = sampled([
      scripted('sensors -u', Array<string>(3).fill('is not installed')),
      scripted('/sys/class/hwmon', Array<string>(3).fill("can't be read: ENOENT")),
    ]);
    await take(3);
    const message = "this machine has no sensors: sensors -u is not installed; /sys/class/hwmon can't be read: ENOENT";
    expect(await reader.health!()).toMatchObject({ ok: false, message, newest: null, counters: { samples_missed: 3 } });
    expect(lines.map(({ msg }) => msg)).toEqual([message]);
    expect((await reader.catalog(allTime)).fields.size).toBe(0);
    await expect(reader.read({ timeline: 't', fields: ['x'], range: allTime, maxSamples: 9 })).resolves.toMatchObject({
      batches: [],
      done: true,
    });
  });

  it('come back by themselves', async () => {
    const { take, samples, reader } = sampled([scripted('a', [[reading('temp1', 1)], 'hangs', [reading('temp1', 3)]])]);
    await take(2);
    expect(await reader.health!()).toMatchObject({ ok: false, message: 'the sensors give no value: a hangs' });
    await take(1);
    expect(await reader.health!()).toMatchObject({ ok: true });
    expect(await samples('chip-isa-0000_temp1')).toHaveLength(2);
  });

  it('are not more than is allowed', async () => {
    const many = Array.from({ length: 10 }, (_, i) => reading(`temp${i}`, i));
    const { take, reader, lines } = sampled([scripted('a', [many, many])], { maxFields: 4 });
    await take(2);
    expect((await reader.catalog(allTime)).fields.size).toBe(4);
    expect(lines.filter(({ msg }) => msg.startsWith('more than 4 sensors'))).toHaveLength(1);
  });
});

describe('the program sensors', () => {
  let directory: Awaited<ReturnType<typeof scratch>>;
  beforeEach(async () => {
    directory = await scratch();
  });
  afterEach(() => directory.remove());
  const read = async (script: string, options: { timeoutMs?: number; maxBytes?: number } = {}) => {
    const env = await standIn(directory.path, script);
    return sensorsProgram({ env, ...options }).read(signal);
  };

  it('is found on the PATH and read, its complaints are handed on', async () => {
    const { readings, problems } = await read(printing(printed));
    expect(readings).toHaveLength(Object.keys(expected).length);
    expect(problems).toEqual([expect.stringMatching(/^says "ERROR: Can't get value of subfeature temp1_input/)]);
  });

  it('counts with an exit status of its own, as long as it gives values', async () => {
    const { readings } = await read(`${printing(printed)}\nexit 1`);
    expect(readings).toHaveLength(Object.keys(expected).length);
  });

  it.each([
    ['exit 3', 'failed: 3'],
    ['echo "No sensors found!" >&2; exit 1', 'says "No sensors found!"'],
    ['true', 'gives no value'],
    ['sleep 60', 'gave no answer within 100 ms'],
    ['yes', 'printed more than 10000 bytes'],
  ])('that does %j fails in words', async (script, message) => {
    const options = script === 'sleep 60' ? { timeoutMs: 100 } : { maxBytes: 10_000 };
    await expect(read(script, options)).rejects.toMatchObject({ code: 'unavailable', message });
  });

  it('is said to be missing where it is', async () => {
    const source = sensorsProgram({ env: { PATH: directory.path } });
    await expect(source.read(signal)).rejects.toMatchObject({ code: 'unavailable', message: 'is not installed' });
  });
});
