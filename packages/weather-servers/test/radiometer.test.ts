import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { allTime, type Reader } from '@sisock/core';
import type { Sample } from '@sisock/testkit';
import fc from 'fast-check';
import type { FileTree } from '../src/file-tree.js';
import { radiometerLayout } from '../src/radiometer-files.js';
import { plain, read, type TestTree, testTree } from './support/tree.js';

const day = 86_400;
const utc = (year: number, month: number, date: number) => Date.UTC(year, month - 1, date) / 1000;
const daysOf = (year: number) => (utc(year + 1, 1, 1) - utc(year, 1, 1)) / day;
const header = 'day of year, water vapour in mm\n';

/** The name that the instrument's program gave the file of a day. */
function nameOf(year: number, dayOfYear: number): string {
  const padded = String(dayOfYear).padStart(3, '0');
  const isEarly = year === 2018 && dayOfYear <= 201;
  return isEarly ? `PWV_UCSC_${padded}-${year}.txt` : `PWV_UCSC_${year}-${padded}.txt`;
}

/** The file of a day with a sample every hour, some of them NaN; and the samples that it gives. */
function fileOf(year: number, dayOfYear: number): { text: string; samples: Sample[] } {
  const samples: Sample[] = [];
  const lines = [header.trim()];
  for (let i = 0; i < 24; i++) {
    const fraction = dayOfYear + Math.round((i / 24) * 1e6) / 1e6;
    const value = Math.round(100 * (1 + Math.sin(dayOfYear + i / 5))) / 100;
    const isBroken = (dayOfYear + i) % 11 === 0;
    lines.push(`${fraction} ${isBroken ? 'NaN' : value}`, ...(i === 7 ? [''] : []));
    const time = Math.round((utc(year, 1, 1) + (fraction - 1) * day) * 1e6) / 1e6;
    if (!isBroken) samples.push([time, value]);
  }
  return { text: `${lines.join('\n')}\n`, samples };
}

describe('the archive of the radiometer, 2015 to 2020', () => {
  const all: Sample[] = [];
  let made: TestTree;
  let reader: Reader;
  let tree: FileTree;
  const [begin, end] = [utc(2015, 12, 1), utc(2020, 3, 10)];
  const cacheBytes = 20_000;
  beforeAll(async () => {
    made = await testTree(radiometerLayout);
    const written: Promise<void>[] = [];
    for (let t = begin; t < end; t += day) {
      const year = new Date(t * 1000).getUTCFullYear();
      const dayOfYear = (t - utc(year, 1, 1)) / day + 1;
      if (dayOfYear % 97 === 0) continue; // days without a file
      const { text, samples } = fileOf(year, dayOfYear);
      all.push(...samples);
      written.push(made.write(nameOf(year, dayOfYear), text));
    }
    await Promise.all(written);
    ({ tree, reader } = await made.open({ cacheBytes, checkEvery: 60 }));
  });
  afterAll(() => made.remove());
  const expectPlain = async (start: number, stop: number, maxSamples?: number) => {
    const range = { start, end: stop };
    const expected = plain(all, range);
    expect(await read(reader, 'pwv', range, maxSamples)).toEqual(expected);
    return expected.length;
  };

  it('is any range of a plain reading, in chunks of any size', async () => {
    const query = fc.record({
      from: fc.oneof(
        fc.integer({ min: begin - 3 * day, max: end + day }),
        fc.constantFrom(...[2016, 2017, 2018, 2019, 2020].map((year) => utc(year, 1, 1) - day / 2)),
        fc.constantFrom(utc(2016, 2, 28), utc(2018, 7, 19), utc(2018, 7, 20), utc(2018, 7, 21)),
      ),
      length: fc.oneof(fc.integer({ min: 0, max: 3 * day }), fc.integer({ min: 0, max: 150 * day })),
      maxSamples: fc.integer({ min: 1, max: 400 }),
    });
    await fc.assert(
      fc.asyncProperty(query, async ({ from, length, maxSamples }) => {
        await expectPlain(from, from + length, Math.max(maxSamples, Math.ceil(length / day)));
      }),
      { numRuns: 60 },
    );
    expect(tree.counters()['cached_bytes']).toBeLessThanOrEqual(cacheBytes);
  });

  it('is whole as it was written', async () => {
    expect(await expectPlain(-Infinity, Infinity)).toBeGreaterThan(30_000);
  });

  it('fault 12: has the last day of every year', async () => {
    await expectPlain(utc(2015, 12, 30), utc(2020, 1, 2));
    for (const year of [2015, 2016, 2017, 2018, 2019]) {
      const last = utc(year + 1, 1, 1) - day;
      expect(await expectPlain(last - 10 * day, last + 2 * day)).toBeGreaterThan(11 * 20);
      const found = await read(reader, 'pwv', { start: last, end: last + day });
      expect(found.length).toBe(fileOf(year, daysOf(year)).samples.length);
    }
  });

  it('fault 12: counts days in UTC', async () => {
    const range = { start: utc(2017, 7, 1), end: utc(2017, 7, 1) + 2 * 3600 };
    expect((await read(reader, 'pwv', range)).map(([t]) => t)[0]).toBe(utc(2017, 7, 1));
    expect((await read(reader, 'pwv', { start: utc(2016, 2, 29), end: utc(2016, 3, 1) })).length).toBeGreaterThan(20);
  });

  it('fault 12: gives nothing outside the asked range', async () => {
    const range = { start: utc(2017, 5, 5) + 1000, end: utc(2017, 5, 5) + 20_000 };
    const times = (await read(reader, 'pwv', range)).map(([t]) => t);
    expect(times.length).toBeGreaterThan(2);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(range.start);
    expect(Math.max(...times)).toBeLessThan(range.end);
  });

  it('knows both names of 2018', async () => {
    expect(await expectPlain(utc(2018, 7, 19), utc(2018, 7, 23))).toBeGreaterThan(80);
    expect(await expectPlain(utc(2018, 1, 1), utc(2019, 1, 1))).toBeGreaterThan(7000);
  });

  it('has one field, pwv in mm', async () => {
    const { fields, timelines } = await reader.catalog(allTime);
    expect([...fields.values()]).toMatchObject([{ name: 'pwv', timeline: 'pwv', units: 'mm', type: 'number' }]);
    expect(timelines.get('pwv')!.extent).toEqual({ start: all[0]![0], end: all.at(-1)![0] });
    expect(timelines.get('pwv')!.interval).toBeCloseTo(3600, 0);
  });
});

describe('a directory of the radiometer', () => {
  let made: TestTree;
  beforeEach(async () => {
    made = await testTree(radiometerLayout);
  });
  afterEach(() => made.remove());

  it('follows the file of the day', async () => {
    await made.write('PWV_UCSC_2019-365.txt', `${header}365.5 1\n`);
    const { reader, tree } = await made.open();
    const before = tree.revision();
    expect(await read(reader, 'pwv', allTime)).toEqual([[utc(2019, 12, 31) + day / 2, 1]]);
    await appendFile(join(made.directory, 'PWV_UCSC_2019-365.txt'), '365.75 2\n');
    await made.write('PWV_UCSC_2020-001.txt', `${header}1.25 3\n`);
    expect((await read(reader, 'pwv', allTime)).map(([, v]) => v)).toEqual([1, 2, 3]);
    expect(await tree.finalizedUntil('pwv')).toBe(utc(2020, 1, 1) + day / 4);
    expect(tree.revision()).toBe(before);
  });

  it('serves one file of a day that is there under both names, and says so once', async () => {
    for (const name of ['PWV_UCSC_2018-150.txt', 'PWV_UCSC_202-2018.txt']) await made.write(name, `${header}1.5 9\n`);
    await made.write('PWV_UCSC_150-2018.txt', `${header}150.5 1\n`);
    await made.write('PWV_UCSC_2018-202.txt', `${header}202.5 2\n`);
    const { reader } = await made.open();
    expect((await read(reader, 'pwv', allTime)).map(([, v]) => v)).toEqual([1, 2]);
    expect(made.lines.filter(({ msg }) => msg.startsWith('left out')).map(({ file }) => file)).toEqual([
      join(made.directory, 'PWV_UCSC_2018-150.txt'),
      join(made.directory, 'PWV_UCSC_202-2018.txt'),
    ]);
  });

  it('tells once of damaged lines and of names of days that are none', async () => {
    await made.write('PWV_UCSC_2019-366.txt', `${header}366.5 1\n`);
    await made.write('PWV_UCSC_2019-000.txt', `${header}0.5 1\n`);
    await made.write('PWV_UCSC_2019-x.txt', header);
    await made.write('PWV_UCSC_2020-366.txt', `${header}366.5 1\n\n366.6 nan\nx 3\n3.5 4\n366.7 2 3\n366.75 5\n`);
    const { reader } = await made.open({ cacheBytes: 0 });
    for (let i = 0; i < 2; i++) expect((await read(reader, 'pwv', allTime)).map(([, v]) => v)).toEqual([1, 5]);
    expect(made.lines.filter(({ msg }) => msg.startsWith('left out'))).toHaveLength(3);
    expect(made.lines.flatMap(({ line }) => line ?? [])).toEqual([5, 6, 7]);
  });
});
