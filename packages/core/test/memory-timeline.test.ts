import { describe, expect, it } from '@jest/globals';
import { allTime } from '@sisock/core';
import { batchOf, samplesOf } from '@sisock/testkit';
import fc from 'fast-check';
import { MemoryTimeline } from '../src/memory/memory-timeline.js';
import type { Position } from '../src/memory/passes.js';

describe('a memory timeline with a limit', () => {
  it('gives a pass every row held that came after the one before, late or not', () => {
    const appends = fc.array(fc.array(fc.nat({ max: 30 }), { maxLength: 4 }), { maxLength: 40 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), appends, fc.nat(), (maxRows, batches, n) => {
        const timeline = new MemoryTimeline('T', 0, null, maxRows);
        let position: Position = { timeline: 0, after: 0, until: null, at: null };
        let value = 0;
        let model: [number, number][] = [];
        batches.forEach((times, i) => {
          const own = times.map((t): [number, number] => [t, ++value]);
          if (own.length > 0) timeline.append(batchOf(times, { a: own.map(([, v]) => v) }));
          timeline.trim();
          const order = (a: [number, number], b: [number, number]) => a[0] - b[0] || a[1] - b[1];
          model = [...model, ...own].sort(order).slice(-maxRows);
          if (i === n % batches.length) position = timeline.step(position, ['a'], allTime, Infinity).position;
        });
        expect(timeline.rows).toBe(model.length);
        const rest = timeline.step(position, ['a'], allTime, Infinity);
        const seen = position.after;
        const arrived = samplesOf(rest.batches, 'a').map(([, v]) => v as number);
        // Values count arrivals, but a batch arrives in order of time: compare what lies behind the batch boundary.
        expect([...arrived].sort((a, b) => a - b)).toEqual(
          model.map(([, v]) => v).filter((v) => v > seen).sort((a, b) => a - b), // prettier-ignore
        );
      }),
      { numRuns: 500 },
    );
  });
});
