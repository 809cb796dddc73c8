import { describe, expect, it } from '@jest/globals';
import { allTime, type Batch, type TimeRange, type Value, valueAt } from '@sisock/core';
import { batchOf } from '@sisock/testkit';
import fc from 'fast-check';
import type { Position } from '../src/cursor.js';
import { defaultRingOptions, Ring, type RingOptions } from '../src/ring.js';
import { rowsLost, startOf, takeRows, visitRange } from '../src/ring-read.js';

type Row = { readonly t: number; readonly values: Readonly<Record<string, Value>> };

const wanted = new Map(['a', 'b', 'c'].map((name) => [name, name]));

function rowsOf(batches: Iterable<Batch>): Row[] {
  const rows: Row[] = [];
  for (const { t, columns } of batches) {
    t.forEach((time, i) => {
      const values = [...columns].map(([name, column]) => [name, valueAt(column, i)]);
      rows.push({ t: time, values: Object.fromEntries(values) as Row['values'] });
    });
  }
  return rows;
}

function readAllRows(ring: Ring, from: Position, range: TimeRange, max: number) {
  let position = from;
  const rows: Row[] = [];
  for (;;) {
    const taken = takeRows(ring, position, range, wanted, max);
    const got = rowsOf(taken.batches);
    expect(got.length).toBe(taken.rows);
    expect(got.length).toBeLessThanOrEqual(max);
    expect(got.map((r) => r.t)).toEqual(got.map((r) => r.t).sort((x, y) => x - y));
    rows.push(...got);
    position = taken.position;
    if (taken.done) return { rows, position };
  }
}

/** The ring as an array that is sorted and searched anew each time. */
class Model {
  rows: Row[] = [];
  readonly #options: RingOptions;

  constructor(options: RingOptions) {
    this.#options = options;
  }

  append(batch: Batch, now: number): Row[] {
    const oldest = now - this.#options.bufferSec;
    this.rows = this.rows.filter((row) => row.t >= oldest);
    const added: Row[] = [];
    for (const row of rowsOf([batch]).sort((x, y) => x.t - y.t)) {
      if (row.t < oldest || row.t > now + this.#options.maxFutureSec) continue;
      if (this.rows.some((r) => same(r, row))) continue;
      const at = this.rows.findIndex((r) => r.t > row.t);
      this.rows.splice(at < 0 ? this.rows.length : at, 0, row);
      added.push(row);
      const excess = this.rows.length - this.#options.maxRows;
      if (excess > 0) this.rows.splice(0, excess);
    }
    return added;
  }
}

function same(x: Row, y: Row): boolean {
  const names = Object.keys(x.values);
  if (x.t !== y.t || names.length !== Object.keys(y.values).length) return false;
  return names.every((n) => typeof x.values[n] === typeof y.values[n] && Object.is(x.values[n], y.values[n]));
}

const within = (rows: readonly Row[], { start, end }: TimeRange) => rows.filter((r) => r.t >= start && r.t < end);

const messages = fc.record({
  /** Offsets from now, in tenths of a second: mostly behind, some late, some refused. */
  offsets: fc.array(
    fc.oneof({ weight: 6, arbitrary: fc.integer({ min: -30, max: 10 }) }, fc.integer({ min: -400, max: 400 })),
    {
      minLength: 1,
      maxLength: 40,
    },
  ),
  layout: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.nat(4)),
  seed: fc.nat(3),
  step: fc.integer({ min: 0, max: 40 }),
});

function batchFor(
  now: number,
  { offsets, layout, seed }: { offsets: readonly number[]; layout: number; seed: number },
) {
  const t = offsets.map((x) => now + x / 10);
  const number = t.map((_, i) => (i + seed) % 4);
  const layouts: Record<string, Value[]>[] = [
    { a: number },
    { a: number, b: number.map((x) => x > 1) },
    { a: number.map((x) => `s${x}`) },
    { b: number.map((x) => x > 0), c: number.map(BigInt) },
    { a: number.map((x) => (x === 0 ? NaN : x)) },
  ];
  return batchOf(t, layouts[layout]!);
}

describe('a ring', () => {
  const run = (count: number, maxRows: number) =>
    fc.assert(
      fc.property(fc.array(messages, { maxLength: count }), fc.nat(20), (sequence, maxExtra) => {
        const options = { ...defaultRingOptions, bufferSec: 20, maxFutureSec: 30, maxRows };
        const ring = new Ring('r', options);
        const model = new Model(options);
        let now = 1000;
        // One reads in small steps while data come, one follows from the start.
        let reading = startOf(ring, -Infinity);
        const expectedOf = new Set<Row>();
        const readSoFar: Row[] = [];
        let following: Position = { arrival: 0, time: Infinity, placeArrival: -1 };
        let accepted = 0;
        let told = 0;
        for (const message of sequence) {
          now += message.step / 10;
          const batch = batchFor(now, message);
          ring.trim(now);
          const added = model.append(batch, now);
          const appended = ring.append(batch.t, batch.columns, now);
          expect(appended.accepted).toBe(added.length);
          expect(appended.accepted + appended.repeated + appended.tooOld + appended.future).toBe(batch.t.length);
          accepted += added.length;
          for (const row of added) expectedOf.add(row);
          expect(ring.rows).toBe(model.rows.length);
          expect(ring.bytes).toBe(ring.segments.reduce((sum, s) => sum + s.bytes, 0));

          const step = takeRows(ring, reading, allTime, wanted, 1 + maxExtra);
          readSoFar.push(...rowsOf(step.batches));
          reading = step.position;
          const news = takeRows(ring, following, allTime, wanted, 1 + maxExtra);
          told += news.rows + rowsLost(ring, following.arrival, news.position.arrival);
          following = news.position;
        }
        expect(rowsOf(batchesIn(ring))).toEqual(model.rows);
        const range = { start: now - 5, end: now + 0.5 };
        expect(readAllRows(ring, startOf(ring, range.start), range, 7).rows).toEqual(within(model.rows, range));

        // No row twice, and every row that is still there was told.
        const rest = readAllRows(ring, reading, allTime, 1 + maxExtra);
        readSoFar.push(...rest.rows);
        for (const row of readSoFar) {
          const found = [...expectedOf].find((r) => same(r, row));
          expect(found).toBeDefined();
          expectedOf.delete(found!);
        }
        for (const row of model.rows) expect(expectedOf.has(row)).toBe(false);

        for (;;) {
          const news = takeRows(ring, following, allTime, wanted, 50);
          told += news.rows + rowsLost(ring, following.arrival, news.position.arrival);
          following = news.position;
          if (news.done) break;
        }
        expect(told).toBe(accepted);
      }),
      { numRuns: 150 },
    );

  it('is what a sorted array is, whatever comes in whatever order', () => run(12, 1_000_000));
  it('is so with a limit on its rows', () => run(12, 60));
  it('is so over many messages', () => run(80, 1_000_000));

  it('splits full segments for late rows', () => {
    const n = 40_000;
    const t = Array.from({ length: n }, (_, i) => 2 * i);
    const even = batchOf(t, { a: t });
    const make = () => {
      const ring = new Ring('r', { ...defaultRingOptions, bufferSec: 1e6 });
      ring.append(even.t, even.columns, 2 * n);
      return ring;
    };
    const full = make().segments.find((segment) => segment.rows === 4096)!;
    for (const place of [0, 1, 2047, 2048, 2049, 2050, 4095]) {
      const ring = make();
      const late = full.t[place]! - 1;
      const odd = batchOf([late], { a: [-1] });
      expect(ring.append(odd.t, odd.columns, 2 * n).accepted).toBe(1);
      const times = rowsOf(batchesIn(ring)).map((r) => r.t);
      expect(times).toEqual([...t, late].sort((x, y) => x - y));
    }
    const ring = make();
    for (let i = 0; i < n; i++) {
      const odd = batchOf([1 + 2 * ((i * 7919) % n)], { a: [-i] });
      ring.append(odd.t, odd.columns, 2 * n);
    }
    expect(rowsOf(batchesIn(ring)).map((r) => r.t)).toEqual(Array.from({ length: 2 * n }, (_, i) => i));
  });
});

function batchesIn(ring: Ring): Batch[] {
  const batches: Batch[] = [];
  visitRange(ring, allTime, wanted, (batch) => batches.push(batch));
  return batches;
}

describe('memory and cost of a ring', () => {
  const fill = (seconds: number, rate: number, bufferSec: number) => {
    const ring = new Ring('r', { ...defaultRingOptions, bufferSec });
    for (let i = 0; i < seconds * rate; i++) {
      const now = 1000 + i / rate;
      ring.trim(now);
      ring.append(Float64Array.of(now), new Map([['a', { kind: 'f64', v: Float64Array.of(i) }]]), now);
    }
    return ring;
  };

  it.each([
    [1, 3600],
    [10, 3600],
    [10, 600],
    [10, 60],
  ])('at %d Hz and %d s of buffer a sample of one field takes at most 20 bytes', (rate, bufferSec) => {
    const ring = fill(bufferSec * 1.3, rate, bufferSec);
    expect(ring.rows).toBeGreaterThanOrEqual(bufferSec * rate);
    expect(ring.bytes / ring.rows).toBeLessThanOrEqual(20);
  });

  it('is the same after many buffer lengths, late rows and texts or not', () => {
    const ring = new Ring('r', { ...defaultRingOptions, bufferSec: 100 });
    const take = (t: number, now: number) => {
      const { t: times, columns } = batchOf([t], { a: [t], b: [`text ${Math.floor(t / 3)}`] });
      ring.trim(now);
      ring.append(times, columns, now);
    };
    for (let now = 1000; now < 1200; now++) take(now, now);
    const before = ring.bytes;
    take(1199 - 2.5, 1199);
    for (let now = 1200; now < 5000; now++) take(now, now);
    expect(ring.rows).toBe(101);
    expect(ring.segments).toHaveLength(1);
    expect(ring.segments[0]!.arrivals).toBeNull();
    expect(ring.bytes).toBeLessThan(1.2 * before);
    const times = rowsOf(batchesIn(ring)).map((row) => row.t);
    expect(times).toEqual(Array.from({ length: 101 }, (_, i) => 4899 + i));
  });

  it('gives back what its oldest rows took', () => {
    const ring = fill(600, 10, 3600);
    const { bytes, rows } = ring;
    expect(ring.dropOldest()).toBe(rows / 8);
    expect(ring.bytes).toBeLessThan(0.9 * bytes);
    while (ring.rows > 0) expect(ring.dropOldest()).toBeGreaterThan(0);
    expect(ring.bytes).toBe(0);
  });
});
