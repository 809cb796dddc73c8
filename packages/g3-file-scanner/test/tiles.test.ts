import { rename } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ArchiveStore } from '@sisock/archive';
import { BlockCache, BlockReader, type BlockReaderOptions } from '@sisock/blocks';
import { tileEncoding } from '@sisock/codecs/packed';
import type { Reduced, ReduceQuery } from '@sisock/core';
import { ArchiveTiles, G3Reader } from '@sisock/g3-archive';
import { FrameFiles } from '@sisock/g3-files';
import { createMetrics, silentLogger } from '@sisock/runtime';
import { until } from '@sisock/testkit';
import { libsqlStore } from '../../g3-archive/test/support/archive-bench.js';
import { blockOf, HkFiles } from '../../g3-archive/test/support/hk-files.js';
import { startTileFiller, TileFiller, type TileFillerOptions } from '../src/index.js';

const feed = 'observatory.LSA22YE.feeds.temperatures';
const timeline = `${feed}.temps`;
/** With 2 samples a bucket at 1 Hz a tile of the finest level is 512 s. */
const tile = 512;
const leastSamples = 2;
const start = tile * 64 * 45_776;
const parts = { log: silentLogger(), clock: () => start + 1e9 };

/** Samples of two fields, a second apart. */
const temps = (from: number, n: number, scale = 1, fields = ['a', 'b']) => {
  const t = Array.from({ length: n }, (_, i) => start + from + i);
  return blockOf(
    'temps',
    t,
    Object.fromEntries(fields.map((name, k) => [name, t.map((s) => scale * ((s * (k + 1)) % 97))])),
  );
};

const query = (more: Partial<ReduceQuery> = {}): ReduceQuery => ({
  ...{ timeline, fields: [`${feed}.a`, `${feed}.b`], start, width: 64, count: 64, want: 'm4' },
  ...more,
});

function plain({ fields }: Reduced): string {
  return JSON.stringify([...fields], (_, value: unknown) =>
    ArrayBuffer.isView(value) ? Array.from(value as Float64Array) : value,
  );
}

describe('the tiles of an archive', () => {
  let store: ArchiveStore;
  let hk: HkFiles;
  let closing: (() => Promise<void>)[];
  beforeEach(async () => {
    store = await libsqlStore();
    hk = await HkFiles.make(store);
    closing = [];
  });
  afterEach(async () => {
    for (const close of closing.reverse()) await close();
    await store.close();
    await hk.remove();
  });

  /** A reader that has nothing in memory; `tiles`: it takes tiles out of the database. */
  const open = (
    tiles: boolean,
    levels: Pick<BlockReaderOptions, 'leastSamples' | 'finerPowers'> = { leastSamples },
  ) => {
    const files = new FrameFiles({});
    const g3 = new G3Reader({ store, files, ...parts, metrics: createMetrics(), pollMs: 10 });
    const source = new ArchiveTiles({ store, timeline: (name) => g3.timeline(name), log: parts.log });
    const reader = new BlockReader({
      ...{ reader: g3, cache: new BlockCache(), clock: parts.clock, ...levels },
      ...(tiles && { source }),
    });
    const close = async () => {
      await reader.close();
      await g3.close();
      await files.close();
    };
    return { reader, g3, close, frames: async () => (await g3.health()).counters['frames_read'] };
  };

  const filler = (options: Partial<TileFillerOptions> = {}) => {
    const files = new FrameFiles({});
    const g3 = new G3Reader({ store, files, ...parts, metrics: createMetrics() });
    closing.push(async () => {
      await g3.close();
      await files.close();
    });
    const common = {
      store,
      reader: g3,
      leastSamples,
      turn: async () => undefined,
      signal: new AbortController().signal,
    };
    return Object.assign(new TileFiller({ ...common, ...options }), {
      frames: async () => (await g3.health()).counters['frames_read'],
    });
  };

  /** Asks a reader that begins with nothing, one with the stored tiles, and one that reads all rows: they agree. */
  const check = async (asked: ReduceQuery, levels = { leastSamples }): Promise<number> => {
    const [cold, stored, direct] = [open(false, levels), open(true, levels), open(false)];
    try {
      const answer = plain(await stored.reader.reduce(asked));
      expect(answer).toBe(plain(await cold.reader.reduce(asked)));
      const whole = plain(await direct.g3.reduce(asked));
      expect(answer.replaceAll(/,"blockWidth":\d+/g, '')).toBe(whole);
      return (await stored.frames())!;
    } finally {
      for (const one of [cold, stored, direct]) await one.close();
    }
  };

  /** The first tiles of the finest level: `t` stored, `e` stored as empty, `.` marked as filled, `-` not there. */
  const places = async (n: number) => {
    const first = start / tile;
    const wanted = Array.from({ length: n }, (_, i) => ({ field: 'a', power: 9, index: first + i }));
    const tiles = await store.tiles({ feed, encoding: tileEncoding, wanted });
    const filled = await store.filledTiles({
      feed,
      block: 'temps',
      encoding: tileEncoding,
      power: 9,
      fields: ['a', 'b'],
    });
    const shown = (i: number) => (filled.includes(first + i) ? '.' : '-');
    return tiles.map((one, i) => (one === null ? shown(i) : one === 'empty' ? 'e' : 't')).join('');
  };

  it('answer for what is final without a look into a file, at every zoom', async () => {
    for (let k = 0; k < 10; k++) await hk.add(`${k}.g3`, feed, [temps(tile * k, tile)]);
    await hk.add('10.g3', feed, [temps(tile * 10, 1)]);
    const report = await filler().fill();
    expect(report).toMatchObject({ tiles: 2 * (10 + 2), changed: 0, broken: 0 });
    expect(await check(query({ width: 64, count: 80 }))).toBe(0);
    expect(await check(query({ width: 8, count: 640 }))).toBe(0);
    expect(await check(query({ width: 32, count: 64, want: ['mean', 'max'] }))).toBe(0);
    expect(await check(query({ width: 64, count: 81 }))).toBe(1);
  });

  it('are filled once, and those that became final since', async () => {
    await hk.add('1.g3', feed, [temps(0, 3 * tile)]);
    const own = filler();
    expect((await own.fill()).tiles).toBe(2 * 2);
    expect(await own.fill()).toEqual({ tiles: 0, bytes: 0, changed: 0, broken: 0 });
    expect((await filler().fill()).tiles).toBe(0);
    await hk.add('2.g3', feed, [temps(3 * tile, 2 * tile)]);
    expect((await own.fill()).tiles).toBe(2 * (2 + 1));
    expect(await check(query({ count: 32 }))).toBe(0);
  });

  it('are a level finer for the newest data, and those of what is not among them any more go', async () => {
    // Four of the tiles that are looked at here make up one of the usual finest level, and two of those are the newest.
    const depth = { leastSamples: 8, recentSec: 4 * tile + 1 };
    const narrow = query({ start: start + 4 * tile, width: 4, count: 2 * tile });
    for (let k = 0; k < 3; k++) await hk.add(`${k}.g3`, feed, [temps(4 * tile * k, 4 * tile)]);
    await hk.add('3.g3', feed, [temps(4 * tile * 3, 1)]);
    const own = filler(depth);
    expect(await own.fill()).toMatchObject({ tiles: 2 * (8 + 3), changed: 0, broken: 0 });
    expect(await places(12)).toBe('----tttttttt');
    const open8 = { leastSamples: 8, finerPowers: [2] };
    expect(await check({ ...narrow, want: 'minmax' }, open8)).toBe(0);
    expect(await check(query({ width: 16, count: (6 * tile) / 8, want: 'minmax' }), open8)).toBe(0);
    await hk.add('4.g3', feed, [temps(4 * tile * 3 + 1, 4 * tile)]);
    expect((await own.fill()).tiles).toBe(2 * (4 + 1 + 1));
    expect(await places(16)).toBe('--------tttttttt');
    expect(await filler(depth).fill()).toMatchObject({ tiles: 0 });
    expect(await check({ ...narrow, want: 'minmax' }, open8)).toBeGreaterThan(0);
  });

  it('go on where filling was ended, and two who fill at once do no harm', async () => {
    for (let k = 0; k < 40; k++) await hk.add(`${k}.g3`, feed, [temps(tile * k, tile)]);
    const controller = new AbortController();
    let turns = 0;
    const turn = async () => {
      if (++turns > 25) controller.abort();
    };
    await expect(filler({ turn, signal: controller.signal }).fill()).rejects.toMatchObject({ code: 'cancelled' });
    const [one, other] = [filler(), filler()];
    await Promise.all([one.fill(), other.fill()]);
    expect(await check(query({ count: 312 }))).toBe(0);
    expect(await filler().fill()).toMatchObject({ tiles: 0 });
  });

  it('follow their data: late, replaced and deleted files', async () => {
    for (let k = 0; k < 6; k++) if (k !== 2) await hk.add(`${k}.g3`, feed, [temps(tile * k, tile)]);
    await filler().fill();
    const asked = query({ count: 40 });
    expect(await check(asked)).toBe(0);
    expect(await places(7)).toBe('tt.tt--');
    await hk.add('late.g3', feed, [temps(tile * 2, tile)]);
    expect(await places(7)).toBe('tt-tt--');
    await check(asked);
    await filler().fill();
    expect(await check(asked)).toBe(0);
    await hk.write('other.g3', feed, [temps(tile * 3, tile, 7)]);
    await rename(hk.path('other.g3'), hk.path('3.g3'));
    await hk.scan('3.g3', true);
    await check(asked);
    await filler().fill();
    expect(await check(asked)).toBe(0);
  });

  it('are refused when data change while they are made, and made anew', async () => {
    for (let k = 0; k < 6; k++) if (k !== 2) await hk.add(`${k}.g3`, feed, [temps(tile * k, tile)]);
    let turns = 0;
    const turn = async () => {
      if (++turns === 8) await hk.add('late.g3', feed, [temps(tile * 2, tile)]);
    };
    const own = filler({ turn });
    expect(await own.fill()).toMatchObject({ changed: 1 });
    expect(await own.fill()).toMatchObject({ changed: 0 });
    expect(await check(query({ count: 40 }))).toBe(0);
  });

  it('of a field that is new are made beside the others', async () => {
    await hk.add('1.g3', feed, [temps(0, 3 * tile)]);
    await filler().fill();
    await hk.add('2.g3', feed, [temps(3 * tile, 2 * tile, 1, ['a', 'b', 'c'])]);
    const own = filler();
    const { tiles } = await own.fill();
    expect(tiles).toBe(2 + 3 * 2 + 3);
    expect(await check(query({ count: 32, fields: ['a', 'b', 'c'].map((name) => `${feed}.${name}`) }))).toBe(0);
  });

  it('are not made of what can not be read', async () => {
    for (let k = 0; k < 4; k++) await hk.add(`${k}.g3`, feed, [temps(tile * k, tile)]);
    await rename(hk.path('1.g3'), hk.path('away'));
    expect(await filler().fill()).toMatchObject({ broken: 1, changed: 0 });
    expect(await places(4)).toBe('t-t-');
    await rename(hk.path('away'), hk.path('1.g3'));
    expect(await filler().fill()).toMatchObject({ broken: 0 });
    expect(await check(query({ count: 24 }))).toBe(0);
  });

  it('cost little where there are years without data', async () => {
    await hk.add('1.g3', feed, [temps(0, 2 * tile)]);
    await hk.add('2.g3', feed, [temps(100_000_000, 2 * tile)]);
    let turns = 0;
    const turn = async () => void turns++;
    const report = await filler({ turn }).fill();
    expect(report.tiles).toBeLessThan(100);
    expect(turns).toBeLessThan(500);
    expect(await check(query({ width: 65_536 * 4, count: 400 }))).toBeLessThan(3);
  });

  it('wait while the scanner is busy', async () => {
    await hk.add('1.g3', feed, [temps(0, 3 * tile)]);
    let isBusy = true;
    const metrics = createMetrics();
    const service = startTileFiller({ store, ...parts, metrics, leastSamples, isBusy: () => isBusy, every: 0.02 });
    closing.push(() => service.close());
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await places(4)).toBe('----');
    isBusy = false;
    expect((await service.firstFill).tiles).toBe(4);
    expect(await metrics.text()).toMatch(/sisock_scanner_tiles_total 4\b/);
    await hk.add('2.g3', feed, [temps(3 * tile, tile)]);
    await until(async () => (await places(4)) === 'ttt-');
  });
});
