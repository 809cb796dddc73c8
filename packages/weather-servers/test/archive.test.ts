import { appendFile, mkdtemp, rm, unlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { allTime, type Batch, type Reader } from '@sisock/core';
import { createMetrics, type Metrics, readSettings, silentLogger } from '@sisock/runtime';
import { type Fixture, readerContract } from '@sisock/testkit';
import { withBlocks, withoutUnevenEdges } from '../../blocks/test/with-blocks.js';
import { pino } from 'pino';
import { weatherSettings } from '../src/settings.js';
import { openWeatherArchive, type WeatherArchive } from '../src/weather-archive.js';
import { weatherReader } from '../src/weather-reader.js';

const header = (timeline: string, units = 'K', description = 'A field') =>
  `# ${description}\n# ${timeline}\n# ${units}\n`;

describe('an archive of weather files', () => {
  let directory: string;
  let lines: { msg: string; line?: number; file?: string }[];
  let metrics: Metrics;
  let now: number;
  const log = () => pino({ level: 'info' }, { write: (text: string) => void lines.push(JSON.parse(text)) });
  const open = () => openWeatherArchive({ directory, log: log(), metrics, clock: () => now, checkEvery: 0 });
  const write = (name: string, text: string) => writeFile(join(directory, name), text);
  const rows = async (archive: WeatherArchive, field: string) => {
    const reader: Reader = weatherReader(archive);
    const { fields } = await reader.catalog(allTime);
    const { timeline } = fields.get(field)!;
    const { batches } = await reader.read({ timeline, fields: [field], range: allTime, maxSamples: 1e6 });
    return batches.flatMap(({ t, columns }) => [...t].map((time, i) => [time, columns.get(field)!.v[i]]));
  };

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'weather-'));
    lines = [];
    metrics = createMetrics();
    now = Date.now() / 1000 + 3600;
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('tells once of a damaged line, with its file and number, and serves the rest', async () => {
    await write('a.dat', `${header('minutely')}100 1\noops\n200 2\n`);
    const archive = await open();
    expect(await rows(archive, 'a')).toEqual([[100, 1], [200, 2]]); // prettier-ignore
    await appendFile(join(directory, 'a.dat'), '300 3\n');
    expect(await rows(archive, 'a')).toHaveLength(3);
    const told = lines.filter((one) => one.msg.includes('oops'));
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({ line: 5, file: join(directory, 'a.dat') });
    expect(await metrics.text()).toContain('sisock_weather_damaged_lines_total 1');
  });

  it('reads a file again when it grew, and keeps the revision', async () => {
    await write('a.dat', `${header('minutely')}100 1\n`);
    const archive = await open();
    const before = archive.revision();
    await appendFile(join(directory, 'a.dat'), '200 2\n');
    expect(await rows(archive, 'a')).toEqual([[100, 1], [200, 2]]); // prettier-ignore
    expect(archive.revision()).toBe(before);
  });

  it('gives a new revision when rows that were there changed', async () => {
    await write('a.dat', `${header('minutely')}100 1\n200 2\n`);
    const archive = await open();
    const before = archive.revision();
    await write('a.dat', `${header('minutely')}100 7\n200 2\n300 3\n`);
    expect(await rows(archive, 'a')).toEqual([[100, 7], [200, 2], [300, 3]]); // prettier-ignore
    expect(archive.revision()).not.toBe(before);
  });

  it('does not read what did not change', async () => {
    await write('a.dat', `${header('minutely')}100 1\n`);
    const archive = await open();
    for (let i = 0; i < 3; i++) await rows(archive, 'a');
    expect(archive.counters()).toMatchObject({ files_read: 1 });
  });

  it('finds new files and forgets those that went', async () => {
    await write('a.dat', `${header('minutely')}100 1\n`);
    const archive = await open();
    await write('b.dat', `${header('hourly')}100 1\n`);
    await write('notes.txt', 'no weather');
    expect([...(await archive.data()).fields.keys()]).toEqual(['a', 'b']);
    await unlink(join(directory, 'a.dat'));
    expect([...(await archive.data()).fields.keys()]).toEqual(['b']);
  });

  it('waits with a last line that may still be being written', async () => {
    const path = join(directory, 'a.dat');
    await write('a.dat', `${header('minutely')}100 1\n200 2.5`);
    await utimes(path, now - 1, now - 1);
    const archive = await open();
    expect(await rows(archive, 'a')).toEqual([[100, 1]]);
    now += 60;
    expect(await rows(archive, 'a')).toEqual([[100, 1], [200, 2.5]]); // prettier-ignore
  });

  it('shares a timeline only between fields of the same times, and never goes back on it', async () => {
    await write('a.dat', `${header('minutely')}100 1\n200 2\n`);
    await write('b.dat', `${header('minutely')}100 3\n200 4\n`);
    const archive = await open();
    expect([...(await archive.data()).timelines.keys()]).toEqual(['minutely']);
    await appendFile(join(directory, 'a.dat'), '300 3\n');
    expect([...(await archive.data()).timelines.keys()]).toEqual(['minutely.a', 'minutely.b']);
    await appendFile(join(directory, 'b.dat'), '300 5\n');
    expect([...(await archive.data()).timelines.keys()]).toEqual(['minutely.a', 'minutely.b']);
  });

  it('serves on what it read when the directory goes, and says so', async () => {
    await write('a.dat', `${header('minutely')}100 1\n`);
    const archive = await open();
    await rm(directory, { recursive: true });
    expect(await rows(archive, 'a')).toEqual([[100, 1]]);
    expect(await weatherReader(archive).health!()).toMatchObject({ ok: false, newest: 100 });
    expect(lines.filter((one) => one.msg.includes('ENOENT'))).toHaveLength(1);
    await rm(directory, { recursive: true, force: true });
    const { mkdir } = await import('node:fs/promises');
    await mkdir(directory);
  });

  it('without any file is not well: nothing is mounted there', async () => {
    const reader = weatherReader(await open());
    const message = expect.stringMatching(/^WEATHER_DIRECTORY .* holds no \.dat file; is it mounted\?/);
    expect(await reader.health!()).toMatchObject({ ok: false, newest: null, message });
    await write('a.dat', `${header('minutely')}100 1\n`);
    expect(await reader.health!()).toMatchObject({ ok: true, newest: 100 });
  });

  it('leaves out a file that is too large', async () => {
    await write('a.dat', `${header('minutely')}100 1\n`);
    await write('b.dat', `${header('minutely')}${'100 1\n'.repeat(1000)}`);
    const archive = await openWeatherArchive({ directory, log: log(), metrics, clock: () => now, maxFileBytes: 1000 });
    expect([...(await archive.data()).fields.keys()]).toEqual(['a']);
    expect(lines.some((one) => one.msg.startsWith('left out'))).toBe(true);
  });

  it('refuses a directory that is not there, by its name', async () => {
    const options = { directory: join(directory, 'none'), log: silentLogger(), metrics, clock: () => now };
    await expect(openWeatherArchive(options)).rejects.toMatchObject({
      code: 'bad_setting',
      message: expect.stringMatching(/WEATHER_DIRECTORY .*none.* ENOENT/),
    });
  });
});

describe('fault 5: MAX_POINTS', () => {
  const read = (MAX_POINTS?: string) => readSettings(weatherSettings, { WEATHER_DIRECTORY: '/w', MAX_POINTS });

  it('may be unset', () => {
    expect(read()).toMatchObject({ NAME: 'apex_archive', MAX_POINTS: undefined });
  });

  it.each(['0', '-1', 'many', '1.5', '1e3', 'NaN'])('is refused by name as %p', (text) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: 'bad_setting' }));
    expect(() => read(text)).toThrow(/MAX_POINTS .* is not a whole number from 1/);
  });
});

async function overFiles(fixture: Fixture) {
  const directory = await mkdtemp(join(tmpdir(), 'weather-'));
  const text = (batch: Batch, field: string) =>
    [...batch.t].map((t, i) => `${t} ${batch.columns.get(field)!.v[i] as number}\n`).join('');
  for (const { name, fields, batches } of fixture.timelines) {
    for (const field of fields) {
      const rows = batches.map((batch) => text(batch, field.name)).join('');
      const head = header(name, field.units ?? '', field.description ?? '');
      await writeFile(join(directory, `${field.name}.dat`), head + rows);
    }
  }
  const archive = await openWeatherArchive({
    directory,
    log: silentLogger(),
    metrics: createMetrics(),
    clock: () => 1_600_000_000,
    checkEvery: 0,
  });
  return {
    reader: weatherReader(archive),
    append: async (timeline: string, batch: Batch) => {
      const fields = fixture.timelines.find((one) => one.name === timeline)!.fields;
      for (const { name } of fields) await appendFile(join(directory, `${name}.dat`), text(batch, name));
    },
    close: () => rm(directory, { recursive: true }),
  };
}

const without = ['i64', 'bool', 'str', 'column-sets'] as const;
readerContract('weatherReader', overFiles, { without });
readerContract(
  'BlockReader over weatherReader',
  async (fixture) => withBlocks(await overFiles(fixture), () => 1_600_000_000),
  { without: [...without, withoutUnevenEdges] },
);
