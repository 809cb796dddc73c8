import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { type Logger, silentLogger } from '@sisock/runtime';
import { Aggregator, type AggregatorOptions } from '../src/demo/aggregator/aggregator.js';
import { filesBelow, framesOf, outline, samplesIn } from './g3-tree.js';

const begin = 1_795_186_957;
let directory: string;
let lines: string[];
let log: Logger;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sisock-aggregator-'));
  lines = [];
  const told = (_details: object, text: string) => void lines.push(text);
  log = { ...silentLogger(), error: told, warn: told } as unknown as Logger;
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const aggregator = (options: Partial<AggregatorOptions> = {}) =>
  new Aggregator(5n, begin, { directory, timePerFile: 3600, log, ...options });

const address = 'observatory.one.feeds.temps';

/** The arguments of an event: one block `b` unless `blocks` says otherwise. */
function event(
  times: readonly number[],
  data: Readonly<Record<string, readonly unknown[]>> = { x: times },
  info: object = {},
): readonly unknown[] {
  return [[{ b: { block_name: 'b', data, timestamps: times } }, feedInfo(info)]];
}

function feedInfo(info: object) {
  const feed = { address, agent_address: 'observatory.one', feed_name: 'temps', record: true, session_id: 's1' };
  return { ...feed, agg_params: { frame_length: 60 }, ...info };
}

const allFrames = () => filesBelow(directory).map(framesOf);

describe('the aggregator', () => {
  it("writes into OCS's layout: session, status, then a data frame a provider every frame length", async () => {
    const agg = aggregator();
    for (let t = begin; t <= begin + 130; t++) {
      agg.accept(event([t]), address, t);
      await agg.tick(t);
    }
    expect(filesBelow(directory).map((path) => relative(directory, path))).toEqual([`17951/${begin}.g3`]);
    const expected = ['session', `status 0=${address}`, 'data 0 b(x)x62', 'data 0 b(x)x62'];
    expect(outline(allFrames()[0]!)).toEqual(expected);
    await agg.close(begin + 131);
    expect(outline(allFrames()[0]!)).toEqual([...expected, 'data 0 b(x)x7']);
    const whole = Array.from({ length: 131 }, (_, i) => [begin + i, begin + i]);
    expect(samplesIn(allFrames()[0]!, 'x')).toEqual(whole);
    expect(agg.counts).toEqual({ samples: 131, frames: 3, ignored: 0 });
    expect(framesOf(filesBelow(directory)[0]!)[2]).toMatchObject({
      sessionId: 5n,
      providerId: 0n,
      address,
      providerSessionId: 's1',
      version: 2,
    });
  });

  it('leaves alone what is not recorded, is excluded, or is no event', async () => {
    const agg = aggregator();
    agg.accept(event([begin], undefined, { record: false }), address, begin);
    agg.accept(event([begin], undefined, { agg_params: { exclude_aggregator: true } }), address, begin);
    agg.accept([[{ acq: 3 }, feedInfo({ feed_name: 'heartbeat' })]], 'observatory.one.feeds.heartbeat', begin);
    agg.accept(['nonsense'], address, begin);
    agg.accept(event([1e300]), address, begin);
    await agg.close(begin);
    expect(agg.counts).toEqual({ samples: 0, frames: 0, ignored: 5 });
    expect(filesBelow(directory)).toEqual([]);
  });

  it('keeps types, and spells fields as OCS does', async () => {
    const agg = aggregator();
    const data = {
      'Channel 01': [1.5, NaN],
      Channel_01: [3, 4],
      '2nd!': ['on', 'off'],
      on: [true, false],
      big: [2n ** 60n, -1n],
    };
    agg.accept(event([begin, begin + 0.25], data), address, begin);
    await agg.close(begin);
    const frames = allFrames()[0]!;
    expect(samplesIn(frames, 'Channel_01')).toEqual([
      [begin, 1.5],
      [begin + 0.25, NaN],
    ]);
    expect(samplesIn(frames, 'Channel_01_01').map(([, v]) => v)).toEqual([3, 4]);
    expect(samplesIn(frames, 'nd').map(([, v]) => v)).toEqual(['on', 'off']);
    expect(samplesIn(frames, 'on').map(([, v]) => v)).toEqual([true, false]);
    expect(samplesIn(frames, 'big').map(([, v]) => v)).toEqual([2n ** 60n, -1n]);
  });

  it('begins another frame where the fields or kinds of a block change', async () => {
    const agg = aggregator();
    agg.accept(event([begin]), address, begin);
    agg.accept(event([begin + 1], { x: [1], y: [2] }), address, begin);
    agg.accept(event([begin + 2], { x: ['text'], y: [2] }), address, begin);
    await agg.close(begin);
    expect(outline(allFrames()[0]!).slice(2)).toEqual(['data 0 b(x)x1', 'data 0 b(x,y)x1', 'data 0 b(x,y)x1']);
  });

  it('cuts a frame that grows too large', async () => {
    const agg = aggregator();
    const times = Array.from({ length: 300_000 }, (_, i) => begin + i / 1e4);
    agg.accept(event(times), address, begin);
    agg.accept(event([begin + 40]), address, begin);
    await agg.tick(begin);
    expect(outline(allFrames()[0]!).slice(2)).toEqual(['data 0 b(x)x300000']);
    await agg.close(begin);
  });

  it('begins a file every so often, with session and the providers of that time', async () => {
    const agg = aggregator({ timePerFile: 100 });
    for (let t = begin; t <= begin + 250; t += 10) {
      agg.accept(event([t]), address, t);
      await agg.tick(t);
    }
    await agg.close(begin + 250);
    const files = allFrames();
    expect(files).toHaveLength(2);
    for (const frames of files) expect(outline(frames).slice(0, 2)).toEqual(['session', `status 0=${address}`]);
    expect(samplesIn(files.flat(), 'x')).toHaveLength(26);
  });

  it('never writes into a file that is there', async () => {
    mkdirSync(join(directory, '17951'));
    writeFileSync(join(directory, '17951', `${begin}.g3`), 'mine');
    const agg = aggregator();
    agg.accept(event([begin]), address, begin);
    await agg.close(begin);
    expect(filesBelow(directory).map((path) => relative(directory, path))).toEqual([
      `17951/${begin}.g3`,
      `17951/${begin + 1}.g3`,
    ]);
    expect(outline(framesOf(filesBelow(directory)[1]!))).toHaveLength(3);
  });

  it('gives an agent that was started again another provider, and one that was silent too', async () => {
    const agg = aggregator();
    agg.accept(event([begin]), address, begin);
    await agg.tick(begin);
    agg.accept(event([begin + 10], undefined, { session_id: 's2' }), address, begin + 10);
    await agg.tick(begin + 10);
    agg.accept(event([begin + 185], undefined, { session_id: 's2' }), address, begin + 185);
    await agg.tick(begin + 185);
    agg.accept(event([begin + 500], undefined, { session_id: 's2' }), address, begin + 500);
    await agg.tick(begin + 400);
    await agg.tick(begin + 800);
    agg.accept(event([begin + 801], undefined, { session_id: 's2' }), address, begin + 801);
    await agg.close(begin + 801);
    expect(outline(allFrames()[0]!)).toEqual([
      'session',
      `status 0=${address}`,
      `status 0=${address} 1=${address}`,
      'data 0 b(x)x1',
      'data 1 b(x)x2',
      `status 1=${address}`,
      'data 1 b(x)x1',
      `status 2=${address}`,
      'data 2 b(x)x1',
    ]);
  });

  it('keeps what a disk does not take, with one line, and writes it when it can', async () => {
    const blocked = join(directory, '17951');
    writeFileSync(blocked, 'a file where a directory is needed');
    const agg = aggregator();
    for (let t = begin; t < begin + 5; t++) {
      agg.accept(event([t], undefined, { agg_params: { frame_length: 0.5 } }), address, t);
      await agg.tick(t + 1);
    }
    expect(lines).toEqual([expect.stringContaining("can't be written (EEXIST)")]);
    expect(agg.writer.problem).toMatch(/^g3 files can't be written below .*: EEXIST; /);
    rmSync(blocked);
    await agg.tick(begin + 6);
    expect(agg.writer.problem).toBeNull();
    await agg.close(begin + 7);
    expect(lines[1]).toBe('g3 files are written again');
    expect(samplesIn(allFrames()[0]!, 'x')).toHaveLength(5);
    expect(filesBelow(directory)).toHaveLength(1);
  });

  it('gives up the oldest data when the disk takes nothing for too long', async () => {
    writeFileSync(join(directory, '17951'), '');
    const agg = aggregator({ maxWaiting: 3000 });
    for (let t = begin; t < begin + 20; t++) {
      agg.accept(event([t], undefined, { agg_params: { frame_length: 0.5 } }), address, t);
      await agg.tick(t + 1);
    }
    expect(agg.writer.lost).toBeGreaterThan(0);
    rmSync(join(directory, '17951'));
    await agg.close(begin + 21);
    const kept = samplesIn(allFrames()[0]!, 'x').map(([t]) => t);
    expect(kept).toHaveLength(20 - agg.writer.lost);
    expect(kept.at(-1)).toBe(begin + 19);
  });

  it('goes on in another file when its own was removed', async () => {
    const agg = aggregator();
    agg.accept(event([begin]), address, begin);
    await agg.tick(begin, true);
    for (const path of filesBelow(directory)) rmSync(path);
    agg.accept(event([begin + 1]), address, begin + 1);
    await agg.close(begin + 1);
    expect(outline(allFrames()[0]!)).toEqual(['session', `status 0=${address}`, 'data 0 b(x)x1']);
  });
});
