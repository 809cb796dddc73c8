import { appendFile, rename, rm, unlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { allTime, type Batch, type Reader, reduceBatches } from '@sisock/core';
import { batchOf, type Fixture, readerContract, type Sample } from '@sisock/testkit';
import fc from 'fast-check';
import { apexLayout } from '../src/apex-files.js';
import type { FileTree } from '../src/file-tree.js';
import { plain, read, type TestTree, testTree } from './support/tree.js';

const day = 86_400;
const begin = 1_483_228_800; // 2017-01-01
const days = 1826;
const text = (rows: readonly Sample[]) => rows.map(([t, v]) => `${t}.0 ${String(v)}\n`).join('');
const nameOf = (field: string, start: number, end: number) => `APEX_${field}_${start}_${end}.dat`;

/** Samples of one day, both midnights with it: neighbours repeat them, as the real files do. */
function dayOf(start: number, step: number): Sample[] {
  const rows: Sample[] = [];
  for (let t = start; t <= start + day; t += step) rows.push([t, Math.round(1000 * Math.sin(t / 7001)) / 100 + 0]);
  return rows;
}

describe('five years of APEX weather', () => {
  const all = new Map<string, Sample[]>();
  const steps = { humidity: 3600, windspeed: 1800 } as const;
  let made: TestTree;
  let reader: Reader;
  let tree: FileTree;
  const cacheBytes = 100_000;
  beforeAll(async () => {
    made = await testTree(apexLayout);
    const written: Promise<void>[] = [];
    for (const [field, step] of Object.entries(steps)) {
      const samples: Sample[] = [];
      for (let i = 0; i < days; i++) {
        if (field === 'windspeed' && i % 100 === 50) continue; // a day without a file
        const start = begin + i * day;
        const rows = dayOf(start, step);
        samples.push(...rows);
        written.push(made.write(nameOf(field, start, start + day), text(rows)));
      }
      all.set(field, samples);
    }
    await Promise.all(written);
    ({ tree, reader } = await made.open({ cacheBytes, checkEvery: 60 }));
  });
  afterAll(() => made.remove());

  it('is any range of a plain reading, in chunks of any size', async () => {
    const query = fc.record({
      field: fc.constantFrom('humidity', 'windspeed'),
      from: fc.integer({ min: -3 * day, max: (days + 2) * day }),
      length: fc.oneof(fc.integer({ min: 0, max: 2 * day }), fc.integer({ min: 0, max: 30 * day })),
      aligned: fc.boolean(),
      maxSamples: fc.integer({ min: 1, max: 500 }),
    });
    await fc.assert(
      fc.asyncProperty(query, async ({ field, from, length, aligned, maxSamples }) => {
        const start = begin + (aligned ? Math.round(from / day) * day : from);
        const range = { start, end: start + (aligned ? Math.round(length / 3600) * 3600 : length) };
        expect(await read(reader, field, range, Math.max(maxSamples, Math.ceil(length / day)))).toEqual(
          plain(all.get(field)!, range),
        );
      }),
      { numRuns: 60 },
    );
    expect(tree.counters()['cached_bytes']).toBeLessThanOrEqual(cacheBytes);
  });

  it('is whole as it was written, and reduces as all of it would', async () => {
    for (const field of Object.keys(steps)) {
      const samples = all.get(field)!;
      expect(await read(reader, field, allTime)).toEqual(samples);
      const query = {
        timeline: field,
        fields: [field],
        start: begin - day,
        width: 1e5,
        count: 1600,
        want: 'm4' as const,
      };
      const batch = batchOf(
        samples.map(([t]) => t),
        { [field]: samples.map(([, v]) => v) },
      );
      expect((await reader.reduce(query)).fields).toEqual(reduceBatches(query, [batch]));
    }
  });

  it('keeps its memory within the limit, whatever is read', async () => {
    await read(reader, 'humidity', allTime);
    const { cached_bytes: bytes, cached_files: files } = tree.counters();
    expect(bytes).toBeLessThanOrEqual(cacheBytes);
    expect(files).toBeGreaterThan(50);
  });

  it('opens only the files of the range', async () => {
    const { tree: fresh, reader: asked } = await made.open({ checkEvery: 60 });
    expect(fresh.counters()).toMatchObject({ files: 2 * days - 18, files_read: 0 });
    const start = begin + 500.3 * day;
    const range = { start, end: start + 0.2 * day };
    expect(await read(asked, 'humidity', range)).toEqual(plain(all.get('humidity')!, range));
    // The one of the range, and the newest, whose end tells what is final.
    expect(fresh.counters()['files_read']).toBe(2);
    await read(asked, 'humidity', range);
    expect(fresh.counters()['files_read']).toBe(2);
  });

  it('fault 13: a range that starts before the first file has what lies in it', async () => {
    const range = { start: begin - 400 * day, end: begin + 1.5 * day };
    const got = await read(reader, 'humidity', range);
    expect(got).toHaveLength(25 + 12); // the second midnight twice
    expect(got).toEqual(plain(all.get('humidity')!, range));
    expect([...(await reader.catalog(range)).fields.keys()]).toEqual(['humidity', 'windspeed']);
    expect(await read(reader, 'humidity', { start: 1, end: begin + 1 })).toEqual([
      [begin, all.get('humidity')![0]![1]],
    ]);
  });

  it('has a timeline a field, with units, extent and interval, and only fields that have files', async () => {
    const { fields, timelines } = await reader.catalog(allTime);
    expect([...fields.values()]).toMatchObject([
      { name: 'humidity', timeline: 'humidity', type: 'number', units: '%' },
      { name: 'windspeed', timeline: 'windspeed', type: 'number', units: 'km/h' },
    ]);
    const extent = { start: begin, end: begin + days * day };
    expect(timelines.get('humidity')).toEqual({ name: 'humidity', interval: 3600, fields: ['humidity'], extent });
    expect((await reader.catalog({ start: begin - 9, end: begin })).fields.size).toBe(0);
    expect((await reader.catalog({ start: begin + days * day + 1, end: Infinity })).fields.size).toBe(0);
  });

  it('tells the newest sample and what is held as its health', async () => {
    expect(await reader.health!()).toMatchObject({ ok: true, newest: begin + days * day });
  });
});

describe('a directory of APEX weather', () => {
  let made: TestTree;
  beforeEach(async () => {
    made = await testTree(apexLayout);
  });
  afterEach(() => made.remove());
  const append = (name: string, more: string) => appendFile(join(made.directory, name), more);

  it('follows a file that grows, also behind the end in its name, and keeps the revision', async () => {
    await made.write(nameOf('humidity', 0, 100), text([[0, 1], [100, 2]])); // prettier-ignore
    const { reader, tree } = await made.open();
    const before = (await reader.read({ timeline: 'humidity', fields: [], range: allTime, maxSamples: 1 })).revision;
    for (let t = 150; t < 400; t += 50) {
      await append(nameOf('humidity', 0, 100), `${t} ${t}\n`);
      expect((await read(reader, 'humidity', allTime)).at(-1)).toEqual([t, t]);
      expect(await tree.finalizedUntil('humidity')).toBe(t);
    }
    expect(tree.revision()).toBe(before);
  });

  it('follows when a new day begins, or a growing file is renamed', async () => {
    await made.write(nameOf('humidity', 0, 100), text([[0, 1], [100, 2]])); // prettier-ignore
    const { reader, tree } = await made.open();
    const before = tree.revision();
    expect(await read(reader, 'humidity', allTime)).toHaveLength(2);
    await made.write(nameOf('humidity', 100, 200), text([[100, 2], [150, 3]])); // prettier-ignore
    expect(await read(reader, 'humidity', allTime)).toEqual([[0, 1], [100, 2], [100, 2], [150, 3]]); // prettier-ignore
    await append(nameOf('humidity', 100, 200), '300 4\n');
    await rename(
      join(made.directory, nameOf('humidity', 100, 200)),
      join(made.directory, nameOf('humidity', 100, 300)),
    );
    expect((await read(reader, 'humidity', allTime)).at(-1)).toEqual([300, 4]);
    expect(tree.revision()).toBe(before);
  });

  it('gives a new revision when what was final changed: a sample, an earlier file, a file that went', async () => {
    await made.write(nameOf('humidity', 0, 100), text([[0, 1], [100, 2]])); // prettier-ignore
    await made.write(nameOf('humidity', 200, 300), text([[200, 1], [300, 2]])); // prettier-ignore
    const { reader, tree } = await made.open();
    const revisions = new Set([tree.revision()]);
    const changes: (() => Promise<void>)[] = [
      () => Promise.resolve(),
      () => made.write(nameOf('humidity', 0, 100), text([[0, 7], [100, 2]])), // prettier-ignore
      () => append(nameOf('humidity', 0, 100), '110 3\n'),
      () => made.write(nameOf('humidity', 120, 150), text([[120, 5]])),
      () => unlink(join(made.directory, nameOf('humidity', 0, 100))),
    ];
    const seen: number[] = [];
    for (const change of changes) {
      await change();
      seen.push((await read(reader, 'humidity', allTime)).length);
      const chunk = await reader.read({ timeline: 'humidity', fields: [], range: { start: 0, end: 1 }, maxSamples: 1 });
      revisions.add(chunk.revision);
    }
    expect(seen).toEqual([4, 4, 5, 6, 3]);
    expect(revisions.size).toBe(changes.length);
  });

  it('notices a change of a file that nobody asks for any more', async () => {
    await made.write(nameOf('humidity', 0, 100), text([[0, 1]]));
    await made.write(nameOf('humidity', 200, 300), text([[200, 1]]));
    const { reader, tree } = await made.open({ cacheBytes: 0 });
    await read(reader, 'humidity', allTime);
    const before = tree.revision();
    await made.write(nameOf('humidity', 0, 100), text([[0, 2]]));
    await read(reader, 'humidity', { start: 200, end: 300 });
    expect(tree.revision()).not.toBe(before);
  });

  it('merges files whose times overlap', async () => {
    await made.write(nameOf('humidity', 0, 300), text([[0, 1], [150, 2], [300, 3]])); // prettier-ignore
    await made.write(nameOf('humidity', 100, 200), text([[100, 10], [150, 11], [200, 12]])); // prettier-ignore
    await made.write(nameOf('humidity', 100, 120), text([[110, 20]])); // prettier-ignore
    const { reader } = await made.open();
    const expected = [[0, 1], [100, 10], [110, 20], [150, 2], [150, 11], [200, 12], [300, 3]]; // prettier-ignore
    for (const chunk of [1, 2, 3, 100]) expect(await read(reader, 'humidity', allTime, chunk)).toEqual(expected);
  });

  it('tells once of a damaged line, with file and line, and serves the rest', async () => {
    const name = nameOf('humidity', 1000, 2000);
    await made.write(name, '1000 1\noops\n1100 1.2.3\n11100.0 5\n90 6\n1200 3\n');
    await made.write(nameOf('humidity', 2000, 3000), '2000 4\n');
    const { reader, tree } = await made.open({ cacheBytes: 0 });
    for (let i = 0; i < 3; i++) expect(await read(reader, 'humidity', allTime)).toEqual([[1000, 1], [1200, 3], [2000, 4]]); // prettier-ignore
    const told = made.lines.filter(({ line }) => line !== undefined);
    expect(told.map(({ line }) => line)).toEqual([2, 3, 4, 5]);
    expect(told.every(({ file }) => file === join(made.directory, name))).toBe(true);
    expect(tree.counters()['damaged_lines']).toBe(4);
  });

  it('tells once of a file that can not be used, by its name, and serves the others', async () => {
    await made.write(nameOf('humidity', 0, 100), text([[0, 1]]));
    await made.write('APEX_humidity_200.dat', '200 1\n');
    await made.write('APEX_cloudiness_0_100.dat', '0 1\n');
    await made.write(nameOf('humidity', 300, 200), '300 1\n');
    await made.write('README', 'no data');
    await made.write(nameOf('humidity', 400, 500), `${'400 1\n'.repeat(50)}`);
    const { reader } = await made.open({ maxFileBytes: 100 });
    for (let i = 0; i < 3; i++) expect(await read(reader, 'humidity', allTime)).toEqual([[0, 1]]);
    const told = made.lines.filter(({ msg }) => msg.startsWith('left out') || msg.startsWith("can't"));
    expect(told.map(({ file }) => file!.split('/').at(-1)).sort()).toEqual([
      'APEX_cloudiness_0_100.dat',
      'APEX_humidity_200.dat',
      'APEX_humidity_300_200.dat',
      'APEX_humidity_400_500.dat',
    ]);
  });

  it('waits with a last line that may still be being written', async () => {
    const name = nameOf('humidity', 0, 1000);
    await made.write(name, '100 1\n200 2.5');
    await utimes(join(made.directory, name), made.now - 1, made.now - 1);
    const { reader } = await made.open();
    expect(await read(reader, 'humidity', allTime)).toEqual([[100, 1]]);
    made.now += 60;
    expect(await read(reader, 'humidity', allTime)).toEqual([[100, 1], [200, 2.5]]); // prettier-ignore
  });

  it('serves on what it holds when the directory goes, and says so', async () => {
    await made.write(nameOf('humidity', 0, 100), text([[0, 1]]));
    const { reader } = await made.open();
    await read(reader, 'humidity', allTime);
    await rm(made.directory, { recursive: true });
    expect(await read(reader, 'humidity', allTime)).toEqual([[0, 1]]);
    expect(await reader.health!()).toMatchObject({ ok: false, newest: 0, message: expect.stringMatching(/ENOENT/) });
    expect(made.lines.filter(({ msg }) => msg.startsWith('DATA_DIRECTORY'))).toHaveLength(1);
  });

  it('refuses a directory that is not there, by its name', async () => {
    await expect(made.open({ directory: join(made.directory, 'none') })).rejects.toMatchObject({
      code: 'bad_setting',
      message: expect.stringMatching(/DATA_DIRECTORY .*none.* ENOENT/),
    });
  });

  it('without any of its files is not well: nothing is mounted there', async () => {
    const { reader } = await made.open();
    const message = expect.stringMatching(/^DATA_DIRECTORY .* holds none of its files; is it mounted\?/);
    expect(await reader.health!()).toMatchObject({ ok: false, newest: null, message });
    await made.write(nameOf('humidity', 0, day), '0 1\n');
    expect(await reader.health!()).toMatchObject({ ok: true });
  });

  it('says nothing of a field without files, and refuses one that it can not have', async () => {
    const { reader } = await made.open();
    expect(await read(reader, 'humidity', allTime)).toEqual([]);
    expect((await reader.catalog(allTime)).fields.size).toBe(0);
    await expect(read(reader, 'snow', allTime)).rejects.toMatchObject({ code: 'unknown_timeline' });
  });
});

const contractNames: Readonly<Record<string, string>> = {
  slow: 'humidity',
  slow_level: 'humidity',
  fast: 'windspeed',
  fast_value: 'windspeed',
};

readerContract(
  'treeReader',
  async (fixture: Fixture) => {
    const made = await testTree(apexLayout);
    const rows = (batch: Batch) => {
      const [column] = batch.columns.values();
      return [...batch.t].map((t, i) => `${t} ${column!.v[i] as number}\n`).join('');
    };
    const names = new Map<string, string>();
    for (const { name, batches } of fixture.timelines) {
      const times = batches.map(({ t }) => [...t]).flat();
      const [start, end] = [Math.floor(times[0]!), Math.floor(times.at(-1)!)];
      // In two files that meet in the midst, as long as they stay in order.
      const middle = Math.floor(batches.length / 2);
      const cut = middle > 0 ? Math.floor(batches[middle]!.t[0]!) : end;
      names.set(name, nameOf(contractNames[name]!, cut, end));
      if (middle > 0) {
        await made.write(nameOf(contractNames[name]!, start, cut), batches.slice(0, middle).map(rows).join(''));
        await made.write(names.get(name)!, batches.slice(middle).map(rows).join(''));
      } else {
        names.set(name, nameOf(contractNames[name]!, start, end));
        await made.write(names.get(name)!, batches.map(rows).join(''));
      }
    }
    const { reader } = await made.open();
    return {
      reader,
      append: (timeline, batch) => appendFile(join(made.directory, names.get(timeline)!), rows(batch)),
      close: () => made.remove(),
    };
  },
  {
    without: ['i64', 'bool', 'str', 'column-sets', 'shared-timelines', 'descriptions'],
    timelineName: (name) => contractNames[name] ?? name,
    fieldName: (name) => contractNames[name] ?? name,
  },
);
