import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { meets, pieces, ticksAround, ticksToDatetime } from '../src/values.js';

describe('ticks', () => {
  it('as DATETIME(6) in UTC, rounded outwards', () => {
    expect(ticksToDatetime(155_292_791_576_223_000n, 'down')).toBe('2019-03-18 16:51:55.762230');
    expect(ticksToDatetime(155_292_791_576_223_001n, 'down')).toBe('2019-03-18 16:51:55.762230');
    expect(ticksToDatetime(155_292_791_576_223_001n, 'up')).toBe('2019-03-18 16:51:55.762231');
    expect(ticksToDatetime(-1n, 'down')).toBe('1969-12-31 23:59:59.999999');
    expect(ticksToDatetime(-1n, 'up')).toBe('1970-01-01 00:00:00.000000');
    expect(ticksToDatetime(2n ** 63n - 1n, 'up')).toBe('4892-10-07 21:52:48.547759');
    expect(ticksToDatetime(-(2n ** 63n), 'down')).toBe('1000-01-01 00:00:00.000000');
  });

  it('of a range are never too few', () => {
    const time = fc.double({ noNaN: true });
    const tick = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    fc.assert(
      fc.property(time, time, tick, (start, end, at) => {
        const { first, last } = ticksAround({ start, end });
        if (meets(at, at, { start, end })) expect([at >= first, at <= last]).toEqual([true, true]);
      }),
    );
    const near = fc.integer({ min: -1000, max: 1000 });
    fc.assert(
      fc.property(near, near, (a, b) => {
        const at = 177_350_096_650_000_000n + BigInt(a);
        const range = { start: 1_773_500_966.5 + b / 1e8, end: 1_773_500_967 };
        if (meets(at, at, range)) expect(ticksAround(range).first <= at).toBe(true);
      }),
    );
  });
});

describe('pieces', () => {
  it('hold every row once, within rows and bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1_500_000)), fc.integer({ min: 1, max: 20 }), (rows, most) => {
        const cut = [...pieces(rows, (bytes) => bytes, most)];
        expect(cut.flat()).toEqual(rows);
        for (const piece of cut) {
          expect(piece.length).toBeLessThanOrEqual(most);
          if (piece.length > 1) expect(piece.reduce((a, b) => a + b)).toBeLessThanOrEqual(1_000_000);
        }
      }),
    );
  });
});
