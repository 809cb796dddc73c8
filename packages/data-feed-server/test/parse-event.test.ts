import { describe, expect, it } from '@jest/globals';
import { samplesOf } from '@sisock/testkit';
import { defaultEventLimits, type FeedEvent, parseEvent } from '../src/index.js';
import { blockOf, capturedEvents, eventOf } from './events.js';

function samples(message: unknown, limits = {}) {
  const event = parseEvent(eventOf(message), undefined, { ...defaultEventLimits, ...limits });
  if (event.kind !== 'samples') throw new Error(event.kind);
  return event;
}

const values = (event: FeedEvent & { kind: 'samples' }, field: string) => samplesOf(event.blocks, field);
const kinds = (event: FeedEvent & { kind: 'samples' }) =>
  event.blocks.map((b) => Object.fromEntries([...b.columns].map(([name, c]) => [name, c.kind])));

describe('events captured from real agents', () => {
  const events = capturedEvents().map(({ topic, args }) => parseEvent(args, topic));

  it('are told apart', () => {
    const byFeed = new Map(events.map((e) => [e.feed.feedName, e.kind]));
    expect(Object.fromEntries(byFeed)).toEqual({
      heartbeat: 'heartbeat',
      nobuffer: 'samples',
      noagg: 'samples',
      plain: 'free-form',
      false_temperatures: 'samples',
      bad: 'samples',
      mixed: 'samples',
      agent_operations: 'operations',
    });
  });

  it('give every value with its type', () => {
    const mixed = events.find((e) => e.feed.feedName === 'mixed') as FeedEvent & { kind: 'samples' };
    expect(kinds(mixed)).toEqual([{ f: 'f64', i: 'f64', s: 'str', b: 'bool' }]);
    const times = [1795186959.1317515, 1795186960.1321166, 1795186961.1345003];
    expect(values(mixed, 'i')).toEqual(times.map((t, k) => [t, 4 + k]));
    expect(values(mixed, 's').map(([, v]) => v)).toEqual(['state_1', 'state_2', 'state_0']);
    expect(values(mixed, 'b').map(([, v]) => v)).toEqual([true, false, true]);
    const bad = events.find((e) => e.feed.feedName === 'bad') as FeedEvent & { kind: 'samples' };
    expect(values(bad, 'v')[0]![1]).toBeNaN();
    for (const event of events) {
      if (event.kind === 'samples') expect(event.problems).toEqual([]);
    }
  });

  it('tell who they are from', () => {
    expect(events[0]!.feed).toEqual({
      address: 'observatory.mixed1.feeds.heartbeat',
      agentAddress: 'observatory.mixed1',
      feedName: 'heartbeat',
      agentClass: 'MixedAgent',
      sessionId: '1795186888.475137',
      record: false,
    });
    const beat = events.find((e) => e.feed.agentAddress === 'observatory.fake-data1' && e.kind === 'heartbeat');
    const codes = { acq: 3, count: 3, set_heartbeat: 1, delay_task: 1 };
    expect(beat).toMatchObject({ operations: new Map(Object.entries(codes)) });
  });
});

describe('an event that is none', () => {
  it.each([
    [[], 'event holds missing'],
    [[7], 'event holds number'],
    [[[{}]], 'event holds a list'],
    [[[{}, null]], 'feed information is null'],
    [[[{}, { address: 5 }]], 'feed address is number'],
    [[[{}, { address: 'observatory.x' }]], '"observatory.x" is not <agent address>.feeds.<feed>'],
    [[[{}, { address: '.feeds.' }]], 'is not <agent address>.feeds.<feed>'],
    [[[[], { address: 'a.feeds.b', record: true }]], 'message of a.feeds.b is a list'],
  ])('%j is refused with a reason', (args, reason) => {
    try {
      parseEvent(args as unknown[]);
      throw new Error('accepted');
    } catch (thrown) {
      expect(thrown).toMatchObject({ code: 'bad_data', message: expect.stringContaining(reason) as unknown });
    }
  });

  it('knows its feed by the topic it came on, whatever it says itself', () => {
    const { feed } = parseEvent([[{}, { address: 'lie.feeds.x', record: true }]], 'lat.hk.feeds.temps');
    expect(feed).toMatchObject({ address: 'lat.hk.feeds.temps', agentAddress: 'lat.hk', feedName: 'temps' });
  });
});

describe('values', () => {
  it('keeps NaN and infinities', () => {
    const event = samples(blockOf([1, 2, 3], { v: [NaN, Infinity, -Infinity] }));
    expect(values(event, 'v').map(([, v]) => v)).toEqual([NaN, Infinity, -Infinity]);
  });

  it('makes small bigints numbers and keeps large whole numbers whole', () => {
    const event = samples(
      blockOf([1n, 2], { small: [1n, 2], large: [1n, 2n ** 60n], huge: [2n ** 80n, 1], half: [2n ** 60n, 0.5] }),
    );
    expect(kinds(event)).toEqual([{ small: 'f64', large: 'i64', huge: 'f64', half: 'f64' }]);
    expect(values(event, 'large')).toEqual([[1, 1n], [2, 2n ** 60n]]); // prettier-ignore
    expect(values(event, 'huge')).toEqual([[1, 2 ** 80], [2, 1]]); // prettier-ignore
  });

  it('a null is an absent value: rows are told apart by the fields they have', () => {
    const event = samples(blockOf([1, 2, 3], { a: [1, 2, 3], b: [true, null, false] }));
    expect(kinds(event)).toEqual([{ a: 'f64', b: 'bool' }, { a: 'f64' }, { a: 'f64', b: 'bool' }]);
    expect(values(event, 'a')).toEqual([[1, 1], [2, 2], [3, 3]]); // prettier-ignore
    expect(values(event, 'b')).toEqual([[1, true], [3, false]]); // prettier-ignore
    expect(event.counts.absent).toBe(1);
  });

  it('several types in one field of a block: each value keeps its own, and it is counted', () => {
    const event = samples(blockOf([1, 2, 3, 4], { a: [1, 'two', false, 4.5], b: [1, 1, 1, 1] }));
    expect(values(event, 'a')).toEqual([[1, 1], [2, 'two'], [3, false], [4, 4.5]]); // prettier-ignore
    expect(values(event, 'b')).toHaveLength(4);
    expect(event.counts.mixedFields).toBe(1);
  });

  it('a value that is none counts as absent', () => {
    const event = samples(blockOf([1, 2, 3], { a: [1, [2], { x: 3 }], s: ['a', 'b'.repeat(11), 'c'] }), {
      maxTextLength: 10,
    });
    expect(values(event, 'a')).toEqual([[1, 1]]);
    expect(values(event, 's').map(([, v]) => v)).toEqual(['a', 'c']);
    expect(event.counts.badValues).toBe(3);
  });

  it('takes lists that came as typed arrays', () => {
    const event = samples({ x: { timestamps: Float64Array.of(1, 2), data: { a: Float64Array.of(5, 6) } } });
    expect(values(event, 'a')).toEqual([[1, 5], [2, 6]]); // prettier-ignore
  });
});

describe('one bad part does not lose the others', () => {
  it('a block', () => {
    const message = {
      good: { timestamps: [1], data: { a: [1] }, something: 'unknown' },
      text: 'text',
      list: [1],
      timeless: { data: { a: [1] } },
      dataless: { timestamps: [1], data: null },
      '': { timestamps: [1], data: { a: [1] } },
      empty: { timestamps: [], data: { a: [] } },
    };
    const event = samples(message);
    expect(event.blocks.map((b) => b.blockName)).toEqual(['good']);
    expect(event.counts.badBlocks).toBe(5);
    expect(event.problems.join('; ')).toContain('block "timeless" has timestamps that are missing, not a list');
  });

  it('a field', () => {
    const event = samples(blockOf([1, 2], { a: [1, 2], short: [1], text: 'ab', '': [1, 2] }));
    expect(kinds(event)).toEqual([{ a: 'f64' }]);
    expect(event.counts.badFields).toBe(3);
    expect(event.problems).toContain('field "short" of block "block" has 1 values for 2 timestamps');
  });

  it('a timestamp', () => {
    const event = samples(blockOf([1, 'x', NaN, null, 5n], { a: [1, 2, 3, 4, 5], b: [1, 2, 'x', 'y', 5] }));
    expect(values(event, 'a')).toEqual([[1, 1], [5, 5]]); // prettier-ignore
    expect(values(event, 'b')).toEqual([[1, 1], [5, 5]]); // prettier-ignore
    expect(event.counts.badRows).toBe(3);
  });
});

describe('limits', () => {
  const many = (n: number) => Object.fromEntries(Array.from({ length: n }, (_, i) => [`f${i}`, [1, 2]]));

  it.each([
    ['maxFields', { maxFields: 3 }, many(4)],
    ['maxValues', { maxValues: 7 }, many(4)],
  ])('%s refuses a block', (_name, limits, data) => {
    const event = samples({ ...blockOf([1, 2], data), ...blockOf([1], { a: [1] }, 'good') }, limits);
    expect(event.blocks.map((b) => b.blockName)).toEqual(['good']);
    expect(event.counts.badBlocks).toBe(1);
  });

  it('maxBlocks leaves the rest out', () => {
    const event = samples({ ...blockOf([1], { a: [1] }, 'x'), ...blockOf([1], { a: [1] }, 'y') }, { maxBlocks: 1 });
    expect(event.blocks.map((b) => b.blockName)).toEqual(['x']);
    expect(event.counts.badBlocks).toBe(1);
  });

  it('maxRuns keeps the steady fields only', () => {
    const data = { steady: [1, 2, 3, 4], flips: [1, null, 1, null] };
    const event = samples(blockOf([1, 2, 3, 4], data), { maxRuns: 3 });
    expect(kinds(event)).toEqual([{ steady: 'f64' }]);
    expect(event.counts.badFields).toBe(1);
    expect(samples(blockOf([1, 2, 3, 4], data), { maxRuns: 4 }).blocks).toHaveLength(4);
  });

  it('maxNameLength holds for blocks, fields and addresses', () => {
    const long = 'x'.repeat(300);
    const event = samples({ ...blockOf([1], { a: [1], [long]: [1] }), ...blockOf([1], { a: [1] }, long) });
    expect(kinds(event)).toEqual([{ a: 'f64' }]);
    expect(() => parseEvent([[{}, { address: `a.feeds.${long}` }]])).toThrow('at most 255');
  });
});
