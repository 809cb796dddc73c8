import { describe, expect, it } from '@jest/globals';
import type { SisockError } from '@sisock/core';
import { type Batch, type Catalog, type Chunk, type Column, type Reduced, type ReduceQuery } from '@sisock/core';
import {
  type Encoding,
  catalogRequest,
  decodeCatalog,
  decodeChunk,
  decodeData,
  decodeFields,
  decodeHealth,
  decodeReduced,
  encodeCatalog,
  encodeChunk,
  encodeData,
  encodeFields,
  encodeHealth,
  encodeReduced,
  parseCatalogRequest,
  parseGetData,
  parseGetFields,
  parseReadRequest,
  parseReduceRequest,
  readRequest,
  reduceRequest,
} from '@sisock/wamp';
import fc from 'fast-check';
import { decodeCbor, encodeCbor } from '../src/session/cbor.js';

/** Through a wire that carries bytes, or one that does not. */
function sent(value: unknown, encoding: Encoding): unknown {
  return encoding === 'json' ? JSON.parse(JSON.stringify(value)) : decodeCbor(encodeCbor(value));
}

const encodings: readonly Encoding[] = ['binary', 'json'];

const columnOf = (n: number, json: boolean): fc.Arbitrary<Column> =>
  fc.oneof(
    fc
      .array(json ? fc.double({ noDefaultInfinity: true }) : fc.double(), { minLength: n, maxLength: n })
      .map((v): Column => ({ kind: 'f64', v: Float64Array.from(v) })),
    fc
      .array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), { minLength: n, maxLength: n })
      .map((v): Column => ({ kind: 'i64', v: BigInt64Array.from(v) })),
    fc
      .array(fc.boolean(), { minLength: n, maxLength: n })
      .map((v): Column => ({ kind: 'bool', v: Uint8Array.from(v, Number) })),
    fc.array(fc.string(), { minLength: n, maxLength: n }).map((v): Column => ({ kind: 'str', v })),
  );

const times = (n: number) =>
  fc
    .array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: n, maxLength: n })
    .map((t) => Float64Array.from(t).sort());

const batchOf = (json: boolean): fc.Arbitrary<Batch> =>
  fc.nat(20).chain((n) =>
    fc.record({
      t: times(n),
      columns: fc
        .dictionary(fc.string({ maxLength: 8 }), columnOf(n, json), { maxKeys: 4 })
        .map((d) => new Map(Object.entries(d))),
    }),
  );

const chunkOf = (json: boolean): fc.Arbitrary<Chunk> =>
  fc.record({
    batches: fc.array(batchOf(json), { maxLength: 3 }),
    cursor: fc.string(),
    done: fc.boolean(),
    finalizedUntil: fc.double({ noNaN: true }),
    revision: fc.string(),
  });

const fieldsIn = (chunk: Chunk) => [...new Set(chunk.batches.flatMap((b) => [...b.columns.keys()]))];
const readQuery = (fields: readonly string[]) => ({
  timeline: 'x',
  fields,
  range: { start: -Infinity, end: Infinity },
  maxSamples: 1000,
});

describe('CBOR', () => {
  it('carries what WAMP messages hold', () => {
    const value = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.double(),
        fc.maxSafeInteger(),
        fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }),
        fc.string({ unit: 'binary' }),
        fc.boolean(),
        fc.constant(null),
        fc.uint8Array().map((b) => Buffer.from(b)),
        fc.array(tie('value')),
        fc.dictionary(fc.string(), tie('value')),
      ),
    })).value;
    fc.assert(
      fc.property(value, (v) => expect(decodeCbor(encodeCbor(v))).toEqual(v)),
      { numRuns: 1000 },
    );
  });

  it('carries byte strings of any length among other values', () => {
    const bytes = fc.oneof(fc.nat(40), fc.integer({ min: 4090, max: 4100 }), fc.constant(100_000)).map((n) => {
      return Buffer.from(Uint8Array.from({ length: n }, (_, i) => i * n));
    });
    const value = fc.array(fc.oneof(bytes, fc.string(), fc.integer(), fc.array(bytes, { maxLength: 3 })));
    fc.assert(fc.property(value, (v) => expect(decodeCbor(encodeCbor(v))).toEqual(v)));
  });

  it('answers 10,000 mutated or random inputs with a value or bad_data, soon', () => {
    const sample = encodeCbor([
      50,
      7,
      {},
      [{ data: { a: [1.5, -3, null, true, 'text', 2 ** 40] }, b: Buffer.alloc(20) }],
    ]);
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 64 }),
      fc.array(fc.tuple(fc.nat(sample.length - 1), fc.nat(255)), { maxLength: 4 }).map((changes) => {
        const copy = Uint8Array.from(sample);
        for (const [at, byte] of changes) copy[at] = byte;
        return copy;
      }),
      fc.nat(sample.length).map((n) => Uint8Array.from(sample.subarray(0, n))),
    );
    fc.assert(
      fc.property(bytes, (b) => {
        try {
          decodeCbor(Buffer.from(b));
        } catch (error) {
          expect((error as SisockError).code).toBe('bad_data');
        }
      }),
      { numRuns: 10_000 },
    );
  });

  it('reads what other encoders write: half floats, tags, indefinite lengths', () => {
    const value = (hex: string) => decodeCbor(Buffer.from(hex, 'hex'));
    expect(value('f93c00')).toBe(1);
    expect(value('f9fc00')).toBe(-Infinity);
    expect(value('f90001')).toBe(2 ** -24);
    expect(value('fa47c35000')).toBe(100000);
    expect(value('c11a514b67b0')).toBe(1363896240);
    expect(value('9f0102ff')).toEqual([1, 2]);
    expect(value('bf6161f5ff')).toEqual({ a: true });
    expect(value('7f657374726561646d696e67ff')).toBe('streaming');
    expect(value('3bffffffffffffffff')).toBe(-18446744073709551616n);
    expect(value('1b0020000000000000')).toBe(9007199254740992n);
  });
});

describe.each(encodings)('our answers in %s', (encoding) => {
  const json = encoding === 'json';

  it('carry chunks unchanged', () => {
    fc.assert(
      fc.property(chunkOf(json), (chunk) => {
        const query = readQuery(fieldsIn(chunk));
        expect(decodeChunk(sent(encodeChunk(chunk, encoding), encoding), query)).toEqual(normal(chunk, json));
      }),
      { numRuns: 500 },
    );
  });

  it('carry statistics and reduced samples unchanged', () => {
    const n = 3;
    const floats = (...v: number[]) => Float64Array.from(v);
    const query: ReduceQuery = {
      timeline: 'x',
      fields: ['7', 'a'],
      start: 0,
      width: 1,
      count: n,
      want: ['count', 'min', 'mean'],
    };
    const stats: Reduced = {
      fields: new Map([
        [
          '7',
          {
            kind: 'stats',
            count: floats(1, 0, 2),
            min: { t: floats(0, NaN, 2), v: floats(5, NaN, -1) },
            mean: floats(5, NaN, 0),
          },
        ],
      ]),
      finalizedUntil: -Infinity,
      revision: 'r',
    };
    expect(decodeReduced(sent(encodeReduced(stats, encoding), encoding), query)).toEqual(stats);
    const samples: Reduced = {
      fields: new Map([
        [
          'a',
          { kind: 'samples', method: 'changes', t: floats(1, 2), column: { kind: 'str', v: ['on', 'off'] }, from: 9 },
        ],
      ]),
      finalizedUntil: Infinity,
      revision: '',
    };
    expect(decodeReduced(sent(encodeReduced(samples, encoding), encoding), { ...query, want: 'm4' })).toEqual(samples);
  });
});

/** What JSON makes of a chunk: -0 is 0. */
function normal(chunk: Chunk, json: boolean): Chunk {
  if (!json) return chunk;
  const zero = (v: Float64Array) => v.map((x) => (x === 0 ? 0 : x));
  const column = (c: Column): Column => (c.kind === 'f64' ? { kind: 'f64', v: zero(c.v) } : c);
  return {
    ...chunk,
    finalizedUntil: chunk.finalizedUntil === 0 ? 0 : chunk.finalizedUntil,
    batches: chunk.batches.map((b) => ({
      t: zero(b.t),
      columns: new Map([...b.columns].map(([name, c]) => [name, column(c)])),
    })),
  };
}

const catalog: Catalog = {
  fields: new Map([
    ['a', { name: 'a', timeline: 'x', type: 'number', units: 'K', description: null, labels: { room: '1' } }],
    ['b', { name: 'b', timeline: 'x', type: 'string', units: null, description: 'about b' }],
  ]),
  timelines: new Map([['x', { name: 'x', interval: 0.5, fields: ['a', 'b'], extent: { start: 1, end: 9 } }]]),
};
const health = {
  ok: false,
  message: 'm',
  newest: 3,
  counters: { a: 1 },
  agents: [{ address: 'o.a', agentClass: null, alive: true, lastSeen: 5, operations: { acq: 3 } }],
};

it('binary columns of wrong lengths or bytes are refused, and bytes may come as WAMP writes them in JSON', () => {
  const chunk = (column: unknown[]) => ({
    batches: [{ t: [1, 2], columns: [['a', ...column]] }],
    cursor: '',
    done: true,
    finalized_until: 'inf',
    revision: '',
  });
  const query = readQuery(['a']);
  for (const column of [
    ['bool', Uint8Array.of(0, 2)],
    ['bool', Uint8Array.of(0, 1, 1)],
    ['f64', new Uint8Array(15)],
    ['f64', new Uint8Array(24)],
    ['i64', [1, 2.5]],
    ['str', ['a', 7]],
    ['f32', [1, 2]],
  ]) {
    expect(() => decodeChunk(chunk(column), query)).toThrow(expect.objectContaining({ code: 'bad_data' }));
  }
  const base64 = Buffer.from(Float64Array.of(5, 6).buffer).toString('base64');
  const { batches, finalizedUntil } = decodeChunk(chunk(['f64', `\0${base64}`]), query);
  expect(batches[0]!.columns.get('a')).toEqual({ kind: 'f64', v: Float64Array.of(5, 6) });
  expect(finalizedUntil).toBe(Infinity);
});

it('more rows than asked for, fields not asked for and unsorted times are refused', () => {
  const answer = (t: number[], name: string) => ({
    batches: [{ t, columns: [[name, 'f64', t]] }],
    cursor: '',
    done: true,
    finalized_until: 0,
    revision: '',
  });
  const query = { ...readQuery(['a']), maxSamples: 2 };
  expect(decodeChunk(answer([1, 2], 'a'), query).batches).toHaveLength(1);
  for (const wrong of [answer([1, 2, 3], 'a'), answer([1], 'b'), answer([2, 1], 'a'), answer([NaN], 'a')]) {
    expect(() => decodeChunk(wrong, query)).toThrow(expect.objectContaining({ code: 'bad_data' }));
  }
});

describe('catalogues and health', () => {
  it.each(encodings)('are carried unchanged in %s', (encoding) => {
    expect(decodeCatalog(sent(encodeCatalog(catalog), encoding))).toEqual(catalog);
    expect(decodeHealth(sent(encodeHealth(health), encoding))).toEqual(health);
  });

  it('that are not consistent are refused', () => {
    const wire = () => sent(encodeCatalog(catalog), 'json') as { fields: object[]; timelines: { fields: string[] }[] };
    const lacking = wire();
    lacking.timelines[0]!.fields.pop();
    const strange = wire();
    strange.timelines[0]!.fields.push('c');
    const lost = wire();
    lost.timelines = [];
    for (const one of [lacking, strange, lost]) {
      expect(() => decodeCatalog(one)).toThrow(expect.objectContaining({ code: 'bad_data' }));
    }
  });
});

describe('requests', () => {
  it.each(encodings)('arrive as they were sent, by %s', (encoding) => {
    const read = { ...readQuery(['a', 'b']), range: { start: 5, end: Infinity }, cursor: 'c' };
    expect(parseReadRequest([sent(readRequest(read, encoding), encoding)])).toEqual({ query: read, encoding });
    const reduce: ReduceQuery = { timeline: 'x', fields: ['a'], start: 0, width: 1, count: 5, want: ['min', 'max'] };
    expect(parseReduceRequest([sent(reduceRequest(reduce, encoding), encoding)])).toEqual({ query: reduce, encoding });
    const range = { start: -Infinity, end: 7 };
    expect(parseCatalogRequest([sent(catalogRequest(range), encoding)])).toEqual(range);
  });

  it('of the original are taken positionally, by keyword and mixed', () => {
    const expected = { fields: ['a'], start: -60, end: 0, minStride: null };
    expect(parseGetData([['a'], -60, 0])).toEqual(expected);
    expect(parseGetData([['a', 'a'], -60, 0, null])).toEqual(expected);
    expect(parseGetData(['a'], { end: 0, start: -60 })).toEqual(expected);
    expect(parseGetData([], { field: ['a'], end: 0, start: -60, min_stride: 5 })).toEqual({
      ...expected,
      minStride: 5,
    });
    expect(parseGetFields([1], { end: 0 })).toEqual({ start: 1, end: 0 });
  });

  it.each([
    [[]],
    [[['a'], 'x', 0]],
    [[['a'], 1, NaN]],
    [[['a'], 1, 0, -5]],
    [[['a'], 1, 0, null, 1]],
    [[[7], 1, 0]],
    [[{ a: 1 }, 1, 0]],
    [[Array<string>(10_001).fill('a'), 1, 0]],
  ])('of the original that are wrong say so: %j', (args) => {
    expect(() => parseGetData(args)).toThrow(expect.objectContaining({ code: 'bad_request' }));
  });

  it('with unknown or doubled keywords say so', () => {
    for (const kwargs of [{ stride: 1 }, { start: 1 }]) {
      expect(() => parseGetData([['a'], 1, 0], kwargs)).toThrow(expect.objectContaining({ code: 'bad_request' }));
    }
  });
});

/** Replaces something anywhere in a value by something else. */
const mutated = (value: unknown): fc.Arbitrary<unknown> =>
  fc.tuple(fc.nat(), fc.anything({ withTypedArray: true, withBigInt: true, maxDepth: 2 })).map(([n, strange]) => {
    const copy = structuredClone(value);
    const places: [Record<string, unknown>, string][] = [];
    const walk = (x: unknown) => {
      if (typeof x !== 'object' || x === null || ArrayBuffer.isView(x)) return;
      for (const key of Object.keys(x)) {
        places.push([x as Record<string, unknown>, key]);
        walk((x as Record<string, unknown>)[key]);
      }
    };
    walk(copy);
    const place = places[n % Math.max(1, places.length)];
    if (place === undefined) return strange;
    place[0][place[1]] = strange;
    return copy;
  });

describe('10,000 mutated inputs each give a value or a clear error', () => {
  const chunk: Chunk = {
    batches: [
      {
        t: Float64Array.of(1, 2),
        columns: new Map<string, Column>([
          ['a', { kind: 'f64', v: Float64Array.of(1, 2) }],
          ['b', { kind: 'str', v: ['x', 'y'] }],
          ['c', { kind: 'bool', v: Uint8Array.of(0, 1) }],
          ['d', { kind: 'i64', v: BigInt64Array.of(1n, 2n) }],
        ]),
      },
    ],
    cursor: 'c',
    done: true,
    finalizedUntil: 5,
    revision: '',
  };
  const query = readQuery(['a', 'b', 'c', 'd']);
  const reduce: ReduceQuery = { timeline: 'x', fields: ['a'], start: 0, width: 1, count: 2, want: 'm4' };
  const reduced: Reduced = {
    fields: new Map([
      [
        'a',
        {
          kind: 'samples',
          method: 'm4',
          t: Float64Array.of(0, 1),
          column: chunk.batches[0]!.columns.get('a')!,
          from: 2,
        },
      ],
    ]),
    finalizedUntil: 0,
    revision: '',
  };
  const data = encodeData([{ timeline: 'x', batches: chunk.batches, finalizedUntil: 5 }], ['a', 'b']);
  const cases: [string, string, unknown, (value: unknown) => unknown][] = [
    ['chunk', 'bad_data', encodeChunk(chunk, 'json'), (v) => decodeChunk(v, query)],
    ['binary chunk', 'bad_data', encodeChunk(chunk, 'binary'), (v) => decodeChunk(v, query)],
    ['reduction', 'bad_data', encodeReduced(reduced, 'json'), (v) => decodeReduced(v, reduce)],
    ['catalogue', 'bad_data', encodeCatalog(catalog), decodeCatalog],
    ['health', 'bad_data', encodeHealth(health), decodeHealth],
    ['fields of the original', 'bad_data', encodeFields(catalog), decodeFields],
    ['data of the original', 'bad_data', data, (v) => decodeData(v, ['a', 'b'], () => 'x')],
    ['read request', 'bad_request', readRequest(query, 'json'), (v) => parseReadRequest([v])],
    ['reduce request', 'bad_request', reduceRequest(reduce, 'json'), (v) => parseReduceRequest([v])],
    ['catalogue request', 'bad_request', catalogRequest({ start: 1, end: 2 }), (v) => parseCatalogRequest([v])],
    ['request of the original', 'bad_request', [['a'], 1, 0, 5], (v) => parseGetData(v as unknown[])],
  ];
  it.each(cases)('%s', (_, code, value, decode) => {
    const input =
      Array.isArray(value) && code === 'bad_request' ? mutated(value).filter(Array.isArray) : mutated(value);
    fc.assert(
      fc.property(input, (v) => {
        try {
          decode(v);
        } catch (error) {
          expect([code, 'too_large']).toContain((error as SisockError).code);
        }
      }),
      { numRuns: 10_000 },
    );
  });
});
