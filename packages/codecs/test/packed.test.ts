import { describe, expect, it } from '@jest/globals';
import { ByteReader, ByteWriter, crc32, readPacked, writePacked } from '@sisock/codecs/packed';
import type { Column } from '@sisock/core';
import fc from 'fast-check';

function packed(column: Column): Uint8Array {
  const out = new ByteWriter(16);
  writePacked(out, column);
  return out.bytes;
}

/** The bits of a column, so that NaN payloads and -0 count. */
function bitsOf({ kind, v }: Column): unknown {
  return kind === 'str' ? v : Buffer.from(v.buffer, v.byteOffset, v.byteLength).toString('hex');
}

function roundTrip(column: Column): void {
  const reader = new ByteReader(packed(column));
  const back = readPacked(reader, column.kind, column.v.length);
  expect(bitsOf(back)).toEqual(bitsOf(column));
  expect(reader.left).toBe(0);
}

const bits = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((b) => new Float64Array(BigUint64Array.of(b).buffer)[0]!);
const decimal = (places: number) => fc.integer({ min: -1e9, max: 1e9 }).map((k) => k / 10 ** places);
const odd = fc.constantFrom(NaN, -0, 0, Infinity, -Infinity, Number.MIN_VALUE, Number.MAX_VALUE, 2 ** 53, -(2 ** 53));
const numbers = fc.oneof(
  fc.array(fc.double(), { maxLength: 60 }),
  fc.array(bits, { maxLength: 60 }),
  fc.nat(9).chain((places) => fc.array(fc.oneof({ weight: 30, arbitrary: decimal(places) }, odd), { maxLength: 200 })),
  fc.array(fc.oneof({ weight: 9, arbitrary: fc.constant(1.25) }, odd), { maxLength: 100 }),
  fc.tuple(fc.integer({ min: -(2 ** 53), max: 2 ** 53 }), fc.integer({ min: -(2 ** 51), max: 2 ** 51 }))
    .map(([a, d]) => Array.from({ length: 40 }, (_, i) => a + d * i)), // prettier-ignore
);

describe('packed columns', () => {
  it('numbers come back bit for bit', () => {
    fc.assert(
      fc.property(numbers, (v) => roundTrip({ kind: 'f64', v: Float64Array.from(v) })),
      { numRuns: 1000 },
    );
  });

  it('NaN payloads come back too', () => {
    const payloads = new Float64Array(BigUint64Array.of(0x7ff8_0000_0000_0001n, 0xfff8_dead_beef_0001n, 0x7ff0_0000_0000_0001n).buffer); // prettier-ignore
    roundTrip({ kind: 'f64', v: payloads });
    const mixed = Float64Array.from({ length: 50 }, (_, i) => i / 10);
    new BigUint64Array(mixed.buffer)[20] = 0x7ff8_0000_0000_beefn;
    roundTrip({ kind: 'f64', v: mixed });
  });

  it('whole numbers of 64 bits, bools and texts come back', () => {
    const whole = fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), { maxLength: 40 });
    fc.assert(fc.property(whole, (v) => roundTrip({ kind: 'i64', v: BigInt64Array.from(v) })));
    const bools = fc.array(fc.boolean(), { maxLength: 100 });
    fc.assert(fc.property(bools, (v) => roundTrip({ kind: 'bool', v: Uint8Array.from(v, Number) })));
    const texts = fc.array(fc.oneof(fc.constantFrom('on', 'off', '', '\ud800x'), fc.string({ unit: 'binary' })));
    fc.assert(fc.property(texts, (v) => roundTrip({ kind: 'str', v })));
  });

  it('typical feeds take about 3 bytes a sample, times and all; what stands still takes next to nothing', () => {
    const n = 4000;
    let seed = 1;
    const noise = () => (seed = (seed * 48271) % 2147483647) / 2147483647 - 0.5;
    const jittered = Float64Array.from({ length: n }, (_, i) => Math.round((1.7e9 + i / 10 + noise() / 5000) * 2 ** 22) / 2 ** 22); // prettier-ignore
    const micros = Float64Array.from({ length: n }, (_, i) => (1.7e15 + i * 1e5 + Math.round(noise() * 100)) / 1e6);
    let walk = 4.2;
    const celsius = Float64Array.from({ length: n }, () => Math.round((walk += noise() / 10) * 1000) / 1000);
    const perSample = (v: Float64Array) => packed({ kind: 'f64', v }).length / n;
    expect(perSample(jittered)).toBeLessThan(2.2);
    expect(perSample(micros)).toBeLessThan(2.1);
    expect(perSample(celsius)).toBeLessThan(1.6);
    const steady = Float64Array.from({ length: n }, (_, i) => 1.7e9 + i);
    expect(perSample(steady)).toBeLessThan(0.02);
    expect(packed({ kind: 'bool', v: new Uint8Array(n) }).length).toBeLessThan(8);
    expect(packed({ kind: 'str', v: new Array<string>(n).fill('idle') }).length).toBeLessThan(16);
  });

  it('bytes that are no column are refused, never read beyond their end', () => {
    const kinds = fc.constantFrom('f64', 'i64', 'bool', 'str');
    fc.assert(
      fc.property(kinds, fc.uint8Array({ maxLength: 60 }), fc.integer({ min: 1, max: 200 }), (kind, bytes, n) => {
        try {
          expect(readPacked(new ByteReader(bytes), kind as Column['kind'], n).v.length).toBe(n);
        } catch (thrown) {
          expect((thrown as { code?: string }).code).toBe('bad_data');
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('crc32', () => {
  it('is the usual one', () => {
    expect(crc32(Buffer.from('123456789'))).toBe(0xcbf43926);
    expect(crc32(Buffer.from('xx123456789y'), 2, 11)).toBe(0xcbf43926);
  });
});
