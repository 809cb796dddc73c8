import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fromHash, toHash } from '../../page/state/link.js';
import { between, lastRanges, secondsOf } from '../../page/state/range.js';
import { emptyPlot, emptyView, mostFields, mostPlots, tabs, type View } from '../../page/state/view.js';

describe('a link', () => {
  it('carries plots with their fields and options, and the fields follow their plot', () => {
    const view: View = {
      ...emptyView,
      range: { kind: 'last', seconds: 900 },
      plots: [
        { ...emptyPlot, fields: ['feeds::a.b', 'apex::c'], log: true },
        { ...emptyPlot, fields: ['feeds::a.b'], before: 604_800, limits: { K: [0.1, 4], '': [-1, 1] } },
      ],
    };
    expect(toHash(view)).toBe(
      'last=15m&scale=log&field=feeds::a.b&field=apex::c' + '&plot=2&before=7d&y=0.1:4:K&y=-1:1:&field=feeds::a.b',
    );
    expect(fromHash(`#${toHash(view)}`)).toEqual(view);
  });

  it('carries a fixed range in UTC that a person can read', () => {
    const view = { ...emptyView, range: between(1_499_990_400, 1_501_200_000.5) };
    expect(toHash(view)).toBe('from=2017-07-14T00:00:00Z&to=2017-07-28T00:00:00.500Z');
  });

  it('of the first page is understood: one plot, its scale before its fields', () => {
    expect(fromHash('#last=5m&scale=log&field=a::b')).toEqual({
      ...emptyView,
      range: { kind: 'last', seconds: 300 },
      plots: [{ ...emptyPlot, fields: ['a::b'], log: true }],
    });
  });

  it('brings every view back', () => {
    const time = fc.integer({ min: 1e10, max: 4e12 }).map((ms) => ms / 1000);
    const range = fc.oneof(
      fc.constantFrom(...lastRanges).map((name) => ({ kind: 'last', seconds: secondsOf(name) }) as const),
      fc
        .tuple(time, fc.integer({ min: 10, max: 1e9 }))
        .map(([from, ms]) => between(from, Math.round(from * 1000 + ms) / 1000)),
    );
    const field = fc.tuple(fc.string(), fc.string()).map(([node, name]) => `${node}::${name}`);
    const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0);
    const ends = fc.tuple(number, number).filter(([a, b]) => b > a);
    const plot = fc.record({
      fields: fc.uniqueArray(field, { maxLength: mostFields }),
      log: fc.boolean(),
      before: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 1e8 })),
      limits: fc.dictionary(
        fc.string().filter((unit) => unit !== '__proto__'),
        ends,
        { noNullPrototype: true },
      ),
    });
    const view = fc.record({
      tab: fc.constantFrom(...tabs),
      range,
      plots: fc.array(plot, { minLength: 1, maxLength: mostPlots }),
      zone: fc.constantFrom('utc' as const, 'local' as const),
      events: fc.boolean(),
      search: fc.string(),
    });
    fc.assert(fc.property(view, (one) => expect(fromHash(`#${toHash(one)}`)).toEqual(one)));
  });

  it.each([
    '#last=nonsense&field=nothing',
    '#from=5&to=4',
    '#from=2017-07-14&to=yesterday',
    '#tab=secrets&y=1:K&y=5:4:K&before=-1&scale=deep',
    '#%',
    '#last=1e99y',
  ])('that is damaged (%j) falls back to the default instead of failing', (hash) => {
    expect(fromHash(hash)).toEqual(emptyView);
  });

  it('with too much in it is cut to what can be shown', () => {
    const many = Array.from({ length: 5000 }, (_, i) => `plot=${i}&field=n::f${i}`).join('&');
    expect(fromHash(many)!.plots).toHaveLength(mostPlots);
    const wide = Array.from({ length: 5000 }, (_, i) => `field=n::f${i}`).join('&');
    expect(fromHash(wide)!.plots[0]!.fields).toHaveLength(mostFields);
  });

  it('that is empty carries no view', () => expect(fromHash('#')).toBeNull());
});
