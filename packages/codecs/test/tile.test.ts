import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { packTile, type TileContent, tileEncoding, unpackTile } from '@sisock/codecs/packed';
import { columnOf } from '@sisock/testkit';
import fc from 'fast-check';

const buckets = 4;

const piece = fc
  .oneof(
    fc.array(fc.double(), { maxLength: 20 }),
    fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), { maxLength: 20 }),
    fc.array(fc.boolean(), { maxLength: 20 }),
    fc.array(fc.string(), { maxLength: 20 }),
  )
  .chain((values) =>
    fc
      .array(fc.double({ noNaN: true }), { minLength: values.length, maxLength: values.length })
      .map((times) => ({ t: Float64Array.from(times), column: columnOf(values) })),
  );

const counts = fc.array(fc.nat(2 ** 31), { minLength: buckets, maxLength: buckets });

const tiles: fc.Arbitrary<TileContent> = fc
  .record({ pieces: fc.array(piece, { maxLength: 4 }), count: counts, finite: fc.option(counts), sum: counts })
  .map(({ pieces, count, finite, sum }) => ({
    pieces,
    count: Uint32Array.from(count),
    finite: Uint32Array.from(finite ?? count),
    sum: Float64Array.from(sum, (n) => n / 8),
  }));

/** As plain values, every bit of them. */
function plain({ pieces, count, finite, sum }: TileContent) {
  const hex = (v: ArrayBufferView) => Buffer.from(v.buffer, v.byteOffset, v.byteLength).toString('hex');
  return {
    pieces: pieces.map(({ t, column: { kind, v } }) => ({ t: hex(t), kind, v: kind === 'str' ? v : hex(v) })),
    count: [...count],
    finite: [...finite],
    sum: [...sum],
  };
}

const known: TileContent = {
  pieces: [
    { t: Float64Array.of(1.5e9, 1.5e9 + 0.1, 1.5e9 + 64.00000024), column: columnOf([1.25, NaN, -0]) },
    { t: Float64Array.of(1.5e9 + 70), column: columnOf([2n ** 60n]) },
    { t: Float64Array.of(1.5e9 + 80, 1.5e9 + 90), column: columnOf([true, false]) },
    { t: Float64Array.of(1.5e9 + 100, 1.5e9 + 110), column: columnOf(['idle', 'läuft']) },
  ],
  count: Uint32Array.of(100, 2, 0, 1),
  finite: Uint32Array.of(99, 2, 0, 0),
  sum: Float64Array.of(12.5, 2, 0, 0),
};

describe('packed tiles', () => {
  it('come back bit for bit', () => {
    fc.assert(fc.property(tiles, (tile) => expect(plain(unpackTile(packTile(tile), buckets))).toEqual(plain(tile))));
  });

  it(`are the bytes of encoding ${tileEncoding}`, async () => {
    const golden = await readFile(new URL(`fixtures/tile-${tileEncoding}.hex`, import.meta.url), 'utf8');
    expect(Buffer.from(packTile(known)).toString('hex')).toBe(golden.trim());
    expect(plain(unpackTile(Buffer.from(golden.trim(), 'hex'), buckets))).toEqual(plain(known));
  });

  it('are refused when a bit of them is another, or some are missing', () => {
    const bytes = packTile(known);
    for (let i = 0; i < bytes.length; i++) {
      const flipped = bytes.slice();
      flipped[i]! ^= 1 << (i % 8);
      for (const damaged of [flipped, bytes.slice(0, i)]) {
        expect(() => unpackTile(damaged, buckets)).toThrow(expect.objectContaining({ code: 'bad_data' }));
      }
    }
  });

  it('without a sample take a few bytes', () => {
    const none = { pieces: [], count: new Uint32Array(256), finite: new Uint32Array(256), sum: new Float64Array(256) };
    expect(packTile(none).length).toBeLessThan(40);
  });
});
