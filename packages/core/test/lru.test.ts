import { describe, expect, it } from '@jest/globals';
import { Lru } from '@sisock/core';
import fc from 'fast-check';

describe('an Lru', () => {
  it('gives up what was used least recently, and nothing before it must', () => {
    const lru = new Lru<number>(30);
    for (const key of ['a', 'b', 'c']) lru.set(key, 1, 10);
    lru.get('a');
    lru.set('d', 1, 10);
    expect(['a', 'b', 'c', 'd'].map((key) => lru.get(key) !== undefined)).toEqual([true, false, true, true]);
  });

  it('holds nothing that is larger than its limit, and nothing at all with a limit of 0', () => {
    const lru = new Lru<number>(30);
    lru.set('a', 1, 10);
    lru.set('a', 2, 31);
    expect([lru.get('a'), lru.bytes, lru.size]).toEqual([undefined, 0, 0]);
    const off = new Lru<number>(0);
    off.set('a', 1, 1);
    expect(off.size).toBe(0);
  });

  it('never holds more bytes than allowed, and knows how many it holds', () => {
    const step = fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd', 'e'), bytes: fc.integer({ min: 1, max: 60 }) });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const lru = new Lru<number>(100);
        for (const { key, bytes } of steps) {
          lru.set(key, bytes, bytes);
          expect(lru.bytes).toBeLessThanOrEqual(100);
          const held = ['a', 'b', 'c', 'd', 'e'].map((one) => lru.get(one) ?? 0);
          expect(held.reduce((sum, one) => sum + one, 0)).toBe(lru.bytes);
          expect(lru.get(key)).toBe(bytes);
        }
      }),
    );
  });
});
