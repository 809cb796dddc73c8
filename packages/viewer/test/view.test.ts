import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fromHash, lastRanges, toHash, type View } from '../page/view.js';

describe('a link', () => {
  it('carries a live view with its fields', () => {
    const view: View = {
      fields: ['feeds::observatory.cryostat.feeds.temperatures.still', 'apex_archive::apex_humidity'],
      range: { kind: 'last', seconds: 900 },
      log: true,
    };
    expect(fromHash(`#${toHash(view)}`)).toEqual(view);
    expect(toHash(view)).toContain('last=15m');
  });

  it('carries a fixed range in UTC that a person can read', () => {
    const hash = toHash({
      fields: [],
      range: { kind: 'between', from: 1_499_990_400, to: 1_501_200_000.5 },
      log: false,
    });
    expect(decodeURIComponent(hash)).toBe('from=2017-07-14T00:00:00Z&to=2017-07-28T00:00:00.500Z');
  });

  it('brings every view back', () => {
    const time = fc.integer({ min: 0, max: 4e12 }).map((ms) => ms / 1000);
    const range = fc.oneof(
      fc.constantFrom(...lastRanges).map(({ seconds }) => ({ kind: 'last', seconds }) as const),
      fc
        .tuple(time, fc.integer({ min: 1, max: 1e9 }))
        .map(([from, ms]) => ({ kind: 'between', from, to: Math.round(from * 1000 + ms) / 1000 }) as const),
    );
    const field = fc.tuple(fc.string(), fc.string()).map(([node, name]) => `${node}::${name}`);
    fc.assert(
      fc.property(fc.uniqueArray(field), range, fc.boolean(), (fields, range, log) => {
        expect(fromHash(toHash({ fields, range, log }))).toEqual({ fields, range, log });
      }),
    );
  });

  it('that is damaged falls back to the default instead of failing', () => {
    expect(fromHash('#last=nonsense&field=nothing')).toEqual({
      fields: [],
      range: { kind: 'last', seconds: 300 },
      log: false,
    });
    expect(fromHash('')).toBeNull();
  });
});
