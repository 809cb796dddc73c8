import { appendFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { writeFrame } from '@sisock/codecs/g3';
import { type FileIndexStep, indexFile, type IndexOptions } from '@sisock/g3-files';
import { all, codeOf, data, fixture, scratch, session, status } from './support/files.js';

/** The whole index of a file in one. */
async function index(path: string, options: IndexOptions = {}) {
  const { steps, end } = await all(indexFile(path, options));
  const both: FileIndexStep[] = [...steps, end];
  return { ...end, steps: steps.length, blocks: both.flatMap((s) => s.blocks), passed: both.flatMap((s) => s.passed) };
}

describe('indexFile', () => {
  it('tells feed, place, times and fields of every block', async () => {
    const { blocks, goodOffset, damage, passed, state } = await index(fixture('v2_basic.g3'));
    expect(blocks).toHaveLength(12);
    expect(blocks[0]).toMatchObject({
      feed: 'observatory.LSA22YE.feeds.temperatures',
      block: 'temps',
      providerId: 0n,
      offset: 1090,
      index: 0,
      minTick: 157783700000000000n,
      rising: true,
    });
    expect(blocks[0]!.fields.size).toBe(3);
    expect([goodOffset, damage, passed]).toEqual([9606, null, []]);
    expect(state.providers.map(([, feed]) => feed)).toContain('observatory.psu1.feeds.psu_output');
  });

  it('goes on where an earlier step ended as if it had read all at once', async () => {
    const whole = await index(fixture('v2_multi.g3'));
    const { steps, end } = await all(indexFile(fixture('v2_multi.g3'), { stepBytes: 1, pieceBytes: 300 }));
    expect(steps.length).toBeGreaterThan(5);
    expect([...steps, end].flatMap((s) => s.blocks)).toEqual(whole.blocks);
    for (const [i, step] of steps.entries()) {
      const from = { offset: step.goodOffset, state: JSON.parse(JSON.stringify(step.state)) as typeof step.state };
      const rest = await index(fixture('v2_multi.g3'), { from });
      expect([...steps.slice(0, i + 1).flatMap((s) => s.blocks), ...rest.blocks]).toEqual(whole.blocks);
      expect(rest.state).toEqual(whole.state);
    }
  });

  it('reads only what was appended', async () => {
    const path = scratch();
    writeFileSync(path, Buffer.concat([session, status, data(100)]));
    const first = await index(path);
    appendFileSync(path, data(200));
    const { blocks } = await index(path, { from: { offset: first.goodOffset, state: first.state } });
    expect(blocks.map(({ offset, minTick }) => [offset, minTick])).toEqual([[first.goodOffset, 20_000_000_000n]]);
    expect(await index(path, { from: { offset: 10_000_000, state: first.state } })).toMatchObject({ blocks: [] });
  });

  it('passes over whole frames that can not be used, and goes on behind them', async () => {
    const path = scratch();
    const broken = writeFrame(
      'H',
      new Map([
        ['hkagg_type', new Uint8Array(3)],
        ['blocks', new Uint8Array(0)],
      ]),
    );
    const foreign = writeFrame('T', new Map([['x', new Uint8Array(3)]]));
    const parts = [session, status, data(100), data(200, 10, 9n), data(300, 10, 0n, 6n), broken, foreign, data(400)];
    writeFileSync(path, Buffer.concat(parts));
    const { blocks, passed, damage, goodOffset } = await index(path);
    expect(blocks.map(({ minTick }) => minTick)).toEqual([10_000_000_000n, 40_000_000_000n]);
    expect(passed.map(({ kind, offset }) => [kind, offset])).toEqual([
      ['schema', offsetOf(parts, 3)],
      ['schema', offsetOf(parts, 4)],
      ['structure', offsetOf(parts, 5)],
    ]);
    expect([damage, goodOffset]).toEqual([null, offsetOf(parts, parts.length)]);
  });

  it('forgets providers behind a status frame that can not be used', async () => {
    const path = scratch();
    const lost = writeFrame('H', new Map([['hkagg_type', new Uint8Array(3)]]));
    writeFileSync(path, Buffer.concat([session, status, lost, data(100), status, data(200)]));
    const { blocks, passed } = await index(path);
    expect(blocks.map(({ minTick }) => minTick)).toEqual([20_000_000_000n]);
    expect(passed).toHaveLength(2);
  });

  it('passes over a frame above the limit', async () => {
    const path = scratch();
    writeFileSync(path, Buffer.concat([session, status, data(100, 1000), data(2000)]));
    const { blocks, passed, damage } = await index(path, { limits: { frameBytes: 4000 } });
    expect(blocks).toHaveLength(1);
    expect(passed.map(({ kind }) => kind)).toEqual(['too_large']);
    expect(damage).toBeNull();
  });

  it('keeps every frame before a cut at any byte', async () => {
    const parts = [session, status, data(100), data(200)];
    const bytes = Buffer.concat(parts);
    const ends = [0, 1, 2, 3, 4].map((n) => offsetOf(parts, n));
    const path = scratch();
    for (let cut = 0; cut <= bytes.length; cut += 3) {
      writeFileSync(path, bytes.subarray(0, cut));
      const { goodOffset, damage, blocks } = await index(path);
      const good = Math.max(...ends.filter((end) => end <= cut));
      expect(goodOffset).toBe(good);
      expect(damage?.kind).toBe(good === cut ? undefined : 'truncated');
      expect(blocks).toHaveLength(Math.max(0, ends.indexOf(good) - 2));
    }
  });

  it('ends at a frame whose CRC is wrong', async () => {
    const parts = [session, status, data(100), data(200), data(300)];
    const bytes = Buffer.concat(parts);
    bytes[offsetOf(parts, 4) - 10]! ^= 4;
    const path = scratch();
    writeFileSync(path, bytes);
    const { blocks, damage, goodOffset } = await index(path);
    expect(blocks).toHaveLength(1);
    expect(damage).toMatchObject({ kind: 'crc', offset: offsetOf(parts, 3) });
    expect(goodOffset).toBe(offsetOf(parts, 3));
  });

  it('gives frames that are alike one map of fields', async () => {
    const path = scratch();
    writeFileSync(path, Buffer.concat([session, status, data(100), data(200)]));
    const { blocks } = await index(path);
    expect(blocks[1]!.fields).toBe(blocks[0]!.fields);
  });

  it('refuses compressed files and offsets that can not be', async () => {
    expect(await codeOf(index(fixture('v2_basic_gz.g3.gz')))).toBe('bad_request');
    const from = { offset: 1.5, state: { sessionId: null, providers: [] } };
    expect(await codeOf(index(fixture('v2_basic.g3'), { from }))).toBe('bad_request');
  });

  it('stops when it is cancelled', async () => {
    const signal = AbortSignal.abort();
    expect(await codeOf(index(fixture('v2_basic.g3'), { signal }))).toBe('cancelled');
  });
});

function offsetOf(parts: readonly Uint8Array[], n: number): number {
  return parts.slice(0, n).reduce((sum, { length }) => sum + length, 0);
}
