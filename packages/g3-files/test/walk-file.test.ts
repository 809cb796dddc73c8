import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { walkFile } from '@sisock/g3-files';
import { all, codeOf, fixture, scratch } from './support/files.js';

const plain = readFileSync(fixture('v2_basic.g3'));

async function places(path: string, options = {}) {
  const { steps, end } = await all(walkFile(path, options));
  return { frames: steps.map(({ offset, length, type }) => [offset, length, type]), end };
}

describe('walkFile', () => {
  it.each(['v2_basic_gz.g3.gz', 'v2_basic_bz2.g3.bz2'])(
    'gives the frames of %s as those of the plain file',
    async (name) => {
      const unpacked = await places(fixture('v2_basic.g3'));
      expect(unpacked.frames).toHaveLength(10);
      expect(unpacked.end).toBeNull();
      expect(await places(fixture(name))).toEqual(unpacked);
    },
  );

  it('reads in pieces of any size', async () => {
    const whole = await places(fixture('v2_basic.g3'));
    for (const pieceBytes of [3, 100, 4096]) {
      expect(await places(fixture('v2_basic.g3'), { pieceBytes })).toEqual(whole);
      expect(await places(fixture('v2_basic_gz.g3.gz'), { pieceBytes })).toEqual(whole);
      expect(await places(fixture('v2_basic_bz2.g3.bz2'), { pieceBytes })).toEqual(whole);
    }
  });

  it('begins at any frame', async () => {
    const { frames } = await places(fixture('v2_basic.g3'));
    const from = frames[3]![0] as number;
    expect((await places(fixture('v2_basic.g3'), { from })).frames).toEqual(frames.slice(3));
    expect(await codeOf(places(fixture('v2_basic_gz.g3.gz'), { from }))).toBe('bad_request');
    expect(await codeOf(places(fixture('v2_basic.g3'), { from: -1 }))).toBe('bad_request');
  });

  it('reads gzip of several members and bzip2 of several streams as one file', async () => {
    const path = scratch('a.g3.gz');
    writeFileSync(path, Buffer.concat([gzipSync(plain.subarray(0, 1000)), gzipSync(plain.subarray(1000))]));
    expect((await places(path)).frames).toHaveLength(10);
    const twice = scratch('a.g3.bz2');
    const bz2 = readFileSync(fixture('v2_basic_bz2.g3.bz2'));
    writeFileSync(twice, Buffer.concat([bz2, bz2]));
    const { frames, end } = await places(twice);
    expect(frames).toHaveLength(20);
    expect(end).toBeNull();
  });

  it.each(['v2_basic_gz.g3.gz', 'v2_basic_bz2.g3.bz2'])(
    'keeps the frames before the cut of %s, wherever it is',
    async (name) => {
      const bytes = readFileSync(fixture(name));
      const path = scratch(name);
      for (let cut = 0; cut < bytes.length; cut += 41) {
        writeFileSync(path, bytes.subarray(0, cut));
        const { frames, end } = await places(path);
        expect(frames.length).toBeLessThanOrEqual(10);
        expect(end?.kind).toBe('truncated');
      }
    },
  );

  it.each(['v2_basic_gz.g3.gz', 'v2_basic_bz2.g3.bz2'])(
    'names flipped bits of %s, or reads what was there',
    async (name) => {
      const bytes = readFileSync(fixture(name));
      const whole = await places(fixture(name));
      const path = scratch(name);
      let named = 0;
      for (let at = 0; at < bytes.length; at += 53) {
        const flipped = Uint8Array.from(bytes);
        flipped[at]! ^= 1 << (at % 8);
        writeFileSync(path, flipped);
        const { frames, end } = await places(path);
        if (end === null) expect(frames).toEqual(whole.frames);
        else named++;
      }
      expect(named).toBeGreaterThan(bytes.length / 53 / 2);
    },
  );

  it('says that a plain file is cut', async () => {
    const path = scratch();
    writeFileSync(path, plain.subarray(0, plain.length - 1));
    const { frames, end } = await places(path);
    expect(frames).toHaveLength(9);
    expect(end).toMatchObject({ kind: 'truncated', code: 'bad_data' });
  });

  it('finds nothing wrong with an empty file', async () => {
    const path = scratch();
    writeFileSync(path, '');
    expect(await places(path)).toEqual({ frames: [], end: null });
  });

  it('refuses what can not be read, and says why', async () => {
    const fifo = scratch('fifo.g3');
    execFileSync('mkfifo', [fifo]);
    expect(await codeOf(places(fifo))).toBe('bad_request');
    expect(await codeOf(places(dirname(fifo)))).toBe('bad_request');
    expect(await codeOf(places(`${fifo}.not`))).toBe('not_found');
    expect(await codeOf(places(`${fifo}/below`))).toBe('not_found');
    expect(await codeOf(places('a\0b.g3'))).toBe('bad_request');
    const xz = scratch('a.g3.xz');
    writeFileSync(xz, 'x');
    await expect(places(xz)).rejects.toMatchObject({ code: 'bad_request', message: expect.stringContaining('xz -d') });
  });

  it('stops when it is cancelled', async () => {
    const controller = new AbortController();
    const walk = walkFile(fixture('v2_basic.g3'), { signal: controller.signal, pieceBytes: 500 });
    await walk.next();
    controller.abort();
    expect(await codeOf(all(walk))).toBe('cancelled');
    const gz = walkFile(fixture('v2_basic_gz.g3.gz'), { signal: controller.signal });
    expect(await codeOf(all(gz))).toBe('cancelled');
  });
});
