import { describe, expect, it } from '@jest/globals';
import { createFieldCache } from '../../page/data/field-cache.js';
import { FieldData } from '../../page/data/field-data.js';
import type { Samples } from '../../page/data/samples.js';

const numbers = (t: readonly number[], v = t): Samples => ({ kind: 'number', t, v });
const seconds = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
const loaded = (from: number, to: number, t: readonly number[], width = 0) => {
  return { from, to, width, samples: numbers(t), askedAt: 0, finalUntil: Infinity };
};
const timesOf = (data: FieldData, from: number, to: number, width = 1) =>
  Array.from(data.samples({ from, to }, width)?.t ?? []).filter((t) => t >= from && t < to);

describe('live samples behind loaded ones', () => {
  it('leave no hole and no double, whichever came first', () => {
    for (const early of [true, false]) {
      const data = new FieldData(true);
      data.follow(100, 0);
      // The stream began at 100; samples are published some seconds after their time.
      const live = () => data.append(numbers(seconds(95, 105)));
      if (early) live();
      data.put(loaded(0, 110, seconds(0, 98)));
      if (!early) live();
      expect(timesOf(data, 0, 200)).toEqual(seconds(0, 105));
      expect(data.newest()).toEqual({ t: 104, v: 104 });
    }
  });

  it('do not begin where an answer ends that was asked for before', () => {
    const data = new FieldData(true);
    data.follow(100, 1000);
    data.append(numbers(seconds(103, 105)));
    // Asked just before the stream began: what came between the two is in neither.
    data.put({ ...loaded(0, 98.5, seconds(0, 99)), askedAt: 999 }, 110);
    expect(data.missing({ from: 0, to: 120 }, 1, 1000)).toEqual([{ from: 98.5, to: 100 }]);
    expect(timesOf(data, 90, 200)).toEqual([...seconds(90, 99), 103, 104]);
    data.put({ ...loaded(98.5, 104.5, seconds(99, 105)), askedAt: 1001 }, 110);
    expect(data.missing({ from: 0, to: 120 }, 1, 1000)).toEqual([]);
    expect(timesOf(data, 90, 200)).toEqual(seconds(90, 105));
  });

  it('need not be asked for; the past before them must', () => {
    const data = new FieldData(true);
    expect(data.missing({ from: 0, to: 120 }, 1, 0)).toEqual([{ from: 0, to: 120 }]);
    data.follow(100, 0);
    expect(data.missing({ from: 0, to: 120 }, 1, 0)).toEqual([{ from: 0, to: 100 }]);
    data.put(loaded(0, 110, seconds(0, 98), 1));
    expect(data.missing({ from: 0, to: 500 }, 1, 0)).toEqual([]);
    expect(data.missing({ from: 0, to: 500 }, 0.1, 0)).toEqual([{ from: 0, to: 100 }]);
  });

  it('that come late are put where they belong, those of a second delivery are dropped', () => {
    const data = new FieldData(true);
    data.follow(0, 0);
    data.put(loaded(-5, 5, [1]));
    data.append(numbers([2, 3, 6]));
    data.append(numbers([4, 1, 7]));
    expect(timesOf(data, 0, 10)).toEqual([1, 2, 3, 4, 6, 7]);
  });

  it('break the line where nothing came for more than three intervals', () => {
    const data = new FieldData(true);
    data.interval = 1;
    data.follow(0, 0);
    data.append(numbers([1, 2, 5, 9]));
    const { t, v } = data.samples({ from: 0, to: 20 }, 1)!;
    expect(Array.from(t)).toEqual([1, 2, 5, 7, 9]);
    expect(v[3]).toBeNaN();
  });

  it('stay on the screen after a hole until they are loaded again', () => {
    const data = new FieldData(true);
    data.follow(10, 0);
    data.put(loaded(0, 9.5, seconds(0, 10), 1), 20);
    data.append(numbers(seconds(10, 30)));
    expect(data.missing({ from: 0, to: 60 }, 1, 0)).toEqual([]);
    data.unfollow();
    expect(timesOf(data, 0, 60)).toEqual(seconds(0, 30));
    expect(data.missing({ from: 0, to: 60 }, 1, 0)).toEqual([{ from: 9.5, to: 60 }]);
    data.follow(60, 0);
    data.append(numbers(seconds(58, 62)));
    data.put(loaded(9.5, 58.5, seconds(9, 60), 1), 70);
    expect(timesOf(data, 0, 100)).toEqual(seconds(0, 62));
  });

  it('are reduced to what can be seen once they are many, and can be zoomed into all the same', () => {
    const data = new FieldData(true, { tail: 1000, pieces: 24, provisionalMs: 60_000 });
    data.follow(0, 0);
    const t = Array.from({ length: 5000 }, (_, i) => i / 200);
    for (let i = 0; i < 5000; i += 100) {
      data.append(numbers(t.slice(i, i + 100), t.slice(i, i + 100).map(Math.sin)));
      data.tidy(-100, 1);
    }
    expect(data.size).toBeLessThan(1500);
    const shown = timesOf(data, 0, 30);
    expect(shown).toEqual([...new Set(shown)].sort((a, b) => a - b));
    expect([shown[0], shown.at(-1)]).toEqual([0, t.at(-1)]);
    expect(data.missing({ from: 0, to: 30 }, 1, 0)).toEqual([]);
    const [lacking] = data.missing({ from: 5, to: 30 }, 0.01, 0);
    expect(lacking!.from).toBe(5);
    expect(lacking!.to).toBeGreaterThan(15);
  });

  it('are forgotten once they are long past', () => {
    const data = new FieldData(true, { tail: 2000, pieces: 24, provisionalMs: 60_000 });
    data.follow(0, 0);
    for (let i = 0; i < 100_000; i += 1000) {
      data.append(numbers(seconds(i, i + 1000)));
      data.tidy(i - 5000, 1);
    }
    expect(data.size).toBeLessThan(20_000);
    expect(timesOf(data, 96_000, 100_000)).toEqual(seconds(96_000, 100_000));
  });
});

describe('loaded data', () => {
  it('that may still change are asked for again after a while, others never', () => {
    const data = new FieldData(true);
    data.put({ ...loaded(0, 100, [1], 1), finalUntil: 60, askedAt: 1000 });
    expect(data.missing({ from: 0, to: 100 }, 1, 50_000)).toEqual([]);
    expect(data.missing({ from: 0, to: 100 }, 1, 62_000)).toEqual([{ from: 60, to: 100 }]);
  });

  it('of levels far from the present one go first', () => {
    const data = new FieldData(true, { tail: 1000, pieces: 3, provisionalMs: 1 });
    for (const width of [1, 1000, 2, 4]) data.put(loaded(0, 100, [1], width));
    expect([1, 2, 4].flatMap((width) => data.missing({ from: 0, to: 100 }, width, 0))).toEqual([]);
    expect(data.missing({ from: 0, to: 100 }, 1000, 0)).toHaveLength(1);
  });

  it('are composed once for frames that follow each other', () => {
    const data = new FieldData(true);
    data.put(loaded(0, 1000, seconds(0, 1000), 1));
    const first = data.samples({ from: 400, to: 500 }, 1);
    expect(data.samples({ from: 420, to: 520 }, 1)).toBe(first);
    expect(data.samples({ from: 700, to: 800 }, 1)).not.toBe(first);
    data.put(loaded(0, 10, [5], 1));
    expect(data.samples({ from: 700, to: 800 }, 1)).not.toBe(first);
  });
});

describe('the cache of fields', () => {
  it('forgets what is not shown where all is too much', () => {
    const cache = createFieldCache(1500);
    for (const id of ['a', 'b', 'c']) cache.open(id, true, 1).put(loaded(0, 1000, seconds(0, 600)));
    cache.keepWithin(new Set(['a']));
    expect([...cache.ids()]).toEqual(['a', 'c']);
    cache.keepWithin(new Set(['a', 'c']));
    expect(cache.get('a')!.interval).toBe(1);
  });

  it('begins anew where a field became one of another type', () => {
    const cache = createFieldCache();
    const before = cache.open('a', true, null);
    expect(cache.open('a', true, 5)).toBe(before);
    expect(cache.open('a', false, null)).not.toBe(before);
  });
});
