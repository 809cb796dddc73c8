import { describe, expect, it } from '@jest/globals';
import type { Samples } from '../../page/data/samples.js';
import { axisLimits, movedLimits } from '../../page/plot/axis-limits.js';
import { stateSpans } from '../../page/plot/draw-bands.js';
import { eventsNear } from '../../page/plot/draw-events.js';
import { dashOf, seriesColors, stateColor } from '../../page/plot/palette.js';
import { type Band, extremesOf, isInSpan, type Line, readingAt, type Trace } from '../../page/plot/trace.js';

const trace = (samples: Samples, shift = 0): Trace => {
  return { id: 'n::f', label: 'f', units: null, color: '#000', dash: [], samples, shift, isDim: false };
};
const line = (t: number[], v: number[], shift = 0) => trace({ kind: 'number', t, v }, shift) as Line;
const band = (t: number[], v: (string | null)[], shift = 0) => trace({ kind: 'state', t, v }, shift) as Band;

describe('a trace', () => {
  it('is read at a time: of numbers the nearest sample, of states the one in force', () => {
    const numbers = line([0, 10, 20], [1, 2, NaN]);
    expect([-5, 4, 6, 14, 16].map((t) => readingAt(numbers, t)?.v)).toEqual([1, 1, 2, 2, null]);
    expect(readingAt(line([], []), 5)).toBeNull();
    expect(readingAt(band([0, 10], ['a', 'b']), 9.9)?.v).toBe('a');
    expect(readingAt(line([0, 10], [1, 2], 100), 109)).toEqual({ t: 110, v: 2 });
  });

  it('spans its numbers in sight; where none is, those that a line leads between', () => {
    const numbers = line([0, 10, 20, 30], [5, -1, NaN, 7]);
    expect(extremesOf(numbers, { from: 0, to: 25 })).toEqual({ min: -1, max: 5 });
    expect(extremesOf(numbers, { from: 0, to: 40 }, true)).toEqual({ min: 5, max: 7 });
    expect(extremesOf(numbers, { from: 2, to: 8 })).toEqual({ min: -1, max: 5 });
    expect(extremesOf(line([0], [NaN]), { from: -1, to: 1 })).toBeNull();
    expect(extremesOf(line([0], [Infinity]), { from: -1, to: 1 })).toEqual({ min: Infinity, max: Infinity });
  });

  it('is in sight by a sample, by a line across, or by a state in force', () => {
    expect(isInSpan(line([0, 10], [1, 2]), { from: 9, to: 11 })).toBe(true);
    expect(isInSpan(line([0, 10], [1, 2]), { from: 4, to: 6 })).toBe(true);
    expect(isInSpan(line([0, 5, 10], [1, NaN, 2]), { from: 6, to: 8 })).toBe(false);
    expect(isInSpan(line([0, 10], [1, 2]), { from: 11, to: 12 })).toBe(false);
    expect(isInSpan(band([0], ['on']), { from: 100, to: 200 })).toBe(true);
    expect(isInSpan(band([0], ['on']), { from: -9, to: -5 })).toBe(false);
  });
});

describe('states', () => {
  it('are spans from change to change, cut to what is in sight', () => {
    const states = band([0, 10, 20, 30], ['warm', 'warm', 'cold', null]);
    expect(stateSpans(states, { from: 5, to: 40 })).toEqual([
      { from: 5, to: 20, value: 'warm' },
      { from: 20, to: 30, value: 'cold' },
      { from: 30, to: 40, value: null },
    ]);
    expect(stateSpans(band([0], ['on'], 100), { from: 90, to: 200 })).toEqual([{ from: 100, to: 200, value: 'on' }]);
  });

  it('keep a colour, and false has none', () => {
    expect(stateColor('cooling')).toBe(stateColor('cooling'));
    expect([stateColor(false), stateColor(null)]).toEqual([null, null]);
    expect(stateColor('x')!).toBeLessThan(seriesColors);
    expect([dashOf(0), dashOf(seriesColors - 1)]).toEqual([[], []]);
    expect(dashOf(seriesColors)).not.toEqual([]);
  });
});

describe('the ends of an axis', () => {
  it('hold the data with some room, and stand still while they move a little', () => {
    const [min, max] = axisLimits({ min: 3.9, max: 4.3 }, false);
    expect(min).toBeLessThan(3.9);
    expect(max).toBeGreaterThan(4.3);
    expect(axisLimits({ min: 3.9001, max: 4.2999 }, false)).toEqual([min, max]);
  });

  it('stay on the side of zero where all data are', () => {
    expect(axisLimits({ min: 0, max: 10 }, false)[0]).toBe(0);
    expect(axisLimits({ min: -10, max: 0 }, false)[1]).toBe(0);
    expect(axisLimits({ min: -1, max: 10 }, false)[0]).toBeLessThan(-1);
  });

  it('are apart whatever the data are', () => {
    for (const log of [false, true]) {
      for (const value of [1e-12, 1, 4.2, 1e300]) {
        const [low, high] = axisLimits({ min: value, max: value }, log);
        expect(high).toBeGreaterThan(low);
        expect(low).toBeLessThanOrEqual(value);
        expect(high).toBeGreaterThanOrEqual(value);
      }
      expect(axisLimits(null, log)[1]).toBeGreaterThan(axisLimits(null, log)[0]);
    }
    expect(axisLimits({ min: 0, max: 0 }, false)).toEqual([-1, 1]);
    const [low, high] = axisLimits({ min: -Number.MAX_VALUE, max: Number.MAX_VALUE }, false);
    expect(Number.isFinite(high - low)).toBe(true);
  });

  it('are moved and stretched, on a log axis by its own measure', () => {
    expect(movedLimits([0, 10], { by: 0.1 })).toEqual([1, 11]);
    expect(movedLimits([0, 10], { factor: 2, at: 0 })).toEqual([0, 20]);
    const [low, high] = movedLimits([1, 100], { by: 0.5, log: true });
    expect([Math.round(low), Math.round(high)]).toEqual([10, 1000]);
  });
});

describe('events', () => {
  it('are told where the pointer is near their marks', () => {
    const event = (from: number) => ({ from, to: from, title: `${from}`, text: '', tags: [], lasts: false });
    expect(eventsNear([event(0), event(10), event(11)], 10, 2).map(({ title }) => title)).toEqual(['10', '11']);
  });
});
