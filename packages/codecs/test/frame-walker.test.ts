import { describe, expect, it } from '@jest/globals';
import { crc32c, FrameWalker, parseFrame, type WalkedFrame } from '@sisock/codecs/g3';
import fc from 'fast-check';
import { Bytes, frame, int, join, smallFile } from './support/bytes.js';
import { framesOf } from './support/so3g-archive.js';

const file = smallFile(true);
const good = framesOf(file);

function walk(bytes: Uint8Array, sizes: readonly number[] = [bytes.length], options = {}) {
  const walker = new FrameWalker(options);
  const frames: WalkedFrame[] = [];
  let at = 0;
  for (let i = 0; at < bytes.length; i++) {
    const to = at + Math.max(1, sizes[i % sizes.length]!);
    frames.push(...walker.push(bytes.slice(at, to)));
    at = to;
  }
  return { walker, frames, damage: walker.end() };
}

describe('crc32c', () => {
  it('has no initial value and no final xor', () => {
    const example = frame(true, 'H', [['a', int(true, 5n)]]);
    expect(new DataView(example.buffer).getUint32(68, true)).toBe(0xd64dd45b);
    expect(crc32c(new Uint8Array(40))).toBe(0);
    expect((crc32c(new TextEncoder().encode('123456789'), 0xffffffff) ^ 0xffffffff) >>> 0).toBe(0xe3069283);
  });

  it('is the same in pieces and at any place of memory', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), fc.nat(7), (bytes, cut, shift) => {
        const moved = new Uint8Array(bytes.length + shift).subarray(shift);
        moved.set(bytes);
        const bitwise = bytes.reduce((crc, byte) => {
          crc ^= byte;
          for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
          return crc;
        }, 0);
        expect(crc32c(moved)).toBe(bitwise >>> 0);
        expect(crc32c(moved.subarray(cut), crc32c(moved.subarray(0, cut)))).toBe(bitwise >>> 0);
      }),
    );
  });
});

describe('FrameWalker', () => {
  it('gives the same frames whatever the pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1 }), (sizes) => {
        const { frames, damage, walker } = walk(file, sizes);
        expect(damage).toBeNull();
        expect(walker.goodOffset).toBe(file.length);
        expect(frames.map((f) => f.frame)).toEqual(good);
      }),
      { numRuns: 50 },
    );
  });

  it('gives frames that are good until the next push where it may use its memory again', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: file.length }), { minLength: 1 });
    fc.assert(
      fc.property(sizes, (list) => {
        const walker = new FrameWalker({ reuse: true });
        const rooms = new Set<ArrayBufferLike>();
        let frames = 0;
        for (let at = 0, i = 0; at < file.length; i++) {
          const piece = file.slice(at, (at += list[i % list.length]!));
          for (const { frame: one } of walker.push(piece)) {
            expect(one!.bytes).toEqual(good[frames++]!.bytes);
            if (one!.bytes.buffer !== piece.buffer) rooms.add(one!.bytes.buffer);
          }
        }
        expect(frames).toBe(good.length);
        expect(rooms.size).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(file.length)));
      }),
      { numRuns: 300 },
    );
  });

  it('begins at any known frame', () => {
    for (const { offset } of good) {
      const { frames } = walk(file.slice(offset), [100], { offset });
      expect(frames.map((f) => f.frame)).toEqual(good.filter((f) => f.offset >= offset));
    }
  });

  it('gives a frame that lies whole in a piece without copying it', () => {
    const [first] = new FrameWalker().push(file);
    expect(first!.frame!.bytes.buffer).toBe(file.buffer);
  });

  it('keeps the frames before every cut, and says where it is', () => {
    const ends = good.map(({ offset, bytes }) => offset + bytes.length);
    for (let cut = 0; cut <= file.length; cut++) {
      const { frames, damage, walker } = walk(file.slice(0, cut), [64]);
      const whole = ends.filter((end) => end <= cut);
      expect(frames).toHaveLength(whole.length);
      expect(walker.goodOffset).toBe(whole.at(-1) ?? 0);
      if (whole.at(-1) === cut || cut === 0) expect(damage).toBeNull();
      else expect(damage).toMatchObject({ kind: 'truncated', offset: whole.at(-1) ?? 0, code: 'bad_data' });
    }
  });

  it('gives nothing more after damage', () => {
    const walker = new FrameWalker();
    const bad = frame(true, 'H', [['a', int(true, 1n)]], { crc: 1 });
    expect(walker.push(join([file, bad, file]))).toHaveLength(good.length);
    const { damage } = walker;
    expect(walker.push(file)).toEqual([]);
    expect(walker.damage).toBe(damage);
    expect(damage).toMatchObject({ kind: 'crc', offset: file.length });
    expect(walker.end()).toBe(walker.damage);
    expect(walker.goodOffset).toBe(file.length);
  });

  it('names types, and takes the first of two equal keys', () => {
    const types = ['H', 'ABCD', 'AB', '\u0001'].map((type) => frame(false, type, []));
    const twice = frame(true, 'I', [
      ['k', int(true, 1n)],
      ['k', int(true, 2n)],
    ]);
    const { frames } = walk(join([...types, twice]));
    expect(frames.map(({ type }) => type)).toEqual(['H', 'ABCD', '0x4142', '0x1', 'I']);
    expect([...frames[4]!.frame!.entries]).toEqual([['k', int(true, 1n)]]);
  });

  it('walks over frames above its limit, in pieces or whole, and checks them', () => {
    const large = frame(true, 'H', [['large', new Uint8Array(5000)]]);
    for (const sizes of [[20_000], [100], [1]]) {
      const { frames, damage } = walk(join([large, file]), sizes, { limits: { frameBytes: 4000 } });
      expect(damage).toBeNull();
      expect(frames[0]).toEqual({ offset: 0, length: large.length, type: 'H', frame: null });
      expect(frames.slice(1).map((f) => f.frame!.entries)).toEqual(good.map((f) => f.entries));
      const wrong = large.slice();
      wrong[2000] = 1;
      expect(walk(wrong, sizes, { limits: { frameBytes: 4000 } }).damage).toMatchObject({ kind: 'crc', offset: 0 });
    }
  });

  const header = (version: number, keys: number) => new Bytes(true).u8(1).u32(version).u32(keys).u32(0x48);
  it.each([
    ['text', new TextEncoder().encode('# time value\n1 2\n'), 'structure'],
    ['zeros, as a crashed file system leaves them', new Uint8Array(1000), 'structure'],
    ['a frame version of tomorrow', header(2, 0).u32(0).done(), 'structure'],
    ['less than no keys', header(1, 0xffffffff).u32(0).done(), 'structure'],
    ['too many keys', header(1, 1_000_001).done(), 'too_large'],
    ['a key too long', header(1, 1).u64(65_537).done(), 'too_large'],
    [
      'a length beyond numbers',
      header(1, 1)
        .u64(1)
        .u8(65)
        .u64(2n ** 62n)
        .done(),
      'structure',
    ],
    [
      'a length beyond the file',
      header(1, 1)
        .u64(1)
        .u8(65)
        .u64(2 ** 45)
        .raw([1, 2, 3])
        .done(),
      'truncated',
    ],
    ['a wrong CRC', frame(true, 'H', [], { crc: 1 }), 'crc'],
  ])('names %s', (_what, bytes, kind) => {
    expect(walk(join([file, bytes])).damage).toMatchObject({ kind, offset: file.length });
    expect(walk(join([file, bytes]), [1]).damage).toMatchObject({ kind, offset: file.length });
  });

  it('has its limits as options', () => {
    expect(walk(file, [50], { limits: { entries: 3 } }).damage).toMatchObject({ kind: 'too_large', offset: 0 });
    expect(walk(file, [50], { limits: { nameBytes: 9 } }).damage).toMatchObject({ kind: 'too_large', offset: 0 });
  });
});

describe('parseFrame', () => {
  it('takes exactly one frame', () => {
    const { bytes, offset } = good[2]!;
    expect(parseFrame(bytes, offset)).toEqual(good[2]);
    const kind = (wrong: Uint8Array, limits = {}) => {
      try {
        return parseFrame(wrong, offset, limits);
      } catch (e) {
        return e;
      }
    };
    expect(kind(bytes.slice(0, -1))).toMatchObject({ kind: 'truncated', offset });
    expect(kind(join([bytes, bytes]))).toMatchObject({ kind: 'structure', offset });
    expect(kind(bytes, { frameBytes: 100 })).toMatchObject({ kind: 'too_large', offset });
    const flipped = bytes.slice();
    flipped[300]! ^= 1;
    expect(kind(flipped)).toMatchObject({ kind: 'crc', offset });
  });
});
