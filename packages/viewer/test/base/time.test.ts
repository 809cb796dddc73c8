import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatSpan, parseDuration, writeDuration } from '../../page/base/duration.js';
import {
  formatAge,
  formatDuration,
  formatRate,
  formatTime,
  isoUtc,
  parseTime,
  zoneName,
} from '../../page/base/time.js';

const now = 1_500_035_405;

describe('a written time', () => {
  it.each([
    ['2017-07-14', 1_499_990_400],
    ['2017-07', 1_498_867_200],
    ['2017', 1_483_228_800],
    ['2017-07-14 12:30', 1_500_035_400],
    ['2017-07-14T12:30:05Z', 1_500_035_405],
    [' 2017-07-14 12:30:05.25 UTC ', 1_500_035_405.25],
    ['2017-07-14 14:30+02:00', 1_500_035_400],
    ['2017-07-14 24:00', 1_500_076_800],
    ['1499990400', 1_499_990_400],
    ['1499990400.5', 1_499_990_400.5],
    ['1499990400500', 1_499_990_400.5],
    ['now', now],
    ['now-3h', now - 10_800],
    ['-90s', now - 90],
    ['now + 1d', now + 86_400],
    ['12:00', 1_500_033_600],
    ['today', 1_499_990_400],
    ['yesterday', 1_499_904_000],
  ])('%j is understood', (text, t) => expect(parseTime(text, now, 'utc')).toBe(t));

  it.each([
    '',
    'tomorrow',
    '14.7.2017',
    '2017-13-01',
    '2017-02-30',
    '2017-07-14 25:00',
    '2017-07-14 1:00',
    'now-3x',
    '-',
  ])('%j is refused', (text) => expect(parseTime(text, now, 'utc')).toBeNull());
});

describe('local time', () => {
  // Whatever the zone of this machine is: the page's test sets one.
  it('is what a person reads and writes where it is asked for', () => {
    const t = parseTime('2017-07-14 12:30', now, 'local')!;
    expect(t * 1000).toBe(new Date(2017, 6, 14, 12, 30).getTime());
    expect(formatTime(t, 'local')).toBe('2017-07-14 12:30:00');
    expect(parseTime('2017-07-14 12:30Z', now, 'local')).toBe(1_500_035_400);
    expect(parseTime('yesterday', t, 'local')! * 1000).toBe(new Date(2017, 6, 13).getTime());
    expect([zoneName('utc', t), zoneName('local', t).startsWith('UTC')]).toEqual(['UTC', true]);
  });
});

describe('a shown time', () => {
  it('has the digits that are asked for, and carries over', () => {
    expect(formatTime(1_500_035_405.25, 'utc')).toBe('2017-07-14 12:30:05');
    expect(formatTime(1_500_035_405.25, 'utc', 3)).toBe('2017-07-14 12:30:05.250');
    expect(formatTime(1_500_035_405.9996, 'utc', 3)).toBe('2017-07-14 12:30:06.000');
    expect(formatTime(Infinity, 'utc')).toBe('-');
    expect(isoUtc(1_499_990_400)).toBe('2017-07-14T00:00:00Z');
  });

  it('is read back as it was', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e12 }), (ms) => {
        expect(parseTime(formatTime(ms / 1000, 'utc', 3), now, 'utc')).toBeCloseTo(ms / 1000, 3);
      }),
    );
  });

  it('has its age in one unit, and its day when it is long ago', () => {
    expect([0.42, 12, 300, 7200, 300_000].map(formatDuration)).toEqual(['0.4 s', '12 s', '5 min', '2 h', '3 d']);
    expect(formatAge(1000, 1012)).toBe('12 s ago');
    expect(formatAge(1_499_990_400, 1_795_000_000)).toBe('2017-07-14');
    expect(formatAge(1001, 1000)).toBe('0.0 s ago');
  });

  it('tells rates as people do', () => {
    expect([0.005, 0.25, 1, 10, 3600].map(formatRate)).toEqual(['200 Hz', '4 Hz', '1 Hz', 'every 10 s', 'every 1 h']);
  });
});

describe('a length of time', () => {
  it.each([
    ['90s', 90],
    ['15m', 900],
    ['1.5h', 5400],
    ['1h30m', 5400],
    ['7d', 604_800],
    ['2w', 1_209_600],
    ['1y', 31_536_000],
    [' 24 h ', 86_400],
  ])('%j is understood', (text, seconds) => expect(parseDuration(text)).toBe(seconds));

  it.each(['', '15', 'm', '1x', '-1h', '0s'])('%j is refused', (text) => expect(parseDuration(text)).toBeNull());

  it('is written so that it is read back', () => {
    expect([900, 86_400, 604_800, 31_536_000, 90].map(writeDuration)).toEqual(['15m', '1d', '7d', '1y', '90s']);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4e9 }), (ms) => {
        expect(parseDuration(writeDuration(ms / 1000))).toBe(ms / 1000);
      }),
    );
  });

  it('is told in two units at most', () => {
    expect([0.0905, 12.5, 300, 330, 5400, 180_000, 47_304_000].map(formatSpan)).toEqual([
      '90.5 ms',
      '12.5 s',
      '5 min',
      '5 min 30 s',
      '1 h 30 min',
      '2 d 2 h',
      '1.5 y',
    ]);
  });
});
