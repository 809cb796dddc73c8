import { describe, expect, it } from '@jest/globals';
import {
  asFloat64,
  cancelError,
  fieldTypeOf,
  intersect,
  isEmptyRange,
  isErrorCode,
  justAfter,
  lowerBound,
  openAccess,
  resolveRange,
  SisockError,
  sisockToUnixTime,
  takeColumn,
  throwIfCancelled,
  toSisockError,
  valueAt,
} from '@sisock/core';
import { columnOf } from '@sisock/testkit';
import fc from 'fast-check';

describe('sisock time', () => {
  it('is absolute above 0, else relative to now', () => {
    expect([5, 0, -60].map((t) => sisockToUnixTime(t, 1000))).toEqual([5, 1000, 940]);
    expect(resolveRange(1, 0, 1000)).toEqual({ start: 1, end: 1000 });
  });

  it('is a finite number', () => {
    for (const wrong of [NaN, Infinity, '5', null]) {
      expect(() => sisockToUnixTime(wrong as number, 0)).toThrow(expect.objectContaining({ code: 'bad_request' }));
    }
  });

  it('knows empty ranges and what two share', () => {
    expect([{ start: 1, end: 1 }, { start: 2, end: 1 }, { start: 1, end: NaN }].map(isEmptyRange)).toEqual([true, true, true]); // prettier-ignore
    expect(intersect({ start: 0, end: 5 }, { start: 3, end: 9 })).toEqual({ start: 3, end: 5 });
  });

  it('has a least later time', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e300, max: 1e300 }), (t) => {
        const next = justAfter(t);
        expect(next).toBeGreaterThan(t);
        const between = t + (next - t) / 2;
        expect(between === t || between === next).toBe(true);
      }),
    );
  });
});

describe('errors', () => {
  it('pass through, or become what they mean', () => {
    const own = new SisockError('too_large', 'x');
    expect(toSisockError(own)).toBe(own);
    expect(toSisockError(new DOMException('x', 'AbortError')).code).toBe('cancelled');
    expect(toSisockError(new DOMException('x', 'TimeoutError')).code).toBe('timeout');
    expect(toSisockError('x')).toMatchObject({ code: 'internal', cause: 'x' });
    expect([isErrorCode('timeout'), isErrorCode('no'), isErrorCode(5)]).toEqual([true, false, false]);
  });

  it('of signals tell cancelling from time-outs', () => {
    const timedOut = AbortSignal.abort(new DOMException('x', 'TimeoutError'));
    expect(cancelError(AbortSignal.abort()).code).toBe('cancelled');
    expect(cancelError(timedOut).code).toBe('timeout');
    expect(cancelError(AbortSignal.abort(new SisockError('unavailable', 'gone'))).code).toBe('unavailable');
    expect(() => throwIfCancelled(timedOut)).toThrow(expect.objectContaining({ code: 'timeout' }));
    expect(() => throwIfCancelled(undefined)).not.toThrow();
  });
});

describe('columns', () => {
  it('give values as JavaScript knows them', () => {
    expect([[1.5], [2n], [true], ['x']].map((v) => valueAt(columnOf(v), 0))).toEqual([1.5, 2n, true, 'x']);
    expect([[1.5], [2n], [true], ['x']].map((v) => asFloat64(columnOf(v))[0])).toEqual([1.5, 2, 1, NaN]);
    expect([[1.5], [2n], [true], ['x']].map((v) => fieldTypeOf(columnOf(v).kind))).toEqual(['number', 'number', 'bool', 'string']); // prettier-ignore
  });

  it('give a choice of rows', () => {
    for (const v of [
      [1, 2, 3],
      [1n, 2n, 3n],
      [true, false, true],
      ['a', 'b', 'c'],
    ]) {
      expect(takeColumn(columnOf(v), [2, 0])).toEqual(columnOf([v[2]!, v[0]!]));
    }
  });

  it('are searched for the first time not before another', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 })), fc.integer({ min: -1, max: 21 }), (times, x) => {
        const t = Float64Array.from(times).sort();
        const at = t.findIndex((one) => one >= x);
        expect(lowerBound(t, x)).toBe(at < 0 ? t.length : at);
      }),
    );
  });
});

describe('open access', () => {
  it('lets everybody see everything', async () => {
    const principal = await openAccess.authenticate({ kind: 'none' });
    expect(openAccess.maySee(principal, 'any')).toBe(true);
  });
});
