import { describe, expect, it } from '@jest/globals';
import { allTime, type Chunk, collect, type DataChange, type Gap } from '@sisock/core';
import type { Logger } from '@sisock/runtime';
import { type Fixture, readerContract, samplesOf, until } from '@sisock/testkit';
import { withBlocks, withoutUnevenEdges } from '../../blocks/test/with-blocks.js';
import { blockOf, capturedEvents, eventOf, makeReader, messageOf } from './events.js';

const feed = 'observatory.agent1.feeds.temps';

async function overFeeds({ timelines }: Fixture) {
  const { reader } = makeReader({ store: { bufferSec: 1e6 } }, contractNow);
  const append = (name: string, batch: Parameters<typeof messageOf>[0]) => {
    reader.accept(eventOf(messageOf(batch, name)));
    return Promise.resolve();
  };
  for (const { name, batches } of timelines) for (const batch of batches) await append(name, batch);
  return { reader, close: async () => {}, append };
}

const contractNow = 1_500_100_000;
const contractNames = {
  timelineName: (name: string) => `${feed}.${name}`,
  fieldName: (name: string) => `${feed}.${name}`,
};
readerContract('FeedReader', overFeeds, { ...contractNames, without: ['descriptions'] });
readerContract(
  'BlockReader over FeedReader',
  async (fixture) => withBlocks(await overFeeds(fixture), () => contractNow),
  { ...contractNames, without: ['descriptions', withoutUnevenEdges] },
);

const counters = async ({ reader }: ReturnType<typeof makeReader>) => (await reader.health()).counters;

const whole = async ({ reader }: ReturnType<typeof makeReader>, timeline: string, fields: string[]) => {
  const { batches } = await collect(reader, { timeline, fields, range: allTime }, { maxRows: 1e6 });
  return fields.map((field) => samplesOf(batches, field));
};

describe('names', () => {
  it('serve captured feeds under full names, with the spelling of the agent beside them', async () => {
    const { reader, clock } = makeReader({}, 1795186959);
    for (const { t, topic, args } of capturedEvents()) {
      clock.set(t);
      reader.accept(args, topic);
    }
    const { fields, timelines } = await reader.catalog(allTime);
    expect([...fields.keys()].filter((name) => name.includes('.mixed.'))).toEqual(
      ['f', 'i', 's', 'b'].map((f) => `observatory.mixed1.feeds.mixed.${f}`),
    );
    expect(fields.get('observatory.mixed1.feeds.mixed.s')).toEqual({
      name: 'observatory.mixed1.feeds.mixed.s',
      timeline: 'observatory.mixed1.feeds.mixed.mixed',
      type: 'string',
      units: null,
      description: null,
      labels: { agent: 'observatory.mixed1', feed: 'mixed', block: 'mixed', agent_class: 'MixedAgent', field: 's' },
    });
    const temps = timelines.get('observatory.fake-data1.feeds.false_temperatures.temps')!;
    expect(temps.interval).toBeCloseTo(0.2, 5);
    expect(temps.fields).toHaveLength(4);
    expect([...fields.keys()].some((name) => /heartbeat|agent_operations|plain/.test(name))).toBe(false);
  });

  it('are the original ones where one feed is served', async () => {
    const made = makeReader({ naming: 'original' });
    made.reader.accept(eventOf(blockOf([1000], { 'Channel 01': [1], 'Channel 02': [2] })));
    const { fields } = await made.reader.catalog(allTime);
    expect([...fields.keys()]).toEqual(['channel_01', 'channel_02']);
    expect(fields.get('channel_01')!.labels!['field']).toBe('Channel 01');
    expect(await whole(made, `${feed}.block`, ['channel_02'])).toEqual([[[1000, 2]]]);
  });

  it('of two blocks of a feed that clash: the one that came first keeps it, the other gets a number, for good', async () => {
    const made = makeReader();
    const send = (block: string, value: number, t: number) =>
      made.reader.accept(eventOf(blockOf([t], { value: [value] }, block)));
    send('one', 1, 1000);
    send('two', 2, 1000);
    send('two', 2.5, 1001);
    send('one', 1.5, 1001);
    const { fields } = await made.reader.catalog(allTime);
    expect([...fields.values()].map((f) => [f.name, f.labels!['block']])).toEqual([
      [`${feed}.value`, 'one'],
      [`${feed}.value_01`, 'two'],
    ]);
    expect(await whole(made, `${feed}.two`, [`${feed}.value_01`])).toEqual([[[1000, 2], [1001, 2.5]]]); // prettier-ignore
  });

  it('of one block that clash only once spelled for files are told apart too', async () => {
    const made = makeReader();
    made.reader.accept(eventOf(blockOf([1000], { 'Channel 01': [1], Channel_01: [2] })));
    const [a, b] = await whole(made, `${feed}.block`, [`${feed}.Channel_01`, `${feed}.Channel_01_01`]);
    expect([a, b]).toEqual([[[1000, 1]], [[1000, 2]]]);
  });
});

describe('fields that change mid-stream', () => {
  it('new, vanished and retyped fields: every sample is there with its own type, the catalog tells the newest', async () => {
    const made = makeReader();
    const send = (t: number, data: Record<string, unknown[]>) => made.reader.accept(eventOf(blockOf([t], data)));
    send(1000, { a: [1], b: [true] });
    send(1001, { a: [2], b: [false], c: ['new'] });
    send(1002, { a: ['three'], c: ['x'] });
    send(1003, { a: ['four'], c: ['y'] });
    const [a, b, c] = await whole(
      made,
      `${feed}.block`,
      ['a', 'b', 'c'].map((f) => `${feed}.${f}`),
    );
    expect(a).toEqual([[1000, 1], [1001, 2], [1002, 'three'], [1003, 'four']]); // prettier-ignore
    expect(b).toEqual([[1000, true], [1001, false]]); // prettier-ignore
    expect(c).toEqual([[1001, 'new'], [1002, 'x'], [1003, 'y']]); // prettier-ignore
    const { fields } = await made.reader.catalog(allTime);
    expect([...fields.values()].map((f) => f.type)).toEqual(['string', 'bool', 'string']);
    const late = await made.reader.catalog({ start: 1002, end: 1004 });
    expect([...late.fields.keys()]).toEqual([`${feed}.a`, `${feed}.c`]);
  });
});

describe('samples out of order', () => {
  const send = ({ reader }: ReturnType<typeof makeReader>, t: number[], v: number[]) =>
    reader.accept(eventOf(blockOf(t, { v })));
  const timeline = `${feed}.block`;
  const field = `${feed}.v`;

  it('unsorted within a message are sorted, equal times as they came', async () => {
    const made = makeReader();
    send(made, [1003, 1001, 1003, 1002], [1, 2, 3, 4]);
    expect(await whole(made, timeline, [field])).toEqual([[[1001, 2], [1002, 4], [1003, 1], [1003, 3]]]); // prettier-ignore
  });

  it('repeated are dropped and counted, another value at the same time is kept', async () => {
    const made = makeReader();
    send(made, [1000, 1001], [1, NaN]);
    send(made, [1000, 1001, 1002], [1, NaN, 3]);
    send(made, [1001], [7]);
    expect(await whole(made, timeline, [field])).toEqual([[[1000, 1], [1001, NaN], [1001, 7], [1002, 3]]]); // prettier-ignore
    expect(await counters(made)).toMatchObject({ repeated: 2, samples: 4, late: 1 });
  });

  it('older than the buffer or far in the future are refused and counted; later good ones are served', async () => {
    const made = makeReader({ store: { bufferSec: 60, maxFutureSec: 100 } });
    send(made, [930, 999], [1, 2]);
    send(made, [5000], [3]);
    send(made, [1000, 1100], [4, 5]);
    expect(await whole(made, timeline, [field])).toEqual([[[999, 2], [1000, 4], [1100, 5]]]); // prettier-ignore
    expect(await counters(made)).toMatchObject({ too_old: 1, future: 1, samples: 3 });
  });

  it('a sample with a stamp in the near future does not freeze the buffer nor what is final', async () => {
    const made = makeReader({ store: { bufferSec: 60, latenessSec: 5 } });
    send(made, [2000], [1]);
    for (let t = 1000; t < 1100; t++) {
      made.clock.set(t);
      send(made, [t], [t]);
    }
    const chunk = await made.reader.read({ timeline, fields: [field], range: allTime, maxSamples: 1 });
    expect(chunk.finalizedUntil).toBe(1094);
    const [got] = await whole(made, timeline, [field]);
    expect(got).toHaveLength(62);
    expect(chunk.revision).toBe(
      (await made.reader.read({ timeline, fields: [], range: allTime, maxSamples: 1 })).revision,
    );
  });

  it('late: what is final is lowered for a while, the revision changes, and it is told', async () => {
    const made = makeReader({ store: { latenessSec: 5 } }, 1100);
    const query = { timeline, fields: [field], range: allTime, maxSamples: 100 };
    send(made, [1000, 1050, 1100], [1, 2, 3]);
    const before = await made.reader.read(query);
    expect(before.finalizedUntil).toBe(1095);
    const stop = new AbortController();
    const changes = made.reader.changes(stop.signal)[Symbol.asyncIterator]();
    send(made, [1097], [4]);
    expect((await made.reader.read(query)).revision).toBe(before.revision);
    send(made, [1020], [5]);
    send(made, [1010], [6]);
    const told = (await changes.next()).value as DataChange;
    expect(told.timeline).toBe(timeline);
    expect(told.range.start).toBe(1010);
    expect(told.range.end).toBeGreaterThan(1020);
    expect(told.range.end).toBeLessThan(1020.001);
    const after = await made.reader.read(query);
    expect(after.revision).not.toBe(before.revision);
    expect(after.finalizedUntil).toBe(1010);
    made.clock.advance(10);
    expect((await made.reader.read(query)).finalizedUntil).toBe(1095);
    stop.abort();
    expect((await changes.next()).done).toBe(true);
  });
});

describe('the buffer', () => {
  it('holds BUFFER_TIME and lets older samples go, also of feeds that fell silent', async () => {
    const made = makeReader({ store: { bufferSec: 10 } });
    for (let t = 1000; t <= 1020; t++) {
      made.clock.set(t);
      made.reader.accept(eventOf(blockOf([t], { v: [t] })));
    }
    expect((await whole(made, `${feed}.block`, [`${feed}.v`]))[0]).toHaveLength(11);
    made.clock.set(1100);
    made.reader.trim();
    expect(await counters(made)).toMatchObject({ rows: 0, bytes: 0 });
    expect((await made.reader.health()).newest).toBeNull();
    expect((await made.reader.catalog(allTime)).fields.size).toBe(0);
  });

  it('never grows above its bytes: the largest blocks lose their oldest rows, counted', async () => {
    const made = makeReader({ store: { maxBytes: 200_000 } }, 50_000);
    for (let i = 0; i < 20_000; i++) {
      made.reader.accept(eventOf(blockOf([47_000 + i / 10], { v: [i] }, 'large')));
      if (i % 100 === 0) made.reader.accept(eventOf(blockOf([47_000 + i / 10], { w: [i] }, 'small')));
      expect((await counters(made))['bytes']).toBeLessThanOrEqual(200_000);
    }
    const { overflowed, rows } = await counters(made);
    expect(overflowed).toBeGreaterThan(5_000);
    expect(overflowed! + rows!).toBe(20_200);
    expect((await whole(made, `${feed}.small`, [`${feed}.w`]))[0]).toHaveLength(200);
    expect((await whole(made, `${feed}.large`, [`${feed}.v`]))[0]!.at(-1)).toEqual([48_999.9, 19_999]);
  });

  it('never holds more rows of a block, more blocks and more fields than allowed, each counted', async () => {
    const made = makeReader({ store: { maxRows: 5, maxTimelines: 2, maxFields: 3 } });
    made.reader.accept(
      eventOf(
        blockOf(
          [1, 2, 3, 4, 5, 6, 7].map((x) => 990 + x),
          { v: [1, 2, 3, 4, 5, 6, 7] },
          'a',
        ),
      ),
    );
    made.reader.accept(eventOf(blockOf([1000], { v: [1], w: [2], x: [3] }, 'b')));
    made.reader.accept(eventOf(blockOf([1000], { v: [1] }, 'c')));
    const counted = { overflowed: 2, refused_fields: 1, refused_blocks: 1, timelines: 2, fields: 3 };
    expect(await counters(made)).toMatchObject(counted);
    // What has no data any more makes room.
    made.clock.advance(5000);
    made.reader.accept(eventOf(blockOf([6000], { v: [1] }, 'd')));
    expect([...(await made.reader.catalog(allTime)).timelines.keys()]).toEqual([`${feed}.d`]);
  });
});

describe('a cursor', () => {
  const timeline = `${feed}.block`;
  const fields = [`${feed}.v`];

  it('of a range that is read goes on behind it when followed: no hole', async () => {
    const made = makeReader();
    made.reader.accept(eventOf(blockOf([990, 995, 999, 1001], { v: [1, 2, 3, 4] })));
    const { cursor, batches } = await made.reader.read({
      timeline,
      fields,
      range: { start: 0, end: 999 },
      maxSamples: 9,
    });
    expect(samplesOf(batches, fields[0]!)).toEqual([[990, 1], [995, 2]]); // prettier-ignore
    const stop = new AbortController();
    for await (const item of made.reader.follow({ timeline, fields, after: cursor }, stop.signal)) {
      expect(samplesOf((item as Chunk).batches, fields[0]!)).toEqual([[999, 3], [1001, 4]]); // prettier-ignore
      stop.abort();
    }
  });

  it('of a former run of the node goes on by time, after a gap of unknown size', async () => {
    const before = makeReader();
    before.reader.accept(eventOf(blockOf([990, 995], { v: [1, 2] })));
    const { cursor } = await before.reader.read({ timeline, fields, range: allTime, maxSamples: 9 });
    const after = makeReader({}, 1002);
    after.reader.accept(eventOf(blockOf([995, 1001], { v: [2, 3] })));
    const { batches } = await after.reader.read({ timeline, fields, range: allTime, cursor, maxSamples: 9 });
    expect(samplesOf(batches, fields[0]!)).toEqual([[1001, 3]]);
    const stop = new AbortController();
    const items: (Chunk | Gap)[] = [];
    for await (const item of after.reader.follow({ timeline, fields, after: cursor }, stop.signal)) {
      items.push(item);
      if (items.length === 2) stop.abort();
    }
    expect(items[0]).toMatchObject({ gap: { rows: 0 } });
    expect(samplesOf((items[1] as Chunk).batches, fields[0]!)).toEqual([[1001, 3]]);
  });

  it.each(['x', '1:2:3:4', 'a:1:2:3:4:5', 'a:-1:2:3:4', 'a:1::3:4', `a:${'1'.repeat(300)}:2:3:4`])(
    '%s is refused',
    async (cursor) => {
      const made = makeReader();
      made.reader.accept(eventOf(blockOf([990], { v: [1] })));
      const reading = made.reader.read({ timeline, fields, range: allTime, cursor, maxSamples: 9 });
      await expect(reading).rejects.toMatchObject({ code: 'bad_request' });
    },
  );
});

describe('following', () => {
  const timeline = `${feed}.block`;
  const fields = [`${feed}.v`];

  it('too slowly: what left the buffer is told as a gap, the rest is there, once', async () => {
    const made = makeReader({ store: { bufferSec: 10 } });
    const send = (t: number) => {
      made.clock.set(t);
      made.reader.accept(eventOf(blockOf([t], { v: [t] })));
    };
    send(1000);
    const stop = new AbortController();
    const items = made.reader.follow({ timeline, fields, after: '' }, stop.signal)[Symbol.asyncIterator]();
    const first = items.next();
    send(1001);
    expect(samplesOf(((await first).value as Chunk).batches, fields[0]!)).toEqual([[1001, 1001]]);
    for (let t = 1002; t <= 1030; t++) send(t);
    const { gap } = (await items.next()).value as Gap;
    expect(gap).toEqual({ rows: 18, range: { start: 1001, end: 1020 } });
    const rest = (await items.next()).value as Chunk;
    expect(samplesOf(rest.batches, fields[0]!).map(([t]) => t)).toEqual(
      [20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30].map((x) => 1000 + x),
    );
    stop.abort();
    expect((await items.next()).done).toBe(true);
  });

  it('gives late samples too, and many at once', async () => {
    const made = makeReader();
    made.reader.accept(eventOf(blockOf([1000], { v: [0] })));
    const stop = new AbortController();
    const got: number[] = [];
    const following = (async () => {
      for await (const item of made.reader.follow({ timeline, fields, after: '' }, stop.signal)) {
        if (!('gap' in item)) got.push(...samplesOf(item.batches, fields[0]!).map(([t]) => t));
      }
    })();
    made.reader.accept(eventOf(blockOf([1002, 990], { v: [1, 2] })));
    await until(() => got.length === 2);
    made.reader.accept(eventOf(blockOf([980, 1003], { v: [1, 2] })));
    await until(() => got.length === 4);
    expect(got).toEqual([990, 1002, 980, 1003]);
    stop.abort();
    await following;
  });

  it('an unknown timeline is refused', async () => {
    const { reader } = makeReader();
    const items = reader.follow({ timeline: 'x', fields: [], after: '' }, new AbortController().signal);
    await expect(items[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'unknown_timeline' });
  });
});

describe('the lives of agents', () => {
  it('are told by heartbeats: operations, silence, return', async () => {
    const { reader, clock } = makeReader();
    const beat = (operations: object) => reader.accept(eventOf(operations, { feed: 'heartbeat', record: false }));
    beat({ acq: 3, 'not a code': 'x', half: 0.5 });
    const agent = async () => (await reader.health()).agents[0]!;
    expect(await agent()).toEqual({
      address: 'observatory.agent1',
      agentClass: 'TestAgent',
      alive: true,
      lastSeen: 1000,
      operations: { acq: 3 },
    });
    clock.advance(10);
    expect((await agent()).alive).toBe(true);
    clock.advance(0.5);
    expect((await agent()).alive).toBe(false);
    beat({ acq: 5 });
    expect(await agent()).toMatchObject({ alive: true, operations: { acq: 5 } });
  });

  it('are ended by the registry, whose field names hide where an address ends', async () => {
    const { reader } = makeReader();
    const beat = (agent: string) =>
      reader.accept(eventOf({ 'run-it': 3 }, { agent, feed: 'heartbeat', record: false }));
    beat('observatory.fake');
    beat('observatory.fake-data');
    const name = 'observatory_fake_data_run_it';
    const registry = { agent: 'observatory.registry', feed: 'agent_operations' };
    reader.accept(eventOf(blockOf([1000], { [name]: [7] }, name), registry));
    const { agents, counters } = await reader.health();
    expect(agents.map((a) => [a.address, a.alive, a.operations])).toEqual([
      ['observatory.fake', true, { 'run-it': 3 }],
      ['observatory.fake-data', false, { 'run-it': 7 }],
      ['observatory.registry', true, {}],
    ]);
    expect(counters).toMatchObject({ samples: 0, heartbeats: 2 });
  });

  it('are kept within a limit, the ones silent for longest go', async () => {
    const { reader } = makeReader({ agents: { maxAgents: 2 } });
    for (const n of [1, 2, 1, 3]) reader.accept(eventOf({}, { agent: `o.a${n}`, feed: 'heartbeat', record: false }));
    expect((await reader.health()).agents.map((a) => a.address)).toEqual(['o.a1', 'o.a3']);
  });

  it('free-form messages are counted and left alone', async () => {
    const made = makeReader();
    made.reader.accept(eventOf({ anything: [1, 'two', null] }, { feed: 'plain', record: false }));
    expect(await counters(made)).toMatchObject({ free_form: 1, bad_events: 0, timelines: 0 });
  });
});

describe('what goes wrong', () => {
  it('is told in one line a minute for each feed, however often it happens', () => {
    const lines: unknown[][] = [];
    const log = { warn: (...line: unknown[]) => lines.push(line) } as unknown as Logger;
    const { reader, clock } = makeReader({ log, store: { maxFutureSec: 60 } });
    const send = (agent: string) => reader.accept(eventOf(blockOf([9999], { v: [1] }), { agent }));
    for (let i = 0; i < 100; i++) send('o.a');
    send('o.b');
    reader.accept(['nonsense'], 'o.c.feeds.x');
    expect(lines.map(([, text]) => String(text).slice(0, 30))).toEqual([
      'samples refused: their times a',
      'samples refused: their times a',
      'event ignored: event holds str',
    ]);
    expect(lines[1]![0]).toEqual({ feed: 'o.b.feeds.temps', block: 'block', rows: 1 });
    clock.advance(60);
    send('o.a');
    expect(lines).toHaveLength(4);
  });

  it('is counted for whoever asked to be told', () => {
    const counts: Record<string, number> = {};
    const { reader } = makeReader({ count: (what, n) => (counts[what] = (counts[what] ?? 0) + n) });
    reader.accept(eventOf(blockOf([1000, 1001], { v: [1, null], w: [1] })));
    reader.accept([]);
    expect(counts).toEqual({ events: 2, bad_events: 1, bad_fields: 1, absent: 1, samples: 1 });
  });
});
