import { describe, expect, it } from '@jest/globals';
import { decodeObject, type G3Object } from '@sisock/codecs/g3';
import { archive, Bytes, doubles, int, objects, text, timesampleMap } from './support/bytes.js';

const key = (b: Bytes, name: string) => b.string(name);

/** Every class and version, its fields as the format says, and what they mean. */
const table: readonly (readonly [name: string, version: number, fields: (b: Bytes) => unknown, value: unknown])[] = [
  ['G3Int', 1, (b) => b.i64(-(2n ** 63n)), -(2n ** 63n)],
  ['G3Double', 1, (b) => b.f64(-0.1), -0.1],
  ['G3String', 1, (b) => b.string('é\u{1f600}'), 'é\u{1f600}'],
  [
    'G3String',
    1,
    (b) => b.string('\ufeffa string of more than thirty-two bytes é'),
    '\ufeffa string of more than thirty-two bytes é',
  ],
  ['G3Bool', 1, (b) => b.u8(1), true],
  ['G3Time', 1, (b) => b.i64(157783680012345678n), 157783680012345678n],
  ['G3VectorDouble', 1, (b) => b.u64(2).f64(1.5, Infinity), Float64Array.of(1.5, Infinity)],
  ['G3VectorInt', 1, (b) => b.u64(2).int(-1n, 32).int(7n, 32), BigInt64Array.of(-1n, 7n)],
  ['G3VectorInt', 2, (b) => b.u32(8).u64(2).int(-128n, 8).int(127n, 8), BigInt64Array.of(-128n, 127n)],
  ['G3VectorInt', 2, (b) => b.u32(16).u64(2).int(-32768n, 16).int(5n, 16), BigInt64Array.of(-32768n, 5n)],
  [
    'G3VectorInt',
    2,
    (b) =>
      b
        .u32(32)
        .u64(2)
        .int(-(2n ** 31n), 32)
        .int(5n, 32),
    BigInt64Array.of(-(2n ** 31n), 5n),
  ],
  [
    'G3VectorInt',
    2,
    (b) =>
      b
        .u32(64)
        .u64(2)
        .i64(2n ** 63n - 1n)
        .i64(-3n),
    BigInt64Array.of(2n ** 63n - 1n, -3n),
  ],
  ['G3VectorInt', 2, (b) => b.u32(8).u64(0), BigInt64Array.of()],
  ['G3VectorBool', 1, (b) => b.u64(3).raw([0, 1, 255]), Uint8Array.of(0, 1, 1)],
  ['G3VectorUnsignedChar', 1, (b) => b.u64(2).raw([0, 255]), Uint8Array.of(0, 255)],
  ['G3VectorString', 1, (b) => b.u64(2).string('').string('b'), ['', 'b']],
  ['G3VectorComplexDouble', 1, (b) => b.u64(1).f64(1, -2), Float64Array.of(1, -2)],
  ['G3VectorTime', 1, (b) => b.u64(2).version('G3Time', 1).i64(3n).i64(2n), BigInt64Array.of(3n, 2n)],
  ['G3VectorTime', 1, (b) => b.u64(0), BigInt64Array.of()],
  ['G3MapDouble', 1, (b) => key(b.u64(1), 'k').f64(2), new Map([['k', 2]])],
  ['G3MapString', 1, (b) => key(b.u64(1), 'k').string('v'), new Map([['k', 'v']])],
  ['G3MapInt', 1, (b) => key(b.u64(1), 'k').int(-2n, 32), new Map([['k', -2n]])],
  ['G3MapInt', 2, (b) => key(b.u32(16).u64(1), 'k').int(-2n, 16), new Map([['k', -2n]])],
  ['G3MapVectorDouble', 1, (b) => key(b.u64(1), 'k').u64(1).f64(4), new Map([['k', Float64Array.of(4)]])],
  ['G3MapVectorBool', 1, (b) => key(b.u64(1), 'k').u64(1).u8(1), new Map([['k', Uint8Array.of(1)]])],
  ['G3MapVectorString', 1, (b) => key(b.u64(1), 'k').u64(1).string('s'), new Map([['k', ['s']]])],
  ['G3MapVectorInt', 1, (b) => key(b.u64(1), 'k').u64(1).int(9n, 32), new Map([['k', BigInt64Array.of(9n)]])],
  ['G3MapVectorInt', 2, (b) => key(b.u32(1), 'k').u32(8).u64(1).int(-9n, 8), new Map([['k', BigInt64Array.of(-9n)]])],
  [
    'G3MapTime',
    1,
    (b) => key(key(b.u64(2), 'a').version('G3Time', 1).i64(1n), 'b').i64(2n),
    new Map([
      ['a', 1n],
      ['b', 2n],
    ]),
  ],
  [
    'G3MapVectorTime',
    1,
    (b) => key(b.u64(1), 'k').version('G3VectorTime', 1).u64(1).version('G3Time', 1).i64(1n),
    new Map([['k', BigInt64Array.of(1n)]]),
  ],
  [
    'G3MapMapDouble',
    1,
    (b) => key(key(b.u64(1), 'k').version('G3MapDouble', 1).u64(1), 'l').f64(3),
    new Map([['k', new Map([['l', 3]])]]),
  ],
  [
    'IrregBlockDouble',
    0,
    (b) =>
      key(b.string('pre').version('G3VectorDouble', 1).u64(1).f64(1.5).version('G3MapVectorDouble', 1).u64(1), 'k')
        .u64(1)
        .f64(2),
    new Map<string, unknown>([
      ['prefix', 'pre'],
      ['t', Float64Array.of(1.5)],
      ['data', new Map([['k', Float64Array.of(2)]])],
    ]),
  ],
];

const damageOf = (blob: Uint8Array, limits = {}) => {
  try {
    return decodeObject(blob, limits, 77);
  } catch (thrown) {
    return thrown;
  }
};

describe.each([
  ['little-endian', true],
  ['big-endian', false],
])('decodeObject, %s', (_name, little) => {
  it.each(table)('reads %s of version %i', (name, version, fields, value) => {
    const whole = archive(little, name, version, (b) => fields(b.base()));
    expect(decodeObject(whole)).toEqual({ class: name, value });
    for (let cut = 0; cut < whole.length; cut++) {
      expect(damageOf(whole.slice(0, cut))).toMatchObject({ kind: 'structure', offset: 77 });
    }
  });

  it('reads maps of objects, each with a byte order of its own', () => {
    const blob = archive(little, 'G3MapFrameObject', 1, (b) =>
      b
        .base()
        .u32(3)
        .string('a')
        .blob(int(!little, 3n))
        .string('b')
        .blob(text(little, 't'))
        .string('a')
        .blob(int(true, 4n)),
    );
    expect(decodeObject(blob)).toEqual({
      class: 'G3MapFrameObject',
      value: new Map<string, G3Object>([
        ['a', { class: 'G3Int', value: 3n }],
        ['b', { class: 'G3String', value: 't' }],
      ]),
    });
  });

  it('reads blocks of samples', () => {
    const blob = objects(little, 1, (b) => timesampleMap(b, [5n, 6n], [['x', doubles(little, [1, 2])]]));
    const data = new Map([['x', { class: 'G3VectorDouble', value: Float64Array.of(1, 2) }]]);
    const value = new Map<string, unknown>([
      ['times', BigInt64Array.of(5n, 6n)],
      ['data', data],
    ]);
    expect(decodeObject(blob)).toEqual({
      class: 'G3VectorFrameObject',
      value: [{ class: 'G3TimesampleMap', value }],
    });
  });

  it('follows references to objects seen before, and null pointers', () => {
    const blob = objects(little, 4, (b) => {
      b.object('G3Int', 1, () => b.base().i64(9n));
      b.u32(2).u32(2); // the G3Int again: the vector is object 1
      b.u32(0);
      b.u32(2).u32(0);
    });
    const nine = { class: 'G3Int', value: 9n };
    expect(decodeObject(blob)).toEqual({ class: 'G3VectorFrameObject', value: [nine, nine, null, null] });
    expect(
      decodeObject(
        new Bytes(little)
          .u8(little ? 1 : 0)
          .u32(0)
          .done(),
      ),
    ).toBeNull();
  });

  it('refuses references to what is not there, and to what is being read', () => {
    expect(damageOf(objects(little, 1, (b) => b.u32(1).u32(5)))).toMatchObject({ kind: 'structure' });
    expect(damageOf(objects(little, 1, (b) => b.u32(1).u32(1)))).toMatchObject({ kind: 'structure' });
    expect(damageOf(objects(little, 1, (b) => b.u32(9).u32(0x8000_0002)))).toMatchObject({ kind: 'structure' });
    const nameless = new Bytes(little)
      .u8(little ? 1 : 0)
      .u32(0x4000_0000)
      .u32(0x8000_0001)
      .done();
    expect(damageOf(nameless)).toMatchObject({ kind: 'structure' });
  });

  it('leaves what it does not know as bytes: classes, and newer versions', () => {
    const unknown = archive(little, 'G3Timestream', 4, (b) => b.base().raw([1, 2, 3]));
    const read = decodeObject(unknown) as { class: string; bytes: Uint8Array };
    expect(read.class).toBe('G3Timestream');
    expect([...read.bytes.slice(-3)]).toEqual([1, 2, 3]);
    expect(decodeObject(archive(little, 'G3Int', 2, (b) => b.base().i64(1n)))).toMatchObject({
      class: 'G3Int',
      bytes: expect.anything(),
    });
    expect(decodeObject(archive(little, 'toString', 1, (b) => b.base()))).toHaveProperty('bytes');
    const inMap = archive(little, 'G3MapFrameObject', 1, (b) =>
      b.base().u32(2).string('a').blob(unknown).string('b').blob(int(little, 1n)),
    );
    const { value } = decodeObject(inMap) as { value: ReadonlyMap<string, G3Object> };
    expect(value.get('a')).toHaveProperty('bytes');
    expect(value.get('b')).toEqual({ class: 'G3Int', value: 1n });
  });

  it('loses the rest of a vector behind an unknown class, and says how much', () => {
    const inner = (b: Bytes) =>
      b.object('G3VectorFrameObject', 1, () => {
        b.base().u64(3);
        b.object('G3Int', 1, () => b.i64(1n));
        b.object('Unheard', 1, () => b.base());
        b.object('G3Int', 1, () => b.i64(2n));
      });
    const one = { class: 'G3Int', value: 1n };
    const cut = { class: 'G3VectorFrameObject', value: [one, { class: 'Unheard', bytes: expect.anything() }], lost: 1 };
    const nested = objects(little, 4, (b) => {
      b.object('G3Int', 1, () => b.base().i64(1n));
      inner(b).u32(0).u32(0);
    });
    expect(decodeObject(nested)).toEqual({ class: 'G3VectorFrameObject', value: [one, cut], lost: 2 });
  });
});

describe('limits of decodeObject', () => {
  it('bounds entries', () => {
    const map = archive(true, 'G3MapDouble', 1, (b) => b.base().u64(2).string('a').f64(1).string('b').f64(1));
    expect(decodeObject(map, { entries: 2 })).toHaveProperty('value');
    expect(damageOf(map, { entries: 1 })).toMatchObject({ kind: 'too_large', offset: 77 });
    expect(
      damageOf(
        objects(true, 5, (b) => b.raw(new Uint8Array(40))),
        { entries: 4 },
      ),
    ).toMatchObject({ kind: 'too_large' });
  });

  it('bounds names', () => {
    expect(damageOf(int(true, 1n), { nameBytes: 4 })).toMatchObject({ kind: 'too_large' });
  });

  it('bounds depth, of vectors and of maps', () => {
    const vectors = (n: number) => {
      const nest = (b: Bytes, left: number): Bytes =>
        left === 0 ? b.u32(0) : b.object('G3VectorFrameObject', 1, () => nest(b.base().u64(1), left - 1));
      return nest(new Bytes(true).u8(1), n).done();
    };
    const maps = (n: number) => {
      let blob = int(true, 1n);
      for (let i = 0; i < n; i++) {
        const inner = blob;
        blob = archive(true, 'G3MapFrameObject', 1, (b) => b.base().u32(1).string('k').blob(inner));
      }
      return blob;
    };
    expect(damageOf(maps(30))).toHaveProperty('value');
    expect(damageOf(vectors(30))).toHaveProperty('value');
    for (const deep of [vectors(40), vectors(500), maps(40)]) {
      expect(damageOf(deep)).toMatchObject({ kind: 'too_large', offset: 77 });
    }
  });

  it('bounds what references unfold to', () => {
    const doubling = objects(true, 25, (b) => {
      b.object('G3VectorFrameObject', 1, () => b.u64(0));
      for (let i = 3; i < 27; i++) {
        b.object('G3VectorFrameObject', 1, () => {
          b.u64(2);
          for (let twice = 0; twice < 2; twice++) b.u32(1).u32(i - 1);
        });
      }
      b.base();
    });
    expect(damageOf(doubling)).toMatchObject({ kind: 'too_large', offset: 77 });
  });
});
