import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  frameColumns,
  type FrameEntry,
  joinFrames,
  packedBytes,
  packFrames,
  pickFrames,
  unpackFrames,
} from '../src/frame-codec.js';

const tick = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const whole = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const entry: fc.Arbitrary<FrameEntry> = fc.record({
  offset: whole,
  length: whole,
  index: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  count: whole,
  minTick: tick,
  maxTick: tick,
  rising: fc.boolean(),
});
const entries = fc.array(entry, { maxLength: 40 });

describe('packed runs of frames', () => {
  it('come back as they were, aligned or not', () => {
    fc.assert(
      fc.property(entries, fc.integer({ min: 0, max: 9 }), (list, shift) => {
        const columns = frameColumns(list);
        const bytes = packFrames(columns);
        expect(bytes.length).toBe(packedBytes(list.length));
        // As a driver hands it: a part of a larger Buffer.
        const part = Buffer.concat([Buffer.alloc(shift), bytes]).subarray(shift);
        for (const given of [bytes, part, bytes.buffer as ArrayBuffer]) expect(unpackFrames(given)).toEqual(columns);
      }),
    );
  });

  it('join and pick as lists do', () => {
    fc.assert(
      fc.property(entries, entries, (a, b) => {
        const joined = joinFrames(frameColumns(a), frameColumns(b));
        expect(joined).toEqual(frameColumns([...a, ...b]));
        const odd = [...a, ...b].map((_, i) => i).filter((i) => i % 2 === 1);
        expect(pickFrames(joined, odd)).toEqual(frameColumns([...a, ...b].filter((_, i) => i % 2 === 1)));
      }),
    );
  });

  it('that are cut, longer, or of other bytes are refused', () => {
    const bytes = packFrames(
      frameColumns([{ offset: 1, length: 2, index: 3, count: 4, minTick: 5n, maxTick: 6n, rising: true }]),
    );
    const damaged = /stored run of frames is damaged/;
    for (let n = 0; n < bytes.length; n++) expect(() => unpackFrames(bytes.slice(0, n))).toThrow(damaged);
    expect(() => unpackFrames(Buffer.concat([bytes, Buffer.of(0)]))).toThrow(/2 frames|1 frames/);
    for (const [at, value] of [
      [0, 0],
      [2, 2],
      [4, 9],
      [8, 9],
    ] as const) {
      const other = bytes.slice();
      other[at] = value;
      expect(() => unpackFrames(other)).toThrow(damaged);
    }
  });
});
