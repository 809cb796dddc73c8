import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { allTime, bucketOf, insertGaps, type Reader, readAll, type ReducedSamples } from '@sisock/core';
import { createMetrics, silentLogger } from '@sisock/runtime';
import { openWeatherArchive } from '../src/weather-archive.js';
import { weatherReader } from '../src/weather-reader.js';

const directory = fileURLToPath(new URL('../../../test/fixtures/apex-weather', import.meta.url));
const names = ['apex_humidity', 'apex_pressure', 'apex_radiometer', 'apex_temperature', 'apex_windspeed'];
const start = 1499990400;
const end = 1501200000;

/** The rows of a file, read another way. */
function rowsOf(field: string): [number, number][] {
  const text = readFileSync(`${directory}/${field}.dat`, 'utf8');
  return [...text.matchAll(/^([\d.]+) (\S+)$/gm)].map(([, t, v]) => [Number(t), Number(v)]);
}

describe('the APEX weather of 2017', () => {
  let reader: Reader;
  beforeAll(async () => {
    const archive = await openWeatherArchive({
      directory,
      log: silentLogger(),
      metrics: createMetrics(),
      clock: () => 1_600_000_000,
    });
    reader = weatherReader(archive);
  });

  it('has five fields with units and descriptions', async () => {
    const { fields, timelines } = await reader.catalog(allTime);
    expect([...fields.keys()].sort()).toEqual(names);
    expect(fields.get('apex_pressure')).toEqual({
      name: 'apex_pressure',
      timeline: 'hourly',
      type: 'number',
      units: 'mBar',
      description: 'APEX weather station pressure.',
    });
    expect(timelines.get('hourly')).toMatchObject({
      interval: 3600,
      fields: ['apex_humidity', 'apex_pressure', 'apex_temperature'],
    });
  });

  it('gives the two minutely files, whose times differ, timelines of their own', async () => {
    const { timelines } = await reader.catalog(allTime);
    expect([...timelines.keys()].sort()).toEqual(['hourly', 'minutely.apex_radiometer', 'minutely.apex_windspeed']);
    expect(timelines.get('minutely.apex_radiometer')!.interval).toBe(60);
  });

  it('serves all 41,385 rows as they stand in the files, repeated midnights too', async () => {
    const { fields } = await reader.catalog(allTime);
    let rows = 0;
    let repeated = 0;
    for (const name of names) {
      const got: [number, number][] = [];
      const query = { timeline: fields.get(name)!.timeline, fields: [name], range: allTime, maxSamples: 1000 };
      for await (const chunk of readAll(reader, query)) {
        for (const { t, columns } of chunk.batches) {
          t.forEach((time, i) => got.push([time, columns.get(name)!.v[i] as number]));
        }
      }
      expect(got).toEqual(rowsOf(name));
      rows += got.length;
      repeated += got.filter(([t], i) => i > 0 && got[i - 1]![0] === t).length;
    }
    expect(rows).toBe(41_385);
    expect(repeated).toBe(65);
  });

  for (const method of ['m4', 'minmax'] as const) {
    it(`reduced to 500 px by ${method} has every extreme of each pixel column`, async () => {
      const { fields } = await reader.catalog(allTime);
      for (const name of names) {
        const timeline = fields.get(name)!.timeline;
        const buckets = { start, width: (end - start) / 500, count: 500 };
        const reduced = await reader.reduce({ timeline, fields: [name], ...buckets, want: method });
        const samples = reduced.fields.get(name) as ReducedSamples;
        const rows = rowsOf(name);
        const real = new Set(rows.map(([t, v]) => `${t} ${v}`));
        expect([...samples.t].every((t, i) => real.has(`${t} ${samples.column.v[i] as number}`))).toBe(true);
        const columns = (pairs: [number, number][]) => {
          const extremes = new Map<number, [number, number]>();
          for (const [t, v] of pairs) {
            const k = bucketOf(buckets, t);
            if (k < 0) continue;
            const [low, high] = extremes.get(k) ?? [v, v];
            extremes.set(k, [Math.min(low, v), Math.max(high, v)]);
          }
          return extremes;
        };
        expect(columns([...samples.t].map((t, i) => [t, samples.column.v[i] as number]))).toEqual(columns(rows));
        expect(samples.t.length).toBeLessThanOrEqual(2000);
      }
    });
  }

  it.each([6, 24, 48])('shows the gap of seven minutes as a gap in 500 px of %i hours', async (hours) => {
    const gap = [1500577440, 1500577860];
    const { fields, timelines } = await reader.catalog(allTime);
    for (const name of ['apex_radiometer', 'apex_windspeed']) {
      const { timeline } = fields.get(name)!;
      const { interval } = timelines.get(timeline)!;
      const buckets = { start: gap[0]! - hours * 1800, width: (hours * 3600) / 500, count: 500 };
      const reduced = await reader.reduce({ timeline, fields: [name], ...buckets, want: 'm4' });
      const { t, column } = reduced.fields.get(name) as ReducedSamples;
      const shown = insertGaps(t, column.v as Float64Array, { interval, buckets, method: 'm4' });
      const breaks = [...shown.v.keys()].filter((i) => Number.isNaN(shown.v[i]!));
      expect(breaks.map((i) => [shown.t[i - 1], shown.t[i + 1]])).toEqual([gap]);
    }
  });

  it('names in a range only what has samples there', async () => {
    const between = { start: start + 1, end: start + 3 };
    expect((await reader.catalog(between)).fields.size).toBe(0);
    const minute = await reader.catalog({ start: start + 60, end: start + 61 });
    expect([...minute.fields.keys()].sort()).toEqual(['apex_radiometer', 'apex_windspeed']);
    expect((await reader.catalog({ start: end + 86400, end: Infinity })).fields.size).toBe(0);
  });

  it('says that what is before the last sample is final', async () => {
    const chunk = await reader.read({ timeline: 'hourly', fields: names, range: allTime, maxSamples: 1 });
    expect(chunk.finalizedUntil).toBe(rowsOf('apex_humidity').at(-1)![0]);
    expect(await reader.health!()).toMatchObject({
      ok: true,
      counters: { files: 5, samples: 41_385, damaged_lines: 0 },
    });
  });
});
