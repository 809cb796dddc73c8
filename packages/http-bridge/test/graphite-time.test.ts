import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { graphiteRange, parseGraphiteTime, parseOffset } from '../src/graphite/time.js';

const utc = (text: string) => Date.parse(text) / 1000;
const now = utc('2017-07-14T15:30:12Z');

describe('times of Graphite', () => {
  it.each([
    ['1450754160', 1450754160],
    ['1450754160.5', 1450754160.5],
    ['0', 0],
    ['now', now],
    ['', now],
    ['-1h', now - 3600],
    ['-6min', now - 360],
    ['-6m', now - 360],
    ['-1mon', now - 30 * 86_400],
    ['-1M', now - 30 * 86_400],
    ['-90s', now - 90],
    ['-2d', now - 2 * 86_400],
    ['-1w', now - 7 * 86_400],
    ['-1y', now - 365 * 86_400],
    ['-12hours', now - 12 * 3600],
    ['-1d12h', now - 36 * 3600],
    ['now-1h', now - 3600],
    ['now+5min', now + 300],
    ['04:00_20110501', utc('2011-05-01T04:00:00Z')],
    ['16:00_20110501', utc('2011-05-01T16:00:00Z')],
    ['4:00pm_20110501', utc('2011-05-01T16:00:00Z')],
    ['12:30am_20110501', utc('2011-05-01T00:30:00Z')],
    ['00:00_170714', utc('2017-07-14T00:00:00Z')],
    ['20170714', utc('2017-07-14T00:00:00Z')],
    ['20160229', utc('2016-02-29T00:00:00Z')],
    ['07/14/2017', utc('2017-07-14T00:00:00Z')],
    ['7/4/17', utc('2017-07-04T00:00:00Z')],
    ['midnight', utc('2017-07-14T00:00:00Z')],
    ['noon yesterday', utc('2017-07-13T12:00:00Z')],
    ['today', utc('2017-07-14T00:00:00Z')],
    ['yesterday', utc('2017-07-13T00:00:00Z')],
    ['20170714+6h', utc('2017-07-14T06:00:00Z')],
    ['midnight-1d', utc('2017-07-13T00:00:00Z')],
    ['04:00', utc('2017-07-14T04:00:00Z')],
  ])('%s', (text, expected) => {
    expect(parseGraphiteTime(text, now, 'from')).toBe(expected);
  });

  it.each([
    'soon',
    '-1',
    '-1x',
    '1h',
    '25:00_20170714',
    '20170231+1x',
    '00:00_20170231',
    '-1e5h',
    '--1h',
    '1e99',
    'now 1h',
  ])('%s is refused, with what is allowed', (text) => {
    const parse = () => parseGraphiteTime(text, now, 'until');
    expect(parse).toThrow(/^until .* is no time: a time is UNIX seconds, now, -1h/);
  });

  it('a range has a default and a length', () => {
    expect(graphiteRange(undefined, undefined, now)).toEqual({ start: now - 86_400, end: now });
    expect(graphiteRange('-1h', 'now', now)).toEqual({ start: now - 3600, end: now });
    expect(() => graphiteRange('now', '-1h', now)).toThrow('until "-1h" is not after from "now"');
    expect(() => graphiteRange('5', '5', now)).toThrow('is not after from');
  });

  it('lengths of time may be signed and of several parts', () => {
    expect(parseOffset('1h', 'x')).toBe(3600);
    expect(parseOffset('-1d12h30min', 'x')).toBe(-(36 * 3600 + 1800));
    expect(() => parseOffset('1', 'timeShift')).toThrow('timeShift "1" is no length of time');
    expect(() => parseOffset('9'.repeat(300) + 'y', 'timeShift')).toThrow('is no length of time');
  });

  it('10,000 texts are times or refused, and nothing else happens', () => {
    const piece = fc.constantFrom(
      'now',
      '-',
      '+',
      '1',
      '20170714',
      '04:00',
      '_',
      'h',
      'mon',
      'min',
      'y',
      '/',
      ' ',
      'noon',
      'é',
      '.',
      '9'.repeat(30),
    );
    for (const parts of fc.sample(fc.array(piece, { maxLength: 6 }), { numRuns: 10_000, seed: 1 })) {
      try {
        const t = parseGraphiteTime(parts.join(''), now, 'from');
        expect(Math.abs(t)).toBeLessThanOrEqual(8.64e12);
      } catch (thrown) {
        expect((thrown as { code: string }).code).toBe('bad_request');
      }
    }
  });
});
