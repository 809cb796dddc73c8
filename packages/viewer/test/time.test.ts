import { describe, expect, it } from '@jest/globals';
import { formatAge, formatDuration, formatUtc, parseUtc } from '../page/time.js';

describe('a written time', () => {
  it.each([
    ['2017-07-14', 1_499_990_400],
    ['2017-07-14 12:30', 1_500_035_400],
    ['2017-07-14T12:30:05Z', 1_500_035_405],
    [' 2017-07-14 12:30:05.25 UTC ', 1_500_035_405.25],
    ['1499990400', 1_499_990_400],
    ['1499990400.5', 1_499_990_400.5],
  ])('%j is understood as UTC', (text, t) => expect(parseUtc(text)).toBe(t));

  it.each(['', 'yesterday', '14.7.2017', '2017-13-01', '2017-07-14 25:00', '2017-07-14 1:00'])(
    '%j is refused',
    (text) => expect(parseUtc(text)).toBeNull(),
  );
});

describe('a shown time', () => {
  it('is UTC and 24 hours', () => {
    expect(formatUtc(1_500_035_405.25)).toBe('2017-07-14 12:30:05');
    expect(formatUtc(1_500_035_405.25, true)).toBe('2017-07-14 12:30:05.250');
    expect(formatUtc(Infinity)).toBe('-');
  });

  it('has its age in its natural unit, and its day when it is long ago', () => {
    expect([0.42, 12, 300, 7200, 300_000].map(formatDuration)).toEqual(['0.4 s', '12 s', '5 min', '2 h', '3 d']);
    expect(formatAge(1000, 1012)).toBe('12 s ago');
    expect(formatAge(1_499_990_400, 1_795_000_000)).toBe('2017-07-14');
  });

  it('is never negative when clocks differ', () => {
    expect(formatAge(1001, 1000)).toBe('0.0 s ago');
  });
});
