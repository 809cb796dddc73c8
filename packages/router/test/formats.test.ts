import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createReader, createWriter, type Format, formats } from '../src/wire/format.js';
import { maxDepth } from '../src/wire/limits.js';
import { type Model, Recorder, visitModel } from './support/recorder.js';

const require = createRequire(import.meta.url);
const cbor = require('cbor') as { encode(v: unknown): Buffer; decodeFirstSync(b: Buffer): unknown };
const msgpack = (
  require('msgpack5') as (o: object) => { encode(v: unknown): { slice(): Buffer }; decode(b: Buffer): unknown }
)({
  forceFloat64: true,
});

const int = fc
  .oneof(fc.integer(), fc.maxSafeInteger(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }))
  .map((value) => ({ int: String(value) }));
const finite = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer().map(Number),
  fc.constantFrom(-0, 1, 1e21, 1e300, 5e-324, 2 ** 53),
);
const nonFinite = fc.constantFrom(NaN, Infinity, -Infinity);
// A JSON string that begins with NUL means bytes, in all of WAMP.
const text = fc.string({ unit: 'binary', maxLength: 80 }).filter((value) => !value.startsWith('\0'));
const bytes = fc.uint8Array({ maxLength: 300 }).map((value) => ({ bytes: Buffer.from(value).toString('hex') }));

function models(float: fc.Arbitrary<number>): fc.Arbitrary<Model> {
  const scalar = fc.oneof(
    int,
    float.map((value) => ({ float: value })),
    text,
    bytes,
    fc.boolean(),
    fc.constant(null),
  );
  return fc.letrec<{ any: Model }>((tie) => ({
    any: fc.oneof(
      { maxDepth: 5 },
      { arbitrary: scalar, weight: 3 },
      { arbitrary: fc.array(tie('any'), { maxLength: 20 }).map((list) => ({ list })), weight: 1 },
      { arbitrary: fc.array(fc.tuple(text, tie('any')), { maxLength: 20 }).map((map) => ({ map })), weight: 1 },
    ),
  })).any;
}

function write(model: Model, format: Format, counted = true): Buffer {
  const writer = createWriter(format);
  writer.reset(Infinity);
  visitModel(model, writer, counted);
  return writer.take();
}

function read(source: Buffer, format: Format): Model | undefined {
  const reader = createReader(format, source);
  const recorder = new Recorder();
  reader.walk(recorder);
  reader.finish();
  return recorder.result;
}

/** Rewrites bytes as the router does for a receiver with another serializer. */
function change(source: Buffer, from: Format, to: Format): Buffer {
  const writer = createWriter(to);
  writer.reset(Infinity);
  createReader(from, source).walk(writer);
  return writer.take();
}

function skipLength(source: Buffer, format: Format): number {
  const reader = createReader(format, source);
  reader.skip();
  return reader.position;
}

describe('the three formats', () => {
  it('carry any value through all of them and back without loss', () => {
    fc.assert(
      fc.property(models(finite), fc.shuffledSubarray([...formats], { minLength: 3 }), (model, path) => {
        let format = path[0] as Format;
        let source = write(model, format);
        for (const next of [...path.slice(1), format]) {
          source = change(source, format, next);
          format = next;
        }
        expect(read(source, format)).toEqual(model);
      }),
      { numRuns: 500 },
    );
  });

  it('carry NaN and infinities between the binary ones, and null to JSON', () => {
    fc.assert(
      fc.property(models(fc.oneof(finite, nonFinite)), (model) => {
        const there = change(write(model, 'cbor'), 'cbor', 'msgpack');
        expect(read(change(there, 'msgpack', 'cbor'), 'cbor')).toEqual(model);
        expect(() => JSON.parse(change(there, 'msgpack', 'json').toString()) as unknown).not.toThrow();
      }),
    );
  });

  it.each(formats)('%s is passed over as it is walked over', (format) => {
    fc.assert(
      fc.property(models(finite), fc.boolean(), (model, counted) => {
        const source = write(model, format, counted);
        expect(skipLength(source, format)).toBe(source.length);
        expect(read(source, format)).toEqual(model);
      }),
    );
  });

  it.each(formats)('%s cut anywhere is an error, never a hang or another value', (format) => {
    fc.assert(
      fc.property(models(finite), fc.nat(), (model, cut) => {
        const source = write({ list: [model, 'end'] }, format);
        const part = source.subarray(0, cut % source.length);
        expect(() => skipLength(part, format)).toThrow(expect.objectContaining({ code: 'malformed' }));
        expect(() => read(part, format)).toThrow(expect.objectContaining({ code: 'malformed' }));
      }),
    );
  });

  it.each(formats)('%s deeper than the limit is refused', (format) => {
    const nest = (depth: number): Model => (depth === 0 ? null : { list: [nest(depth - 1)] });
    expect(skipLength(write(nest(maxDepth), format), format)).toBeGreaterThan(0);
    const deep = write(nest(maxDepth + 1), format);
    expect(() => skipLength(deep, format)).toThrow(/deeper than 64/);
    expect(() => read(deep, format)).toThrow(/deeper than 64/);
  });
});

describe('other encoders', () => {
  /** Integers that JavaScript cannot hold are read as BigInts by some of them. */
  const isPlain = (value: unknown): boolean =>
    typeof value === 'number'
      ? !Object.is(value, -0) && (!Number.isInteger(value) || Number.isSafeInteger(value))
      : typeof value !== 'object' || value === null || Object.values(value).every(isPlain);
  const plain = fc.jsonValue({ maxDepth: 4 }).filter(isPlain);

  it('read what is written here', () => {
    fc.assert(
      fc.property(plain, (value) => {
        const json = Buffer.from(JSON.stringify(value));
        const expected = JSON.parse(json.toString()) as unknown;
        expect(cbor.decodeFirstSync(change(json, 'json', 'cbor'))).toEqual(expected);
        expect(msgpack.decode(change(json, 'json', 'msgpack'))).toEqual(expected);
      }),
    );
  });

  it('are read here', () => {
    fc.assert(
      fc.property(plain, (value) => {
        const expected = JSON.parse(JSON.stringify(value)) as unknown;
        const fromCbor = change(cbor.encode(value), 'cbor', 'json');
        expect(JSON.parse(fromCbor.toString())).toEqual(expected);
        const fromMsgpack = change(Buffer.from(msgpack.encode(value).slice()), 'msgpack', 'json');
        expect(JSON.parse(fromMsgpack.toString())).toEqual(expected);
      }),
    );
  });
});

describe('JSON', () => {
  const toCbor = (text: string): Model | undefined => read(change(Buffer.from(text), 'json', 'cbor'), 'cbor');

  it('tells integers from floats as Python does', () => {
    expect(toCbor('[1,1.0,1e2,-0,-0.0,12345678901234567890,1E400]')).toEqual({
      list: [
        { int: '1' },
        { float: 1 },
        { float: 100 },
        { int: '0' },
        { float: -0 },
        { int: '12345678901234567890' },
        { float: Infinity },
      ],
    });
  });

  it('takes the literals that Python writes and knows that they may not go on', () => {
    expect(toCbor('[NaN,Infinity,-Infinity]')).toEqual({
      list: [{ float: NaN }, { float: Infinity }, { float: -Infinity }],
    });
    const reader = createReader('json', Buffer.from('[1, -Infinity]'));
    reader.skip();
    expect(reader.nonFinite).toBe(true);
  });

  it('refuses what is not JSON', () => {
    for (const text of [
      '',
      '[1,]',
      '[,1]',
      '{"a"}',
      '{1:2}',
      '01',
      '1.',
      '.5',
      '+1',
      '"\\x"',
      '"a\nb"',
      '-',
      'nul',
      '[1 2]',
      '"\\u12g4"',
    ]) {
      expect(() => {
        const reader = createReader('json', Buffer.from(text));
        reader.skip();
        reader.finish();
      }).toThrow(expect.objectContaining({ code: 'malformed' }));
    }
  });

  it('writes keys of other types as strings', () => {
    const source = write(
      {
        map: [
          [{ int: '7' }, true],
          [{ float: 1.5 }, null],
        ],
      },
      'cbor',
    );
    expect(change(source, 'cbor', 'json').toString()).toBe('{"7":true,"1.5":null}');
    const listKey = write({ map: [[{ list: [] }, true]] }, 'cbor');
    expect(() => change(listKey, 'cbor', 'json')).toThrow(expect.objectContaining({ code: 'malformed' }));
  });
});

describe('CBOR', () => {
  const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

  it.each([
    ['9f 01 02 ff', '[1,2]'],
    ['bf 61 61 01 ff', '{"a":1}'],
    ['7f 61 61 61 62 ff', '"ab"'],
    ['f9 3c00', '1.0'],
    ['fa 3fc00000', '1.5'],
    ['f7', 'null'],
    ['c2 49 010000000000000000', '18446744073709551616'],
    ['c3 41 00', '-1'],
    ['c1 1a 00000001', '1'],
    ['d8 40 42 01ff', '[1,255]'],
    ['d8 4e 48 ffffffff00000000', '[-1,0]'],
    ['d8 4d 42 feff', '[-2]'],
    ['d8 41 42 0102', '[258]'],
    ['d8 45 42 0102', '[513]'],
    ['d8 54 42 003c', '[1.0]'],
    ['d8 56 48 000000000000f83f', '[1.5]'],
    ['d8 52 48 3ff8000000000000', '[1.5]'],
    ['d8 51 44 3fc00000', '[1.5]'],
    ['d8 43 48 0000000100000000', '[4294967296]'],
  ])('%s is %s', (bytes, json) => {
    expect(change(hex(bytes), 'cbor', 'json').toString()).toBe(json);
    expect(skipLength(hex(bytes), 'cbor')).toBe(hex(bytes).length);
  });

  it.each([
    '9b 7fffffffffffffff',
    'bb 00000000ffffffff',
    '5b 0000ffff00000000',
    '1c',
    'ff',
    'bf 01 ff',
    '7f 41 00 ff',
    '61 ff',
    '5f 5f ff ff',
  ])('%s is refused before memory is taken for it', (bytes) => {
    expect(() => skipLength(hex(bytes), 'cbor')).toThrow(expect.objectContaining({ code: 'malformed' }));
    expect(() => read(hex(bytes), 'cbor')).toThrow(expect.objectContaining({ code: 'malformed' }));
  });
});

describe('msgpack', () => {
  it('writes integers beyond 64 bit as floats and counts them', () => {
    const writer = createWriter('msgpack');
    writer.reset(Infinity);
    writer.int(2n ** 64n);
    expect(read(writer.take(), 'msgpack')).toEqual({ float: 2 ** 64 });
    expect(writer.lossy).toBe(1);
  });

  it('passes extensions on as bytes', () => {
    expect(change(Buffer.from('d6ff00000001', 'hex'), 'msgpack', 'json').toString()).toBe('"\\u0000AAAAAQ=="');
    expect(skipLength(Buffer.from('c70300010203', 'hex'), 'msgpack')).toBe(6);
  });

  it('refuses lengths beyond the message', () => {
    for (const bytes of ['ddffffffff', 'dfffffffff', 'c6ffffffff', 'dbffffffff', 'c9ffffffff00', 'c1']) {
      expect(() => skipLength(Buffer.from(bytes, 'hex'), 'msgpack')).toThrow(
        expect.objectContaining({ code: 'malformed' }),
      );
    }
  });
});
