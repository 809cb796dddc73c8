import { describe, expect, it } from '@jest/globals';
import { decodeHk, type G3Frame, isHkFrame, parseFrame, summarizeHk, ticksToSeconds } from '@sisock/codecs/g3';
import fc from 'fast-check';
import * as b from './support/bytes.js';

const session = 2n ** 60n + 1n;

const parse = (bytes: Uint8Array, offset = 900): G3Frame => parseFrame(bytes, offset);
const damageOf = (read: () => unknown) => {
  try {
    return read();
  } catch (thrown) {
    return thrown;
  }
};

/** A frame with some keys changed; null takes one away. */
function changed(frame: G3Frame, change: Readonly<Record<string, Uint8Array | null>>): G3Frame {
  const entries = new Map([...frame.entries, ...Object.entries(change)]);
  for (const [key, value] of entries) if (value === null) entries.delete(key);
  return { ...frame, entries: entries as ReadonlyMap<string, Uint8Array> };
}

describe.each([
  ['little-endian', true],
  ['big-endian', false],
])('housekeeping frames, %s', (_name, little) => {
  const ticks = [30n, -10n, 20n];
  const samples: b.Fields = [
    ['a.b c', b.doubles(little, [1, NaN, -0])],
    ['bits', b.bools(!little, [true, false, true])],
    ['i', b.ints(little, [-(2n ** 63n), 2n ** 53n + 1n, 0n], 64)],
    ['s', b.texts(little, ['é', '', 'x'])],
    ['unheard', b.archive(little, 'G3VectorQuat', 1, (r) => r.base().u64(9))],
    ['i', b.ints(little, [1n, 2n, 3n], 8)], // of equal names the first counts
    ['later', b.archive(little, 'G3VectorDouble', 2, (r) => r.base().u64(9))],
  ];
  const columns = new Map<string, unknown>([
    ['a.b c', { kind: 'f64', v: Float64Array.of(1, NaN, -0) }],
    ['bits', { kind: 'bool', v: Uint8Array.of(1, 0, 1) }],
    ['i', { kind: 'i64', v: BigInt64Array.of(-(2n ** 63n), 2n ** 53n + 1n, 0n) }],
    ['s', { kind: 'str', v: ['é', '', 'x'] }],
  ]);
  const blocks = b.objects(little, 4, (r) => {
    b.timesampleMap(r, ticks, samples);
    b.timesampleMap(r, [], []);
    r.u32(0); // no block here
    r.u32(2).u32(2); // the first one again
  });
  const data = parse(b.hk.data(little, session, 7n, ['one', 'two', 'none', 'again'], blocks));
  const common = { version: 2, sessionId: session };

  it('reads sessions and providers', () => {
    const begun = { ...common, kind: 'session', startTime: null, description: 'a session' };
    expect(decodeHk(parse(b.hk.session(little, session)))).toEqual(begun);
    expect(summarizeHk(parse(b.hk.session(little, session)))).toEqual(begun);
    const status = parse(
      b.hk.status(little, session, [
        [2n ** 62n, 'obs.a.feeds.f'],
        [0n, ''],
      ]),
    );
    expect(summarizeHk(status)).toEqual({
      ...{ ...common, kind: 'status', timestamp: null },
      providers: [
        { id: 2n ** 62n, description: 'obs.a.feeds.f' },
        { id: 0n, description: '' },
      ],
    });
    expect(decodeHk(status)).toEqual(summarizeHk(status));
  });

  it('reads blocks, leaves out fields of classes that blocks do not have, and repeats what is referred to', () => {
    const first = { index: 0, name: 'one', ticks: BigInt64Array.from(ticks), columns };
    expect(decodeHk(data)).toEqual({
      ...{ ...common, kind: 'data', providerId: 7n, timestamp: null, address: null, providerSessionId: null },
      blocks: [
        first,
        { index: 1, name: 'two', ticks: new BigInt64Array(0), columns: new Map() },
        { ...first, index: 3, name: 'again' },
      ],
      lostBlocks: 0,
    });
  });

  it('summarizes blocks without their values', () => {
    const summary = summarizeHk(data);
    const fields = new Map([
      ['a.b c', 'f64'],
      ['bits', 'bool'],
      ['i', 'i64'],
      ['s', 'str'],
    ]);
    const first = { index: 0, name: 'one', count: 3, minTick: -10n, maxTick: 30n, rising: false, fields };
    const empty = { count: 0, minTick: 0n, maxTick: 0n, rising: true, fields: new Map() };
    expect(summary).toMatchObject({ kind: 'data', providerId: 7n, lostBlocks: 0 });
    expect('blocks' in summary && summary.blocks).toEqual([
      first,
      { index: 1, name: 'two', ...empty },
      { ...first, index: 3, name: 'again' },
    ]);
  });

  it('decodes what is wanted only', () => {
    const one = decodeHk(data, { fields: new Set(['i', 'nothing']), blocks: new Set([3]) });
    expect('blocks' in one && one.blocks.map(({ index, columns }) => [index, [...columns.keys()]])).toEqual([
      [3, ['i']],
    ]);
    const none = decodeHk(data, { blocks: new Set() });
    expect(none).toMatchObject({ kind: 'data', blocks: [] });
  });

  it('reads blocks of version 0, whose times are cut to ticks, and names them by their first field', () => {
    const seconds = [1577836800.5, 1577836801.1234567, -1.000000007];
    const irregular = b.objects(little, 1, (r) =>
      r.object('IrregBlockDouble', 0, () => {
        r.base()
          .string('prefix_')
          .version('G3VectorDouble', 1)
          .u64(3)
          .f64(...seconds);
        r.version('G3MapVectorDouble', 1).u64(2);
        r.string('x').u64(3).f64(1, 2, 3).string('y').u64(3).f64(4, 5, 6);
      }),
    );
    const old = changed(parse(b.hk.data(little, session, 7n, [], irregular)), {
      hkagg_version: null,
      block_names: null,
    });
    const expected = BigInt64Array.from(seconds, (t) => BigInt(Math.trunc(t * 1e8)));
    const columns = new Map([['y', { kind: 'f64', v: Float64Array.of(4, 5, 6) }]]);
    expect(decodeHk(old, { fields: new Set(['y']) })).toMatchObject({
      version: 0,
      blocks: [{ name: 'block_for_x', ticks: expected, columns }],
    });
    expect(summarizeHk(old)).toMatchObject({
      blocks: [{ name: 'block_for_x', count: 3, minTick: -100000000n, rising: false }],
    });
  });

  it.each([NaN, Infinity, 1e300])('refuses version 0 times such as %d', (time) => {
    const irregular = b.objects(little, 1, (r) =>
      r.object('IrregBlockDouble', 0, () => {
        r.base().string('').version('G3VectorDouble', 1).u64(1).f64(time).version('G3MapVectorDouble', 1).u64(0);
      }),
    );
    const old = changed(parse(b.hk.data(little, session, 7n, [], irregular)), { hkagg_version: b.int(little, 0n) });
    expect(damageOf(() => summarizeHk(old))).toMatchObject({ kind: 'schema', offset: 900 });
  });

  it('names blocks of version 1 by their first field, wanted or not', () => {
    const old = changed(data, { hkagg_version: b.int(little, 1n), block_names: null });
    const wanted = decodeHk(old, { fields: new Set(['s']), blocks: new Set([0, 1]) });
    expect(wanted).toMatchObject({ version: 1, blocks: [{ name: 'block_for_a.b c' }, { name: 'block_for_' }] });
  });

  it('loses the blocks behind one of an unknown class, and says how many', () => {
    const cut = b.objects(little, 3, (r) => {
      b.timesampleMap(r, [1n], []);
      r.object('G3Unheard', 1, () => r.raw([1, 2, 3]));
    });
    const hk = decodeHk(parse(b.hk.data(little, session, 7n, ['a', 'b', 'c'], cut)));
    expect(hk).toMatchObject({ lostBlocks: 2, blocks: [{ index: 0, name: 'a' }] });
  });

  it('knows frames of other kinds for what they are', () => {
    expect(summarizeHk(changed(data, { hkagg_type: b.int(little, 3n) }))).toEqual({ kind: 'unknown' });
    const flipped: G3Frame = { ...data, type: 'I' };
    expect([isHkFrame(data), isHkFrame(flipped), isHkFrame({ ...flipped, entries: new Map() })]).toEqual([
      true,
      true,
      false,
    ]);
    expect(damageOf(() => summarizeHk(flipped))).toMatchObject({ kind: 'schema', offset: 900 });
  });

  const version3 = b.int(little, 3n);
  const short = b.objects(little, 1, (r) => b.timesampleMap(r, [1n, 2n], [['x', b.doubles(little, [1])]]));
  const newer = b.objects(little, 1, (r) => r.object('G3TimesampleMap', 1, () => r.base()));
  it.each<[string, Record<string, Uint8Array | null>, string]>([
    ['no hkagg_type', { hkagg_type: null }, 'hkagg_type is missing'],
    ['no session_id', { session_id: null }, 'session_id is missing'],
    ['no prov_id', { prov_id: null }, 'prov_id is missing'],
    ['no blocks', { blocks: null }, 'blocks is missing'],
    ['no block_names', { block_names: null }, 'block_names is missing'],
    ['too few block_names', { block_names: b.texts(little, ['a']) }, '1 block_names for 4 blocks'],
    ['too many block_names', { block_names: b.texts(little, ['a', 'b', 'c', 'd', 'e']) }, '5 block_names for 4 blocks'],
    ['hkagg_version 3', { hkagg_version: version3 }, 'hkagg_version 3 (0 to 2 are known)'],
    ['an id that is text', { prov_id: b.text(little, '7') }, 'prov_id is a G3String, not a G3Int'],
    ['an id that is nothing', { session_id: Uint8Array.of(0, 0, 0, 0, 0) }, 'session_id is nothing, not a G3Int'],
    ['a newer G3Int', { session_id: b.archive(little, 'G3Int', 2, () => 0) }, 'version 2 of G3Int'],
    ['blocks that are none', { blocks: b.int(little, 1n) }, 'no G3VectorFrameObject'],
    [
      'a column shorter than its times',
      { blocks: short, block_names: b.texts(little, ['a']) },
      'field x has 1 values for 2 times',
    ],
    ['a newer block', { blocks: newer, block_names: b.texts(little, ['a']) }, 'version 1 of G3TimesampleMap'],
  ])('names %s', (_what, change, message) => {
    for (const read of [summarizeHk, decodeHk]) {
      const damage = damageOf(() => read(changed(data, change)));
      expect(damage).toMatchObject({ kind: 'schema', offset: 900, message: expect.stringContaining(message) });
    }
  });
});

it('limits entries and names of housekeeping frames', () => {
  const status = parse(
    b.hk.status(true, 1n, [
      [0n, 'a'],
      [1n, 'b'],
    ]),
  );
  expect(damageOf(() => summarizeHk(status, { entries: 1 }))).toMatchObject({ kind: 'too_large' });
  expect(damageOf(() => summarizeHk(status, { nameBytes: 6 }))).toMatchObject({ kind: 'too_large' });
});

describe('ticks', () => {
  it('become seconds as so3g makes them', () => {
    fc.assert(
      fc.property(fc.bigInt64Array(), fc.nat(3), (ticks, from) => {
        const view = ticks.subarray(from);
        expect(ticksToSeconds(view)).toEqual(Float64Array.from(view, (tick) => Number(tick) / 1e8));
      }),
    );
  });

  it('give their range exactly, in any order', () => {
    const near = fc.bigInt({ min: -3n, max: 3n }).map((d) => 2n ** 33n + d);
    const any = fc.oneof(near, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }));
    fc.assert(
      fc.property(fc.array(any, { minLength: 1 }), fc.boolean(), (given, sorted) => {
        const ticks = sorted ? [...BigInt64Array.from(given).sort()] : given;
        const frame = parse(
          b.hk.data(
            true,
            1n,
            0n,
            ['n'],
            b.objects(true, 1, (r) => b.timesampleMap(r, ticks, [])),
          ),
        );
        const order = [...BigInt64Array.from(ticks).sort()];
        expect(summarizeHk(frame)).toMatchObject({
          blocks: [{ minTick: order[0], maxTick: order.at(-1), rising: ticks.every((t, i) => t === order[i]) }],
        });
      }),
    );
  });
});
