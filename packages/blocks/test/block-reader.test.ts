import { afterEach, describe, expect, it } from '@jest/globals';
import {
  BlockCache,
  BlockReader,
  type BlockReaderOptions,
  type Tile,
  type TileSource,
  tileMaker,
} from '@sisock/blocks';
import { MemoryReader, type Reduced, type ReducedSamples, type ReduceQuery } from '@sisock/core';
import { batchOf, until } from '@sisock/testkit';
import { gate, WatchedReader } from './watched-reader.js';

/** A tile of the finest level of 1 Hz with 2 samples a bucket: 512 s. */
const tile = 512;
const start = tile * 1000;
const fields = ['a', 'b'];

/** A sample a second. */
function rows(from: number, n: number) {
  const t = Array.from({ length: n }, (_, i) => start + from + i);
  return batchOf(t, { a: t.map((s) => Math.sin(s / 40)), b: t.map((s) => s % 97) });
}

const query = (more: Partial<ReduceQuery> = {}): ReduceQuery => ({
  ...{ timeline: 'line', fields: ['a'], start, width: 16, count: 256, want: 'minmax' },
  ...more,
});

interface Setup extends Partial<Omit<BlockReaderOptions, 'reader' | 'cache'>> {
  readonly n?: number;
  readonly cacheBytes?: number;
  readonly tellsChanges?: boolean;
  readonly interval?: number | null;
}

const closing: BlockReader[] = [];

function setUp({ n = 8 * tile, cacheBytes, tellsChanges = true, interval = 1, ...options }: Setup = {}) {
  const memory = new MemoryReader({ timelines: [{ name: 'line', interval, batches: [rows(0, n)] }] });
  const watched = new WatchedReader(memory, { tellsChanges });
  const cache = new BlockCache(cacheBytes);
  const common = { clock: () => start + 1e6, leastSamples: 2, ...options };
  const reader = new BlockReader({ reader: watched, cache, ...common });
  closing.push(reader);
  /** Made of all rows: what no cache can have spoiled. */
  const cold = async (asked: ReduceQuery) => {
    const own = new BlockReader({ reader: memory, cache: new BlockCache(), ...common, source: undefined });
    closing.push(own);
    return plain(await own.reduce(asked));
  };
  return { memory, watched, cache, reader, cold };
}

/** As plain values. */
function plain({ fields: reduced, revision }: Reduced) {
  return {
    revision,
    fields: [...reduced].map(([name, field]) => {
      const { t, column, from, method } = field as ReducedSamples;
      return { name, method, from, t: [...t], v: [...column.v] };
    }),
  };
}

afterEach(async () => {
  for (const reader of closing.splice(0)) await reader.close();
});

describe('a reader with blocks', () => {
  it('reads rows once for what it is asked again and again, at any zoom', async () => {
    const { reader, watched } = setUp();
    await reader.reduce(query({ width: 4, count: 1000 }));
    const before = watched.reads.filter(({ range }) => range.end <= start + 7 * tile).length;
    expect(before).toBe(7);
    for (const width of [4.5, 8, 21, 64]) {
      await reader.reduce(query({ start: start + 3, width, count: 40 }));
      await reader.reduce(query({ width: 2 * width, count: 10, want: 'm4' }));
    }
    expect(watched.reads.filter(({ range }) => range.end <= start + 7 * tile)).toHaveLength(before);
    expect(watched.reduces).toEqual([]);
  });

  it('says of what buckets samples are, and how many stood behind them', async () => {
    const { reader } = setUp();
    const { fields: reduced } = await reader.reduce(query({ width: 17, count: 100, start: start + 5 }));
    expect(reduced.get('a')).toMatchObject({ blockWidth: 8, from: 1700 });
  });

  it('leaves questions to the reader beneath that hold few samples a bucket, uneven statistics, and changes of numbers', async () => {
    const { reader, watched } = setUp();
    const asked = [
      query({ width: 3 }),
      query({ width: 16, want: ['mean'], start: start + 1 }),
      query({ width: 7, want: ['count'] }),
      query({ want: 'changes' }),
      query({ fields: ['no such field'] }),
    ];
    for (const one of asked) await reader.reduce(one);
    expect(watched.reduces).toEqual(asked);
    expect(watched.reads).toEqual([]);
  });

  it('reads what is not final anew, and keeps it once it is: at the live end in narrower tiles', async () => {
    const { reader, watched, memory, cold } = setUp({ n: tile + 100 });
    const wide = query({ width: 8, count: 256 });
    const ranges = () => {
      const all = watched.reads.map(({ range }) => [range.start - start, range.end - start] as const);
      watched.reads.length = 0;
      return all.sort(([a], [b]) => a - b);
    };
    const check = async () => expect(plain(await reader.reduce(wide))).toEqual(await cold(wide));
    await check();
    const quarter = tile / 16;
    const tail = [0, 1, 2].map((k) => [tile + k * quarter, tile + (k + 1) * quarter]);
    const live = [tile + 3 * quarter, 4 * tile];
    expect(ranges()).toEqual([[0, tile], ...tail, live]);
    for (let k = 0; k < 3; k++) await check();
    expect(ranges()).toEqual([live, live, live]);
    memory.append('line', rows(tile + 100, tile));
    await check();
    expect(ranges()[0]).toEqual([tile, 2 * tile]);
    await check();
    expect(ranges()).toEqual([[2 * tile + 3 * quarter, 4 * tile]]);
  });

  it('makes a tile of finer ones where some of those are in memory', async () => {
    const { reader, watched, memory, cache } = setUp({ n: 1 });
    const wide = query({ width: 8, count: 128 });
    for (let at = 1; at < tile + 10; at += 10) {
      memory.append('line', rows(at, 10));
      await reader.reduce(wide);
    }
    expect(cache.counts.joined).toBe(5);
    expect(watched.reads.some(({ range }) => range.start === start && range.end === start + tile)).toBe(false);
  });

  it('answers out of finer tiles where that is wanted: it reads their rows once, and keeps them in memory only', async () => {
    const narrow = query({ width: 4, count: 2 * tile, want: 'm4' });
    const usual = setUp();
    await usual.reader.reduce(narrow);
    expect(usual.cache.counts).toMatchObject({ answers: 0, passed: 1 });
    const { reader, watched, cache, memory, cold } = setUp({ leastSamples: 8, finerPowers: [2] });
    const asked = query({ width: 8, count: tile, want: 'm4' });
    const before = plain(await reader.reduce(asked));
    expect(before).toEqual(plain(await memory.reduce(asked)));
    const final = () => watched.reads.filter(({ range }) => range.end <= start + 7 * tile).length;
    expect(final()).toBe(7);
    expect(plain(await reader.reduce(asked))).toEqual(before);
    expect(final()).toBe(7);
    expect(cache.counts).toMatchObject({ answers: 2, passed: 0 });
    memory.append('line', batchOf([start + 3 * tile + 0.5], { a: [1e6] }));
    expect(plain(await reader.reduce(asked))).toEqual(await cold(asked));
    expect(final()).toBe(8);
  });

  it('takes finer tiles out of the source where it has some, and makes none of them where coarser ones are asked for', async () => {
    const wanted: number[] = [];
    const source: TileSource = {
      async tiles(_, all) {
        wanted.push(...all.map(({ level }) => level));
        return all.map(() => null);
      },
    };
    const { reader, cache } = setUp({ leastSamples: 8, finerPowers: [2, 3], source });
    await reader.reduce(query({ width: 16, count: 100 }));
    expect(new Set(wanted)).toEqual(new Set([3]));
    const { tiles } = cache;
    await reader.reduce(query({ width: 4, count: 400 }));
    expect(new Set(wanted)).toEqual(new Set([3, 1]));
    expect(cache.tiles).toBeGreaterThan(tiles);
    await reader.reduce(query({ width: 2, count: 400 }));
    expect(new Set(wanted)).toEqual(new Set([3, 1, 0]));
    await reader.reduce(query({ width: 1.5, count: 400 }));
    expect(cache.counts).toMatchObject({ answers: 3, passed: 1 });
  });

  it('reads once for fifty who ask at once, and for several fields together', async () => {
    const { reader, watched } = setUp({ atOnce: 2 });
    await Promise.all(
      Array.from({ length: 50 }, (_, k) =>
        reader.reduce(query({ count: 224, fields: [fields[k % 2]!], width: 16 + (k % 3) })),
      ),
    );
    const final = watched.reads.filter(({ range }) => range.end <= start + 7 * tile);
    expect(final).toHaveLength(7);
    for (const read of final) expect([...read.fields].sort()).toEqual(fields);
  });

  it('gives up what a change touches, at all levels, and nothing else', async () => {
    const { reader, watched, memory, cold } = setUp({ n: 10 * 4 * tile });
    const wide = query({ width: 64, count: 640 });
    await reader.reduce(wide);
    watched.reads.length = 0;
    memory.append('line', batchOf([start + 5 * tile + 0.5], { a: [1e6] }));
    expect(plain(await reader.reduce(wide))).toEqual(await cold(wide));
    const again = watched.reads.filter(({ range, maxSamples }) => range.end <= start + 39 * tile && maxSamples > 1);
    expect(again.map(({ range }) => (range.start - start) / tile)).toEqual([5]);
  });

  it('gives up all of a timeline whose revision changed where nobody tells what did', async () => {
    const { reader, watched, memory, cold } = setUp({ tellsChanges: false });
    await reader.reduce(query());
    memory.append('line', batchOf([start + 5.5], { a: [1e6] }));
    expect(plain(await reader.reduce(query()))).toEqual(await cold(query()));
    expect(watched.reads.filter(({ range }) => range.start < start + 7 * tile)).toHaveLength(14);
  });

  it('waits a moment for the word on a change, then gives up everything', async () => {
    const { watched, memory, cache, cold } = setUp();
    const mute = Object.assign(watched, {
      changes: async function* (signal: AbortSignal) {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        yield* [];
      },
    });
    const reader = new BlockReader({ reader: mute, cache, clock: () => start + 1e6, leastSamples: 2, changeMs: 20 });
    closing.push(reader);
    await reader.reduce(query());
    memory.append('line', batchOf([start + 5.5], { a: [1e6] }));
    expect(plain(await reader.reduce(query()))).toEqual(await cold(query()));
  });

  it('does not keep what was being made when its data changed', async () => {
    const { reader, watched, memory, cold } = setUp({ atOnce: 100 });
    const held = gate();
    watched.behind = held.opened;
    const answer = reader.reduce(query());
    await until(() => watched.reads.length === 13);
    memory.append('line', batchOf([start + 5.5], { a: [1e6] }));
    const other = reader.reduce(query());
    await until(() => watched.reads.length > 13);
    held.open();
    expect(plain(await answer)).toEqual(await cold(query()));
    expect(plain(await other)).toEqual(await cold(query()));
    expect(plain(await reader.reduce(query()))).toEqual(await cold(query()));
  });

  it('stops reading when the last one who waits has gone, not before', async () => {
    const { reader, watched } = setUp({ atOnce: 1 });
    const held = gate();
    watched.gate = held.opened;
    const [first, second] = [new AbortController(), new AbortController()];
    const answers = [first, second].map(({ signal }) => reader.reduce(query(), signal).catch((e: unknown) => e));
    await until(() => watched.reads.length > 0);
    first.abort();
    expect(await answers[0]).toMatchObject({ code: 'cancelled' });
    second.abort();
    expect(await answers[1]).toMatchObject({ code: 'cancelled' });
    held.open();
    await reader.reduce(query({ start: start + 6 * tile, count: 32 }));
    const starts = watched.reads.map(({ range }) => (range.start - start) / tile);
    // The one that was under way, and what is asked for now.
    expect(starts).toHaveLength(2);
    expect(starts[1]).toBe(6);
  });

  it('fails with what the reading fails with, and tries again the next time', async () => {
    const { reader, watched } = setUp();
    watched.gate = () => Promise.reject(Object.assign(new Error('disk'), { code: 'EIO' }));
    await expect(reader.reduce(query())).rejects.toMatchObject({ code: 'EIO' });
    watched.gate = async () => undefined;
    expect((await reader.reduce(query())).fields.size).toBe(1);
  });

  it('takes tiles out of a source, asked once for all of them', async () => {
    const asked: number[] = [];
    const tiles: TileSource = {
      tiles: async (_, wanted) => {
        asked.push(wanted.length);
        return wanted.map((key): Tile | null => {
          if (key.level !== 3 || key.field !== 'a') return null;
          const maker = tileMaker(key);
          const { t, columns } = rows(0, 8 * tile);
          maker.push(t, columns.get('a')!);
          return maker.finish();
        });
      },
    };
    const { reader, watched, cache, cold } = setUp({ source: tiles, n: 8 * tile + 1 });
    const both = query({ width: 32, count: 128, fields, start });
    expect(plain(await reader.reduce(both))).toEqual(await cold(both));
    expect(asked).toEqual([4, 8]);
    expect(cache.counts).toMatchObject({ stored: 2, made: 8, joined: 2 });
    expect(watched.reads.every((read) => read.fields.join() === 'b')).toBe(true);
  });

  it('learns the cadence of a timeline whose reader says none from its first answer', async () => {
    const { reader, watched } = setUp({ interval: null });
    await reader.reduce(query());
    expect(watched.reduces).toHaveLength(1);
    await reader.reduce(query());
    expect(watched.reduces).toHaveLength(1);
    expect(watched.reads.length).toBeGreaterThan(0);
  });

  it('does bounded work for a range out of all proportion', async () => {
    const { reader, watched } = setUp();
    const year = 365.25 * 86_400;
    for (const want of ['minmax', 'm4'] as const) {
      for (const years of [300, 1e9, 1e200]) {
        const asked = query({ start: start - (years * year) / 2, width: (years * year) / 2000, count: 2000, want });
        const reduced = await reader.reduce(asked);
        expect(reduced.fields.get('a')).toMatchObject({ from: 8 * tile });
      }
    }
    expect(watched.reads.length).toBeLessThan(200);
  });

  it('holds no more than it may, and nothing of a timeline once it is closed', async () => {
    const { reader, cache } = setUp({ cacheBytes: 40_000 });
    await reader.reduce(query({ fields }));
    expect(cache.bytes).toBeGreaterThan(0);
    expect(cache.bytes).toBeLessThanOrEqual(40_000);
    await reader.close();
    expect(cache.bytes).toBe(0);
  });
});
