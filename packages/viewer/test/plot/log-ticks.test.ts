import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatLogTick, logTicks } from '../../page/plot/log-ticks.js';

const labels = (min: number, max: number, height: number) => logTicks(min, max, height).map(formatLogTick);

describe('ticks of a log axis', () => {
  it('are powers of ten, as many as there is room for', () => {
    expect(labels(3e-7, 2000, 300)).toEqual(['1e−6', '1e−5', '1e−4', '0.001', '0.01', '0.1', '1', '10', '100', '1000']);
    expect(labels(3e-7, 2000, 120)).toEqual(['1e−6', '0.001', '1', '1000']);
  });

  it('stand at 2 and 5 of each power where there is room', () => {
    expect(labels(0.4, 300, 400)).toEqual(['0.5', '1', '2', '5', '10', '20', '50', '100', '200']);
  });

  it('are equal steps within a part of a power of ten', () => {
    expect(labels(42, 47, 200)).toEqual(['42', '43', '44', '45', '46', '47']);
    expect(labels(1.1, 4.5, 200)).toEqual(['2', '3', '4']);
  });

  it('lie within the axis, in order, and apart', () => {
    const ends = fc.tuple(
      fc.double({ min: -250, max: 250, noNaN: true }),
      fc.double({ min: 0.01, max: 40, noNaN: true }),
    );
    fc.assert(
      fc.property(ends, fc.integer({ min: 60, max: 2000 }), ([low, span], height) => {
        const [min, max] = [10 ** low, 10 ** (low + span)];
        const places = logTicks(min, max, height).map((tick) => ((Math.log10(tick) - low) / span) * height);
        for (const [i, place] of places.entries()) {
          expect(place).toBeGreaterThan(-0.01);
          expect(place).toBeLessThan(height + 0.01);
          if (i > 0) expect(place - places[i - 1]!).toBeGreaterThan(24);
        }
      }),
    );
  });
});
