import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Column } from '@sisock/core';
import {
  decodeHk,
  decodeObject,
  FrameWalker,
  type HkFrameToWrite,
  HkTracker,
  initialHkState,
  parseFrame,
  writeFrame,
  writeHk,
} from '@sisock/codecs/g3';

const minI64 = -(2n ** 63n);
const maxI64 = 2n ** 63n - 1n;
const i64 = fc.oneof(
  fc.bigInt({ min: minI64, max: maxI64 }),
  fc.bigInt({ min: -300n, max: 300n }),
  fc.constantFrom(minI64, maxI64, -128n, 127n, -32768n, 2147483648n),
);
const text = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 20 }), fc.constantFrom('', 'a\u0000b', 'é'));

function column(n: number): fc.Arbitrary<Column> {
  const of = <T>(value: fc.Arbitrary<T>) => fc.array(value, { minLength: n, maxLength: n });
  return fc.oneof(
    of(fc.double()).map((v): Column => ({ kind: 'f64', v: Float64Array.from(v) })),
    of(i64).map((v): Column => ({ kind: 'i64', v: BigInt64Array.from(v) })),
    of(fc.nat(1)).map((v): Column => ({ kind: 'bool', v: Uint8Array.from(v) })),
    of(text).map((v): Column => ({ kind: 'str', v })),
  );
}

const block = fc.record({ name: text, n: fc.nat(12) }).chain(({ name, n }) =>
  fc.record({
    name: fc.constant(name),
    ticks: fc.array(i64, { minLength: n, maxLength: n }).map((ticks) => BigInt64Array.from(ticks)),
    columns: fc.array(fc.tuple(text, column(n)), { minLength: 1, maxLength: 6 }).map((columns) => new Map(columns)),
  }),
);
const blocks = fc.array(block, { maxLength: 4 });

/** Values as text that tells all of them apart, NaN and -0 too. */
function show(values: Iterable<unknown>): string[] {
  return Array.from(values, (value) => (Object.is(value, -0) ? '-0' : `${typeof value} ${String(value)}`));
}

function read(bytes: Uint8Array) {
  return decodeHk(parseFrame(bytes, 0));
}

describe('the writer of housekeeping frames', () => {
  it('writes data that the reader gives back as they were', () => {
    fc.assert(
      fc.property(
        blocks,
        i64,
        i64,
        fc.double({ noNaN: true }),
        fc.option(text),
        (written, sessionId, providerId, timestamp, address) => {
          const frame: HkFrameToWrite = {
            kind: 'data',
            sessionId,
            providerId,
            timestamp,
            blocks: written,
            ...(address === null ? {} : { address, providerSessionId: 'p' }),
          };
          const hk = read(writeHk(frame));
          if (hk.kind !== 'data') throw new Error(hk.kind);
          expect([hk.version, hk.sessionId, hk.providerId, hk.timestamp]).toEqual([
            2,
            sessionId,
            providerId,
            timestamp,
          ]);
          expect([hk.address, hk.providerSessionId]).toEqual(address === null ? [null, null] : [address, 'p']);
          expect(hk.blocks.map(({ name }) => name)).toEqual(written.map(({ name }) => name));
          hk.blocks.forEach((got, i) => {
            const want = written[i]!;
            expect(show(got.ticks)).toEqual(show(want.ticks));
            expect([...got.columns.keys()].sort()).toEqual([...want.columns.keys()].sort());
            for (const [name, { kind, v }] of want.columns) {
              expect(got.columns.get(name)!.kind).toBe(kind);
              expect(show(got.columns.get(name)!.v)).toEqual(show(v));
            }
          });
        },
      ),
      { numRuns: 300 },
    );
  });

  it('writes sessions and several providers', () => {
    const providers = [
      { id: 0n, description: 'observatory.a.feeds.x' },
      { id: maxI64, description: 'observatory.é.feeds.y' },
    ];
    const session = read(writeHk({ kind: 'session', sessionId: minI64, startTime: 1.5, description: 'HK data' }));
    expect(session).toMatchObject({
      kind: 'session',
      version: 2,
      sessionId: minI64,
      startTime: 1.5,
      description: 'HK data',
    });
    const status = read(writeHk({ kind: 'status', sessionId: minI64, timestamp: 2.5, providers }));
    expect(status).toMatchObject({ kind: 'status', sessionId: minI64, timestamp: 2.5, providers });
    const tracker = new HkTracker(initialHkState);
    tracker.follow(session);
    tracker.follow(status);
    const data = read(writeHk({ kind: 'data', sessionId: minI64, providerId: maxI64, timestamp: 3, blocks: [] }));
    expect(tracker.follow(data)).toBe('observatory.é.feeds.y');
  });

  it.each([
    [[], 8],
    [[-128n, 127n], 8],
    [[-129n], 16],
    [[32767n, -32768n], 16],
    [[32768n], 32],
    [[-2147483648n, 2147483647n], 32],
    [[2147483648n], 64],
    [[minI64, maxI64], 64],
  ])('stores the integers %p in %d bits', (values, bits) => {
    const size = (v: bigint[]) => {
      const columns = new Map<string, Column>([['a', { kind: 'i64', v: BigInt64Array.from(v) }]]);
      const data = { kind: 'data', sessionId: 1n, providerId: 1n, timestamp: 1 } as const;
      return writeHk({ ...data, blocks: [{ name: 'b', ticks: new BigInt64Array(v.length), columns }] }).length;
    };
    const zeros = values.map(() => 0n);
    expect(size(values) - size(zeros)).toBe((values.length * (bits - 8)) / 8);
  });

  it('refuses columns of another length than their times, and ids beyond 64 bits', () => {
    const columns = new Map<string, Column>([['a', { kind: 'f64', v: new Float64Array(2) }]]);
    const data = { kind: 'data', sessionId: 1n, providerId: 1n, timestamp: 1 } as const;
    expect(() => writeHk({ ...data, blocks: [{ name: 'b', ticks: new BigInt64Array(3), columns }] })).toThrow(
      'field "a" of block "b" has 2 values for 3 times',
    );
    expect(() => writeHk({ ...data, providerId: 2n ** 63n, blocks: [] })).toThrow('does not fit into 64 bits');
  });
});

describe('writeFrame', () => {
  it('writes the frame of the format description, byte by byte', () => {
    const blob = Buffer.from(
      '01010000800500000000000000' + '4733496e74' + '010000800100000001000000' + '0500000000000000',
      'hex',
    );
    const frame = writeFrame('H', new Map([['a', blob]]));
    expect(Buffer.from(frame).toString('hex')).toBe(
      '010100000001000000480000000100000000000000612600000000000000' + blob.toString('hex') + '5bd44dd6',
    );
    expect(decodeObject(parseFrame(frame, 0).entries.get('a')!)).toEqual({ class: 'G3Int', value: 5n });
  });

  it.each(['H', 'Z', 'ABCD', '0x7'])('keeps the type %s', (type) => {
    const walker = new FrameWalker();
    expect(walker.push(writeFrame(type, new Map())).map((walked) => walked.type)).toEqual([type]);
    expect(walker.end()).toBeNull();
  });

  it('refuses types that can not be', () => {
    for (const type of ['', 'ABCDE', 'é']) expect(() => writeFrame(type, new Map())).toThrow('frame type');
  });
});
