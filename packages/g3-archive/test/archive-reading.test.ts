import { copyFile, rename, stat, truncate, writeFile, readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { allTime, type DataChange, type Value } from '@sisock/core';
import { until } from '@sisock/testkit';
import { ArchiveBench, rowsOf } from './support/archive-bench.js';
import { blockOf } from './support/hk-files.js';

const feed = 'observatory.LSA22YE.feeds.temperatures';
const timeline = `${feed}.temps`;
const field = `${feed}.Channel_01`;
const start = 1_500_000_000;

/** `n` samples a second from `start + from`; the value is the second. */
const seconds = (from: number, n: number) => Array.from({ length: n }, (_, i) => start + from + i);
const temps = (from: number, n: number, scale = 1) => {
  const t = seconds(from, n);
  return blockOf('temps', t, { Channel_01: t.map((s) => (s - start) * scale) });
};
const expected = (from: number, n: number): [number, Value][] => seconds(from, n).map((t) => [t, t - start]);

describe('an archive of g3 files', () => {
  let bench: ArchiveBench;
  beforeEach(async () => {
    bench = await ArchiveBench.make();
  });
  afterEach(() => bench.close());
  const rows = (options?: Parameters<typeof rowsOf>[3]) => rowsOf(bench.reader, timeline, field, options);

  it('reads the frames that a query needs, and no other', async () => {
    for (let k = 0; k < 20; k++) await bench.hk.add('1.g3', feed, [temps(60 * k, 60)]);
    const range = { start: start + 600, end: start + 660 };
    expect(await rows({ range })).toEqual(expected(600, 60));
    expect((await bench.reader.health()).counters['frames_read']).toBe(1);
    expect(await rows({ range })).toEqual(expected(600, 60));
    expect((await bench.reader.health()).counters).toMatchObject({ frames_read: 1, cache_hits: 1, cache_misses: 1 });
  });

  it('gives a sample once where two files hold it, and both where their values differ', async () => {
    await bench.hk.add('a.g3', feed, [temps(0, 10)]);
    await bench.hk.add('b.g3', feed, [temps(5, 10)]);
    expect(await rows()).toEqual(expected(0, 15));
    await bench.hk.add('c.g3', feed, [temps(3, 2, -1)]);
    const both = [[start + 3, 3], [start + 3, -3], [start + 4, 4], [start + 4, -4]]; // prettier-ignore
    expect((await rows()).slice(3, 7)).toEqual(both);
    expect(await rows({ maxSamples: 1 })).toEqual(await rows());
  });

  it('tells repeats by all columns of a frame, whatever is asked for', async () => {
    const two = (v: number) => blockOf('temps', [start], { Channel_01: [1], Channel_02: [v] });
    await bench.hk.add('a.g3', feed, [two(1)]);
    await bench.hk.add('b.g3', feed, [two(2)]);
    await bench.hk.add('c.g3', feed, [two(1)]);
    expect(await rows()).toEqual([[start, 1], [start, 1]]); // prettier-ignore
    expect(await rowsOf(bench.reader, timeline, `${feed}.Channel_02`)).toEqual([[start, 1], [start, 2]]); // prettier-ignore
  });

  it('merges providers of one feed by time, and sorts a block whose times fall', async () => {
    const odd = [9, 1, 5, 3, 7].map((s) => start + s);
    await bench.hk.add('a.g3', feed, [blockOf('temps', odd, { Channel_01: odd.map((s) => s - start) })]);
    const even = [0, 2, 4, 6, 8].map((s) => start + s);
    await bench.hk.add('b.g3', feed, [blockOf('temps', even, { Channel_01: even.map((s) => s - start) })]);
    expect(await rows()).toEqual(expected(0, 10));
    for (const maxSamples of [1, 3]) expect(await rows({ maxSamples })).toEqual(expected(0, 10));
  });

  it('serves a field under the block of its newest samples, with what older blocks hold of it', async () => {
    const old = blockOf('block_for_Channel_01', seconds(0, 5), { Channel_01: [0, 1, 2, 3, 4], gone: [1, 1, 1, 1, 1] });
    await bench.hk.add('old.g3', feed, [old]);
    await bench.hk.add('new.g3', feed, [temps(5, 5)]);
    const { fields, timelines } = await bench.reader.catalog(allTime);
    expect(fields.get(field)).toMatchObject({ timeline, type: 'number' });
    expect(timelines.get(timeline)).toMatchObject({ fields: [field], extent: { start, end: start + 9 } });
    expect(fields.get(`${feed}.gone`)?.timeline).toBe(`${feed}.block_for_Channel_01`);
    expect(await rows()).toEqual(expected(0, 10));
    const gone = await rowsOf(bench.reader, `${feed}.block_for_Channel_01`, `${feed}.gone`);
    expect(gone).toHaveLength(5);
  });

  it('puts fields of different blocks with equal times side by side', async () => {
    const t = seconds(0, 50);
    const [a, b] = ['a', 'b'].map((name) => blockOf(`block_for_${name}`, t, { [name]: t.map((s) => s - start) }));
    await bench.hk.add('old.g3', feed, [a!, b!]);
    const later = seconds(50, 10);
    const both = { a: later.map((s) => s - start), b: later.map((s) => s - start) };
    await bench.hk.add('new.g3', feed, [blockOf('ab', later, both)]);
    const query = { timeline: `${feed}.ab`, fields: [`${feed}.a`, `${feed}.b`], range: allTime, maxSamples: 1000 };
    const { batches } = await bench.reader.read(query);
    expect(batches.map(({ t: times, columns }) => [times.length, columns.size])).toEqual([[60, 2]]);
  });

  it('begins a new batch where the kind of a field changes, and says the newest kind', async () => {
    await bench.hk.add('1.g3', feed, [blockOf('temps', seconds(0, 2), { Channel_01: [1n, 2n] })]);
    await bench.hk.add('1.g3', feed, [blockOf('temps', seconds(2, 1), { Channel_01: ['off'] })]);
    const { batches } = await bench.reader.read({ timeline, fields: [field], range: allTime, maxSamples: 10 });
    expect(batches.map(({ columns }) => columns.get(field)!.kind)).toEqual(['i64', 'str']);
    expect((await bench.reader.catalog(allTime)).fields.get(field)?.type).toBe('string');
  });

  it('names only fields with data in files that meet the range, and how they are labelled', async () => {
    await bench.hk.add('1.g3', feed, [temps(0, 10)]);
    const other = 'observatory.pump.feeds.state';
    await bench.hk.add('2.g3', other, [blockOf('s', seconds(7200, 3), { on: [true, false, true] })]);
    const { fields, timelines } = await bench.reader.catalog({ start: start + 7000, end: start + 8000 });
    expect([...fields.keys()]).toEqual([`${other}.on`]);
    expect(fields.get(`${other}.on`)).toMatchObject({
      ...{ type: 'bool', units: null, description: null },
      labels: { agent: 'observatory.pump', feed: 'state', block: 's', field: 'on' },
    });
    expect(timelines.get(`${other}.s`)).toMatchObject({
      interval: 1,
      extent: { start: start + 7200, end: start + 7202 },
    });
    expect((await bench.reader.catalog({ start, end: start })).fields.size).toBe(0);
  });

  it('takes shortened names where exactly one field matches, and answers by the name that was asked', async () => {
    await bench.hk.add('1.g3', feed, [temps(0, 3)]);
    const twin = feed.replace('LSA22YE', 'LSA2619');
    await bench.hk.add('1.g3', twin, [temps(0, 3)]);
    const read = async (name: string) => {
      const { batches } = await bench.reader.read({ timeline, fields: [name], range: allTime, maxSamples: 10 });
      return batches.flatMap(({ columns }) => [...columns.keys()]);
    };
    expect(await read('LSA22YE.temperatures.Channel_01')).toEqual(['LSA22YE.temperatures.Channel_01']);
    expect(await read('temperatures.Channel_01')).toEqual([]);
    expect(await read('LSA22YE.temperatures')).toEqual([]);
    expect(await read('LSA2619.temperatures.Channel_01')).toEqual([]);
    const told = bench.lines.filter(({ msg, level }) => level === 20 && msg.includes('more than one'));
    expect(told[0]).toMatchObject({ field: 'temperatures.Channel_01', matches: 2 });
    expect(bench.reader.fullName('LSA22YE.Channel_01')).toBe(field);
  });

  it('keeps its cursors over a restart, new files and late ones', async () => {
    await bench.hk.add('1.g3', feed, [temps(0, 10)]);
    const query = { timeline, fields: [field], range: allTime, maxSamples: 7 };
    const { cursor } = await bench.reader.read(query);
    await bench.hk.add('late.g3', feed, [temps(-5, 5)]);
    await bench.hk.add('2.g3', feed, [temps(10, 5)]);
    const again = bench.open();
    const rest = await rowsOf(again, timeline, field, { cursor, maxSamples: 2 });
    await again.close();
    expect(rest).toEqual(expected(7, 8));
  });

  it.each(['x', '1:2', '1:2:3:4:5:6', `${10n ** 18n}9:0:0:0:0`, '1:-2:3:4:5', '9'.repeat(5000)])(
    'refuses the cursor %.30p',
    async (cursor) => {
      await bench.hk.add('1.g3', feed, [temps(0, 3)]);
      const query = { timeline, fields: [field], range: allTime, maxSamples: 7, cursor };
      await expect(bench.reader.read(query)).rejects.toMatchObject({ code: 'bad_request' });
    },
  );

  it('bounds a chunk by rows, by bytes and by texts', async () => {
    const t = seconds(0, 1000);
    const text = 'x'.repeat(100);
    await bench.hk.add('1.g3', feed, [blockOf('temps', t, { Channel_01: t, text: t.map(() => text) })]);
    const small = bench.open({ maxChunkBytes: 1600 });
    const read = (name: string) => small.read({ timeline, fields: [name], range: allTime, maxSamples: Infinity });
    const numbers = await read(field);
    expect(numbers.done).toBe(false);
    expect(numbers.batches[0]!.t).toHaveLength(100);
    expect((await read(`${feed}.text`)).batches[0]!.t).toHaveLength(16);
    expect(await rowsOf(small, timeline, `${feed}.text`)).toHaveLength(1000);
    await small.close();
  });

  it('tells of late data, gives a new revision, and shows them though it had the old ones in memory', async () => {
    await bench.hk.add('2.g3', feed, [temps(100, 10)]);
    const query = { timeline, fields: [field], range: allTime, maxSamples: 100 };
    const before = await bench.reader.read(query);
    const told: DataChange[] = [];
    const controller = new AbortController();
    const telling = (async () => {
      for await (const change of bench.reader.changes(controller.signal)) told.push(change);
    })();
    await until(() => (bench.store.asked['changes'] ?? 0) > 1);
    await bench.hk.add('1.g3', feed, [temps(0, 10)]);
    await until(() => told.length > 0);
    const after = await bench.reader.read(query);
    expect(told).toEqual([{ timeline, range: { start, end: expect.any(Number) }, revision: after.revision }]);
    expect(told[0]!.range.end).toBeGreaterThan(start + 9);
    expect(after.revision).not.toBe(before.revision);
    expect(await rows()).toEqual([...expected(0, 10), ...expected(100, 10)]);
    controller.abort();
    await telling;
  });

  it('tells other timelines of the feed that only their revision is another, and other feeds nothing', async () => {
    const pumps = (from: number) => blockOf('pumps', seconds(from, 5), { speed: [1, 2, 3, 4, 5] });
    await bench.hk.add('2.g3', feed, [temps(100, 10), pumps(100)]);
    await bench.hk.add('2.g3', 'observatory.other.feeds.x', [temps(100, 10)]);
    const told: DataChange[] = [];
    const controller = new AbortController();
    const telling = (async () => {
      for await (const change of bench.reader.changes(controller.signal)) told.push(change);
    })();
    const query = { timeline: `${feed}.pumps`, fields: [`${feed}.speed`], range: allTime, maxSamples: 100 };
    await bench.reader.read(query);
    await bench.hk.add('1.g3', feed, [temps(0, 10)]);
    await until(() => told.length > 1);
    const { revision } = await bench.reader.read(query);
    expect(told).toEqual([
      { timeline, range: { start, end: expect.any(Number) }, revision },
      { timeline: `${feed}.pumps`, range: { start: 0, end: 0 }, revision },
    ]);
    controller.abort();
    await telling;
  });

  it('tells of frames that can not be read any more, and that can be again', async () => {
    for (let k = 0; k < 3; k++) await bench.hk.add(`${k}.g3`, feed, [temps(10 * k, 10)]);
    const reader = bench.open({ cacheBytes: 0 });
    const told: DataChange[] = [];
    const controller = new AbortController();
    const telling = (async () => {
      for await (const change of reader.changes(controller.signal)) told.push(change);
    })();
    await rename(bench.hk.path('1.g3'), bench.hk.path('away'));
    expect(await rowsOf(reader, timeline, field)).toHaveLength(20);
    await until(() => told.length > 0);
    const span = { start: start + 10, end: expect.closeTo(start + 19, 3) };
    const query = { timeline, fields: [field], range: { start, end: start }, maxSamples: 1 };
    expect(told).toEqual([{ timeline, range: span, revision: (await reader.read(query)).revision }]);
    await rename(bench.hk.path('away'), bench.hk.path('1.g3'));
    await until(() => told.length > 1);
    expect(told[1]).toEqual({ timeline, range: span, revision: (await reader.read(query)).revision });
    controller.abort();
    await telling;
    await reader.close();
  });

  it('reads a frame once that several ask for at the same time, whatever fields they want', async () => {
    const t = seconds(0, 60);
    const fields = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`f${i}`, t]));
    for (let k = 0; k < 5; k++) await bench.hk.add('1.g3', feed, [blockOf('temps', seconds(60 * k, 60), fields)]);
    const ask = (k: number) => rowsOf(bench.reader, timeline, `${feed}.f${k % 8}`);
    const answers = await Promise.all(Array.from({ length: 50 }, (_, k) => ask(k)));
    for (const rowsOfOne of answers) expect(rowsOfOne).toHaveLength(300);
    expect((await bench.reader.health()).counters['frames_read']).toBe(5);
  });

  it('shows what replaced a file, not what it remembers of it', async () => {
    await bench.hk.write('1.g3', feed, [temps(0, 10)]);
    await bench.hk.scan('1.g3');
    expect(await rows()).toEqual(expected(0, 10));
    await bench.hk.write('other.g3', feed, [temps(0, 10, 7)]);
    await rename(bench.hk.path('other.g3'), bench.hk.path('1.g3'));
    await bench.hk.scan('1.g3', true);
    expect(await rows()).toEqual(expected(0, 10).map(([t, v]) => [t, Number(v) * 7]));
  });

  it('serves the rest where a file is missing or damaged, says so once, and notices when it is mended', async () => {
    for (let k = 0; k < 3; k++) await bench.hk.add(`${k}.g3`, feed, [temps(10 * k, 5), temps(10 * k + 5, 5)]);
    const query = { timeline, fields: [field], range: allTime, maxSamples: 100 };
    const whole = await bench.reader.read(query);
    expect(await rows()).toHaveLength(30);
    const reader = bench.open();
    const read = () => rowsOf(reader, timeline, field);
    const bytes = await readFile(bench.hk.path('2.g3'));
    const bad = Buffer.from(bytes);
    bad[bad.length - 300]! ^= 1;
    await writeFile(bench.hk.path('2.g3'), bad);
    await rename(bench.hk.path('1.g3'), bench.hk.path('away'));
    for (let i = 0; i < 3; i++) expect(await read()).toEqual(expected(0, 10));
    expect(bench.warnings().filter((text) => text.includes('1.g3'))).toHaveLength(1);
    expect(bench.warnings().filter((text) => text.includes('2.g3'))).toHaveLength(1);
    expect(await reader.health()).toMatchObject({ ok: false, message: expect.stringMatching(/[12]\.g3 .*more files/) });
    const holed = await reader.read(query);
    expect(holed.revision).not.toBe(whole.revision);
    await rename(bench.hk.path('away'), bench.hk.path('1.g3'));
    await writeFile(bench.hk.path('2.g3'), bytes);
    expect(await read()).toHaveLength(30);
    expect(await reader.health()).toMatchObject({ ok: true });
    expect((await reader.read(query)).revision).not.toBe(holed.revision);
    await reader.close();
  });

  it.each([
    ['another feed', { other: feed.replace('22YE', '22YF'), block: 'temps', from: 0 }],
    ['another block', { other: feed, block: 'tempz', from: 0 }],
    ['other times', { other: feed, block: 'temps', from: 1 }],
  ])('does not take a frame of %s for the one that was indexed in its place', async (_, { other, block, from }) => {
    await bench.hk.add('1.g3', feed, [temps(0, 10)]);
    await bench.hk.write('other.g3', other, [{ ...temps(from, 10), name: block }]);
    expect(await stat(bench.hk.path('other.g3'))).toMatchObject({ size: (await stat(bench.hk.path('1.g3'))).size });
    await rename(bench.hk.path('other.g3'), bench.hk.path('1.g3'));
    expect(await rows()).toEqual([]);
    expect(bench.warnings()).toEqual([expect.stringContaining('it is not the one that was indexed')]);
  });

  it('serves a growing file as soon as it is indexed, and calls final what is older than its newest sample', async () => {
    await bench.hk.add('1.g3', feed, [temps(0, 10)]);
    const read = () => bench.reader.read({ timeline, fields: [field], range: allTime, maxSamples: 100 });
    expect((await read()).finalizedUntil).toBe(start + 9);
    await bench.hk.add('1.g3', feed, [temps(10, 10)]);
    const grown = await read();
    expect(grown.finalizedUntil).toBe(start + 19);
    expect(grown.batches[0]!.t).toHaveLength(20);
    bench.now = start + 15;
    expect((await read()).finalizedUntil).toBe(start + 15);
  });

  it('serves on what it knows while the database is away, and says so', async () => {
    await bench.hk.add('1.g3', feed, [temps(0, 10)]);
    await bench.reader.catalog(allTime);
    expect(await rows()).toHaveLength(10);
    bench.store.away = true;
    expect(await rows()).toHaveLength(10);
    expect((await bench.reader.catalog(allTime)).fields.size).toBe(1);
    expect(await bench.reader.health()).toMatchObject({
      ok: false,
      message: 'database memory is away',
      newest: start + 9,
    });
    await expect(rows({ range: { start: start - 1e6, end: start + 1 } })).resolves.toHaveLength(1);
    const fresh = bench.open();
    await expect(fresh.catalog(allTime)).rejects.toMatchObject({ code: 'unavailable' });
    await fresh.close();
    bench.store.away = false;
    await bench.hk.add('1.g3', feed, [temps(10, 10)]);
    expect(await rows()).toHaveLength(20);
    expect(await bench.reader.health()).toMatchObject({ ok: true });
  });

  it('is not well when the newest file is not there, whether somebody asked for it or not', async () => {
    expect(await bench.reader.health()).toMatchObject({ ok: true, newest: null });
    await bench.hk.add('old.g3', feed, [temps(0, 10)]);
    await bench.hk.add('new.g3', feed, [temps(10, 10)]);
    expect(await bench.reader.health()).toMatchObject({ ok: true });
    await rename(bench.hk.path('new.g3'), bench.hk.path('away'));
    const cure = 'mount its directory here under the path that the scanner has it';
    const message = `${bench.hk.path('new.g3')}, the newest file of the archive, can't be read: ENOENT; ${cure}`;
    expect(await bench.reader.health()).toMatchObject({ ok: false, newest: start + 19, message });
    await rename(bench.hk.path('away'), bench.hk.path('new.g3'));
    expect(await bench.reader.health()).toMatchObject({ ok: true });
  });

  it('reads a file that was cut shorter after it was indexed as far as it goes', async () => {
    await bench.hk.add('1.g3', feed, [temps(0, 10)]);
    const whole = (await readFile(bench.hk.path('1.g3'))).length;
    await bench.hk.add('1.g3', feed, [temps(10, 10)]);
    await truncate(bench.hk.path('1.g3'), whole + 50);
    expect(await rows()).toEqual(expected(0, 10));
  });

  it('is cancelled in the midst of a reduction', async () => {
    for (let k = 0; k < 5; k++) await bench.hk.add(`${k}.g3`, feed, [temps(86_400 * k, 10)]);
    const controller = new AbortController();
    const query = { timeline, fields: [field], start, width: 60, count: 8000, want: 'm4' as const };
    const reducing = bench.reader.reduce(query, controller.signal);
    controller.abort();
    await expect(reducing).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('finds copies of a file in another directory, and what stands behind years without data', async () => {
    await bench.hk.add('a/1.g3', feed, [temps(0, 10)]);
    await bench.hk.write('b/other.g3', feed, [temps(0, 1)]);
    await copyFile(bench.hk.path('a/1.g3'), bench.hk.path('b/1.g3'));
    await bench.hk.scan('b/1.g3', true);
    await bench.hk.add('c.g3', feed, [temps(100_000_000, 10)]);
    expect(await rows()).toEqual([...expected(0, 10), ...expected(100_000_000, 10)]);
    expect(bench.store.asked['runs']).toBeLessThan(20);
  });
});
