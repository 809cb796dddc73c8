import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { allTime, collect, type Gap } from '@sisock/core';
import { type Logger, silentLogger } from '@sisock/runtime';
import { fakeClock, samplesOf, until } from '@sisock/testkit';
import fc from 'fast-check';
import { FeedLog, type FeedLogOptions, FeedReader } from '../src/index.js';
import { type LogIo, systemIo } from '../src/log/log-io.js';
import { blockOf, eventOf } from './events.js';

const feed = 'observatory.agent1.feeds.temps';
const timeline = `${feed}.block`;
const field = `${feed}.v`;
let directory: string;
let copies = 0;
let opened: FeedLog[];
let lines: { level: string; details: Record<string, unknown>; text: string }[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sisock-feed-log-'));
  opened = [];
  lines = [];
});
afterEach(async () => {
  for (const log of opened) await log.close();
  rmSync(directory, { recursive: true, force: true });
});

const log = (() => {
  const of = (level: string) => (details: Record<string, unknown>, text: string) =>
    lines.push({ level, details, text });
  return { ...silentLogger(), info: of('info'), warn: of('warn'), error: of('error'), child: () => log };
})() as unknown as Logger;

const dead = { pid: 4_000_001, isRunning: () => false };

interface Options extends Partial<FeedLogOptions> {
  readonly at?: string;
  readonly now?: number;
}

/** A node's reader with its log, as it is after its start. */
async function start({ at = join(directory, 'log'), now = 1000, ...rest }: Options = {}) {
  const clock = fakeClock(now);
  const monotonic = fakeClock(0);
  const feedLog = new FeedLog({
    ...{ directory: at, durability: 'none', syncIntervalSec: 0.01, maxBytes: 1e9, bufferSec: 3600, naming: 'full' },
    ...{ log, clock, monotonic, processes: dead, ...rest },
  });
  opened.push(feedLog);
  const reader = new FeedReader({ naming: 'full', clock, log, rowLog: feedLog, store: { bufferSec: 3600 } });
  const report = await feedLog.replay((rows, seen) => reader.restore(rows, seen));
  return { clock, reader, feedLog, report, at };
}
type Node = Awaited<ReturnType<typeof start>>;

/** The same node after kill -9: with what the operating system has of its files at this moment. */
function restart({ at, clock }: Node, options: Options = {}): Promise<Node> {
  const copy = join(directory, `copy${copies++}`);
  cpSync(at, copy, { recursive: true });
  return start({ at: copy, now: clock(), ...options });
}

const send = ({ reader }: Node, t: number[], v: unknown[] = t) => reader.accept(eventOf(blockOf(t, { v })));
const rowsOf = async ({ reader }: Node, name = timeline, fields = [field]) => {
  const { batches } = await collect(reader, { timeline: name, fields, range: allTime }, { maxRows: 1e6 });
  return fields.map((f) => samplesOf(batches, f));
};
const segments = (at: string) => readdirSync(at).filter((name) => name.endsWith('.log')).sort(); // prettier-ignore
const small = { limits: { segmentBytes: 400, tendEveryMs: 5 } };

describe('a restart', () => {
  it('after kill -9: what a reader has seen is there again, under the same names and with the same types', async () => {
    const node = await start();
    node.reader.accept(eventOf(blockOf([1000], { v: [1.5], s: ['a'], b: [true], i: [2n ** 60n] })));
    node.reader.accept(eventOf(blockOf([1001], { v: [NaN], s: ['b'], b: [false] })));
    node.reader.accept(eventOf(blockOf([1001], { v: [7] }, 'other')));
    const names = ['v', 's', 'b', 'i'].map((own) => `${feed}.${own}`);
    const before = await rowsOf(node, timeline, names);
    const again = await restart(node);
    expect(await rowsOf(again, timeline, names)).toEqual(before);
    expect(await again.reader.catalog(allTime)).toEqual(await node.reader.catalog(allTime));
    expect(await rowsOf(again, `${feed}.other`, [`${feed}.v_01`])).toEqual([[[1001, 7]]]);
    expect((await again.reader.health()).agents).toMatchObject([{ address: 'observatory.agent1', lastSeen: 1000 }]);
    expect(again.report.rows).toBe(3);
  });

  it('of a run that received nothing: its cursors hold in the next one', async () => {
    const node = await start();
    send(node, [1000], [0]);
    node.feedLog.settled();
    const silent = await restart(await restart(node));
    const query = { timeline, fields: [field], range: { start: 0, end: 1e9 }, maxSamples: 10 };
    const { cursor } = await silent.reader.read(query);
    const again = await restart(silent);
    send(again, [1000], [1]);
    const { batches } = await again.reader.read({ ...query, cursor });
    expect(samplesOf(batches, field)).toEqual([[1000, 1]]);
  });

  it('any events in any order, files compacted or not, restarts in between: the same rows, cursors go on', async () => {
    const event = fc.record({
      kind: fc.constantFrom('row', 'row', 'rows', 'late', 'again', 'text', 'restart', 'compact', 'read'),
      x: fc.nat(50),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 40 }), async (events) => {
        const at = join(directory, `any${copies++}`);
        let node = await start({ at, ...small });
        const control = new FeedReader({ naming: 'full', clock: node.clock, log, store: { bufferSec: 3600 } });
        let now = 1000;
        const both = (t: number[], v: unknown[]) => {
          for (const reader of [control, node.reader]) reader.accept(eventOf(blockOf(t, { v })));
        };
        both([now], [0]);
        let cursor: string | undefined;
        const told: unknown[] = [];
        const range = { start: 0, end: 1e9 };
        const readOn = async (max: number) => {
          const query = { timeline, fields: [field], range, maxSamples: max, ...(cursor && { cursor }) };
          const chunk = await node.reader.read(query);
          told.push(...samplesOf(chunk.batches, field));
          cursor = chunk.cursor;
          return chunk;
        };
        for (const { kind, x } of events) {
          if (kind === 'row') both([++now], [x]);
          else if (kind === 'rows') both([now + 3, now + 1, now + 2], [x, 1, 2]);
          else if (kind === 'late') both([now - x], [x / 3]);
          else if (kind === 'again') both([now], [x % 2]);
          else if (kind === 'text') both([++now], [`t${x}`]);
          else if (kind === 'read') await readOn(1 + (x % 5));
          else if (kind === 'compact') await node.feedLog.compacted();
          else {
            node.feedLog.settled();
            node = await restart(node, small);
          }
          if (kind === 'rows') now += 3;
        }
        const query = { timeline, fields: [field], range: allTime };
        const expected = samplesOf((await collect(control, query, { maxRows: 1e6 })).batches, field);
        expect((await rowsOf(node))[0]).toEqual(expected);
        while (!(await readOn(7)).done);
        const sorted = (rows: unknown[]) => rows.map((row) => JSON.stringify(row)).sort();
        expect(sorted(told)).toEqual(sorted(expected));
        for (const one of opened.splice(0)) await one.close();
      }),
      { numRuns: 150 },
    );
  });

  it('a follower with a cursor of the former run goes on: no hole, no double, no gap', async () => {
    const node = await start();
    send(node, [1000, 1001]);
    const { cursor } = await node.reader.read({ timeline, fields: [field], range: allTime, maxSamples: 9 });
    send(node, [1002]);
    node.feedLog.settled();
    const again = await restart(node);
    send(again, [1003]);
    const controller = new AbortController();
    const got: unknown[] = [];
    for await (const part of again.reader.follow({ timeline, fields: [field], after: cursor }, controller.signal)) {
      got.push(...('gap' in part ? [part] : samplesOf(part.batches, field)));
      if (got.length === 2) break;
    }
    controller.abort();
    expect(got).toEqual([[1002, 1002], [1003, 1003]]); // prettier-ignore
  });

  it('a follower that was told more than the disk has kept is told a gap', async () => {
    const node = await start();
    send(node, [1000]);
    node.feedLog.settled();
    const kept = statSync(join(node.at, segments(node.at)[0]!)).size;
    send(node, [1001]);
    const { cursor } = await node.reader.read({ timeline, fields: [field], range: allTime, maxSamples: 9 });
    truncateSync(join(node.at, segments(node.at)[0]!), kept);
    const again = await restart(node);
    send(again, [1002]);
    send(again, [1003]);
    const controller = new AbortController();
    const got: (Gap | unknown)[] = [];
    for await (const part of again.reader.follow({ timeline, fields: [field], after: cursor }, controller.signal)) {
      got.push('gap' in part ? 'gap' : samplesOf(part.batches, field).map(([t]) => t));
      if (got.length === 2) break;
    }
    controller.abort();
    expect(got).toEqual(['gap', [1002, 1003]]);
  });

  it('the revision and what was final stay known', async () => {
    const node = await start();
    send(node, [990, 1000]);
    const read = (one: Node) => one.reader.read({ timeline, fields: [field], range: allTime, maxSamples: 9 });
    const first = await read(node);
    send(node, [991]);
    const second = await read(node);
    expect(second.revision).not.toBe(first.revision);
    const again = await restart(node);
    expect((await read(again)).revision).toBe(second.revision);
    send(again, [992]);
    expect((await read(again)).revision).not.toBe(second.revision);
  });

  it('rows older than the buffer are not taken again', async () => {
    const node = await start();
    send(node, [1000]);
    send(node, [3000]);
    node.feedLog.settled();
    expect((await rowsOf(await restart(node, { now: 5000 })))[0]).toEqual([[3000, 3000]]);
  });
});

describe('durability', () => {
  /** Syncs end when they are told to. */
  function heldIo() {
    const waiting: (() => void)[] = [];
    const io: LogIo = { ...systemIo, sync: () => new Promise<void>((resolve) => void waiting.push(resolve)) };
    return { io, waiting };
  }

  it('each: a row is shown when it is on the disk, and many share one sync', async () => {
    const { io, waiting } = heldIo();
    const node = await start({ io, durability: 'each' });
    send(node, [1000]);
    let answers = 0;
    const ask = () => rowsOf(node).then(([rows]) => (answers++, rows!.length));
    const first = ask();
    await until(async () => waiting.length === 1);
    send(node, [1001]);
    const more = [ask(), ask(), ask()];
    await new Promise((resolve) => setImmediate(resolve));
    expect([answers, waiting.length]).toEqual([0, 1]);
    waiting.shift()!();
    await until(async () => waiting.length === 1);
    expect([answers, await first]).toEqual([1, 1]);
    waiting.shift()!();
    expect(await Promise.all(more)).toEqual([2, 2, 2]);
    expect(waiting).toEqual([]);
    expect(await ask()).toBe(2);
    await node.feedLog.close().then(() => undefined, () => undefined); // prettier-ignore
  });

  it('none and interval: a row is written when it is shown; interval syncs it soon', async () => {
    const { io, waiting } = heldIo();
    const node = await start({ io, durability: 'interval' });
    send(node, [1000]);
    expect((await rowsOf(node))[0]).toHaveLength(1);
    await until(async () => waiting.length === 1);
    expect((await rowsOf(await restart(node)))[0]).toHaveLength(1);
    waiting.shift()!();
    const none = await start({ at: join(directory, 'none'), io: { ...systemIo, sync: () => Promise.reject(new Error('asked')) } }); // prettier-ignore
    send(none, [1000]);
    expect((await restart(none)).report.rows).toBe(0);
    await rowsOf(none);
    expect((await rowsOf(await restart(none)))[0]).toHaveLength(1);
    expect(lines.filter(({ level }) => level !== 'info')).toEqual([]);
  });
});

describe('damage', () => {
  it('a torn tail: what stands before is there, what is lost is told once, and the log goes on', async () => {
    const node = await start();
    for (let t = 1000; t < 1010; t++) {
      send(node, [t]);
      node.feedLog.settled();
    }
    const [name] = segments(node.at);
    const path = join(node.at, name!);
    truncateSync(path, statSync(path).size - 5);
    const again = await restart(node);
    expect((await rowsOf(again))[0]).toHaveLength(9);
    const told = lines.filter(({ level }) => level === 'warn');
    expect(told).toHaveLength(1);
    expect(told[0]!.details).toMatchObject({ offset: expect.any(Number), file: expect.stringContaining(name!) });
    send(again, [1010]);
    await rowsOf(again);
    await again.feedLog.compacted();
    const third = await restart(again);
    expect((await rowsOf(third))[0]!.map(([t]) => t)).toEqual([1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1010]); // prettier-ignore
    expect(lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
  });

  it('a file that is none of ours is put aside, not lost; a compaction that was cut short is cleared away', async () => {
    const at = join(directory, 'log');
    const node = await start();
    send(node, [1000]);
    await rowsOf(node);
    await node.feedLog.close();
    writeFileSync(join(at, '0000000002.log'), 'a letter home');
    writeFileSync(join(at, '0000000001.log.tmp'), 'half');
    const again = await start();
    await again.feedLog.compacted();
    expect((await rowsOf(again))[0]).toHaveLength(1);
    expect(readFileSync(join(at, '0000000002.log.damaged'), 'utf8')).toBe('a letter home');
    expect(readdirSync(at).some((name) => name.endsWith('.tmp'))).toBe(false);
  });
});

describe('a full disk', () => {
  it('serving goes on, it is told once, and the log goes on by itself with nothing half-written', async () => {
    let room = 1000;
    const io: LogIo = {
      ...systemIo,
      write: (fd, bytes, position) => {
        const n = Math.min(room, bytes.length);
        room -= n;
        if (n > 0) return systemIo.write(fd, bytes.subarray(0, n), position);
        throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
      },
    };
    const node = await start({ io, limits: { tendEveryMs: 5, maxPendingBytes: 2000 } });
    for (let t = 1000; t < 1200; t++) {
      send(node, [t]);
      expect((await rowsOf(node))[0]).toHaveLength(t - 999);
    }
    expect(node.feedLog.isStalled).toBe(true);
    expect(await node.reader.health()).toMatchObject({
      ok: false,
      message: `feed log ${node.at} can't be written: ENOSPC; make room`,
    });
    const dropped = node.feedLog.counters['log_dropped']!;
    expect(dropped).toBeGreaterThan(0);
    expect(lines.filter(({ level }) => level === 'warn').map(({ details }) => details['code'])).toEqual(['ENOSPC']);
    const within = await restart(node);
    expect(within.report.damaged).toEqual([]);
    room = 1e9;
    await until(async () => !node.feedLog.isStalled);
    expect((await node.reader.health()).ok).toBe(true);
    send(node, [1200]);
    await rowsOf(node);
    expect(lines.at(-1)!.details).toMatchObject({ rowsNotKept: dropped });
    const again = await restart(node);
    expect(again.report.damaged).toEqual([]);
    expect((await rowsOf(again))[0]).toHaveLength(201 - dropped);
  });
});

describe('the directory', () => {
  it('is of one process alone, as long as that lives', async () => {
    await start({ processes: { pid: 1, isRunning: () => true } });
    const second = start({ processes: { pid: 4_000_002, isRunning: () => true } });
    await expect(second).rejects.toMatchObject({ code: 'bad_setting', message: expect.stringContaining('process 1') });
    await start({ processes: { pid: 4_000_002, isRunning: () => false } });
  });

  it('that is a file is refused', async () => {
    writeFileSync(join(directory, 'file'), '');
    await expect(start({ at: join(directory, 'file') })).rejects.toMatchObject({ code: 'bad_setting' });
  });

  it('is kept within its bytes, and rid of what is older than the buffer', async () => {
    const node = await start({ ...small, maxBytes: 3000 });
    for (let t = 1000; t < 1400; t++) {
      send(node, [t]);
      node.feedLog.settled();
    }
    await node.feedLog.compacted();
    await until(async () => node.feedLog.counters['log_bytes']! <= 3000);
    expect(segments(node.at).reduce((sum, name) => sum + statSync(join(node.at, name)).size, 0)).toBeLessThanOrEqual(3000); // prettier-ignore
    const again = await restart(node);
    const [rows] = await rowsOf(again);
    expect(rows!.at(-1)).toEqual([1399, 1399]);
    expect(rows![0]![0]).toBeGreaterThan(1000);
  });
});
