import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compose, insert, isLevel, type Piece, uncovered } from '../../page/data/pieces.js';

/** A sample a second, worth its time plus `worth`; one beside each edge. */
function piece(from: number, to: number, width = 0, worth = 0, askedAt = 0): Piece {
  const t = Array.from({ length: to - from + 2 }, (_, i) => from + i - 1);
  const samples = { kind: 'number', t, v: t.map((x) => x + worth) } as const;
  return { from, to, width, samples, askedAt, finalUntil: Infinity };
}

const shown = (pieces: readonly Piece[], from: number, to: number, width = 1) => {
  const { t, v } = compose(pieces, { from, to }, width, null)!;
  return Array.from(t, (x, i) => [x, v[i]]);
};

describe('what is not covered', () => {
  it('are the parts between', () => {
    expect(
      uncovered({ from: 0, to: 10 }, [
        { from: 2, to: 4 },
        { from: 8, to: 20 },
      ]),
    ).toEqual([
      { from: 0, to: 2 },
      { from: 4, to: 8 },
    ]);
    expect(uncovered({ from: 0, to: 10 }, [{ from: -1, to: 10 }])).toEqual([]);
    expect(uncovered({ from: 3, to: 3 }, [])).toEqual([]);
  });

  it('and what covers make up the whole', () => {
    const span = fc.tuple(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 1, max: 20 }));
    fc.assert(
      fc.property(fc.array(span, { maxLength: 8 }), (list) => {
        const covers = list.map(([from, n]) => ({ from, to: from + n }));
        const parts = uncovered({ from: 0, to: 60 }, covers);
        for (let x = 0.5; x < 60; x++) {
          const inside = (spans: readonly { from: number; to: number }[]) =>
            spans.filter(({ from, to }) => x > from && x < to).length;
          expect(inside(parts)).toBe(inside(covers) > 0 ? 0 : 1);
        }
      }),
    );
  });
});

describe('pieces', () => {
  it('fit a level when their buckets are as wide, or they have every sample', () => {
    expect([0, 1, 1.005, 1.1, 2, 0.1].map((width) => isLevel({ width }, 1))).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it('of one level become one where they meet', () => {
    const [whole, ...rest] = insert([piece(0, 5, 1)], piece(5, 9, 1), 1);
    expect(rest).toEqual([]);
    expect([whole!.from, whole!.to]).toEqual([0, 9]);
    expect(Array.from(whole!.samples.t)).toEqual([-1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('take the place of older ones', () => {
    const pieces = insert([piece(0, 10, 1)], piece(4, 6, 1, 100, 7), null);
    expect(pieces).toHaveLength(1);
    expect(shown(pieces, 3, 7)).toEqual([
      [2, 2],
      [3, 3],
      [4, 104],
      [5, 105],
      [6, 6],
      [7, 7],
    ]);
    expect(insert([piece(2, 4, 1), piece(3, 5, 60)], piece(0, 10), null)).toHaveLength(1);
  });

  it('of a former level are drawn until better ones come', () => {
    const coarse = piece(0, 10, 60, 1000);
    expect(shown([coarse], 4, 6)).toEqual([
      [3, 1003],
      [4, 1004],
      [5, 1005],
      [6, 1006],
    ]);
    expect(shown([coarse, piece(5, 7, 1)], 4, 8).map(([, v]) => v)).toEqual([1003, 1004, 5, 6, 1007, 1008]);
    expect(compose([], { from: 0, to: 1 }, 1, null)).toBeNull();
  });

  it('of a level win by age', () => {
    expect(shown([piece(0, 9, 1, 5, 10), piece(0, 9, 1.001, 0, 20)], 3, 4)).toEqual([
      [2, 2],
      [3, 3],
      [4, 4],
    ]);
  });

  it('that meet across a gap are not joined by a line', () => {
    const numbers = (from: number, to: number, t: number[]): Piece => {
      const samples = { kind: 'number', t, v: t.map(() => 1) } as const;
      return { from, to, width: 0, samples, askedAt: 0, finalUntil: 0 };
    };
    const [joined] = insert([numbers(0, 50, [0, 1, 2])], numbers(50, 99, [80, 81]), 1);
    expect(Array.from(joined!.samples.t)).toEqual([0, 1, 2, 41, 80, 81]);
    expect(Number.isNaN(joined!.samples.v[3])).toBe(true);
    // Where samples are sparse anyway, or the cadence is unknown, a step is a step.
    const sparse = insert([numbers(0, 50, [0, 20, 40])], numbers(50, 99, [80, 95]), 1);
    expect(Array.from(sparse[0]!.samples.t)).toEqual([0, 20, 40, 80, 95]);
    expect(insert([numbers(0, 50, [0, 1])], numbers(50, 99, [80]), null)[0]!.samples.t).toHaveLength(3);
  });

  it('put in any order show every sample once', () => {
    const cut = fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1, max: 15 }), fc.constantFrom(0, 1, 10));
    fc.assert(
      fc.property(fc.array(cut, { minLength: 1, maxLength: 10 }), (cuts) => {
        let pieces: readonly Piece[] = [];
        const known = new Set<number>();
        cuts.forEach(([from, n, width], i) => {
          pieces = insert(pieces, piece(from, from + n, width, 0, i), 1);
          for (let x = from; x < from + n; x++) known.add(x);
        });
        const got = shown(pieces, 0, 60).map(([x]) => x!);
        const inside = got.filter((x) => known.has(x as number));
        expect(inside).toEqual([...known].sort((a, b) => a - b));
        expect([...got]).toEqual([...got].sort((a, b) => (a as number) - (b as number)));
      }),
    );
  });
});
