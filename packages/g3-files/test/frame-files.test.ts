import { renameSync, truncateSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from '@jest/globals';
import { decodeHk } from '@sisock/codecs/g3';
import { FrameFiles, type FrameFilesOptions } from '@sisock/g3-files';
import { codeOf, data, fixture, scratch, session, status } from './support/files.js';

const parts = [session, status, data(100), data(200), data(300)];
const places = parts.map(({ length }, i) => {
  return { offset: parts.slice(0, i).reduce((sum, part) => sum + part.length, 0), length };
});

let opened: FrameFiles[] = [];
afterEach(async () => {
  await Promise.all(opened.map((files) => files.close()));
  opened = [];
});

function open(options: FrameFilesOptions = {}): FrameFiles {
  const files = new FrameFiles(options);
  opened.push(files);
  return files;
}

function written(frames: readonly Uint8Array[] = parts): string {
  const path = scratch();
  writeFileSync(path, Buffer.concat(frames));
  return path;
}

function firstValue(frame: Parameters<typeof decodeHk>[0]): unknown {
  const hk = decodeHk(frame);
  return hk.kind === 'data' ? hk.blocks[0]!.columns.get('f')!.v[0] : hk.kind;
}

describe('FrameFiles', () => {
  it('reads one frame', async () => {
    const { offset, length } = places[3]!;
    const frame = await open().frame(written(), offset, length);
    expect([frame.offset, firstValue(frame)]).toEqual([offset, 200]);
  });

  it.each([
    ['at once', {}],
    ['one by one', { readBytes: 1 }],
    ['where they touch', { gapBytes: 0 }],
  ])('gives frames in the order asked for, read %s', async (_how, options) => {
    const asked = [4, 0, 2, 2].map((i) => places[i]!);
    const frames = await open(options).frames(written(), asked);
    expect(frames.map(firstValue)).toEqual([300, 'session', 100, 100]);
    expect(await open(options).frames(written(), [])).toEqual([]);
  });

  it('reads the file that stands there now', async () => {
    const files = open();
    const path = written();
    await files.frame(path, 0, session.length);
    const other = written([data(700)]);
    renameSync(other, path);
    expect(firstValue(await files.frame(path, 0, data(700).length))).toBe(700);
    expect(files.openFiles).toBe(1);
  });

  it('names frames that are not there any more', async () => {
    const files = open();
    const path = written();
    const { offset, length } = places[4]!;
    await files.frame(path, offset, length);
    truncateSync(path, offset + 10);
    await expect(files.frame(path, offset, length)).rejects.toMatchObject({ kind: 'truncated', offset });
    await expect(files.frame(path, places[3]!.offset + 1, length)).rejects.toMatchObject({ code: 'bad_data' });
    writeFileSync(path, '');
    await expect(files.frames(path, places)).rejects.toMatchObject({ kind: 'truncated' });
  });

  it('refuses places that can not be, without reading', async () => {
    const files = open({ limits: { frameBytes: 1000 } });
    const path = written();
    for (const [offset, length] of [
      [-1, 5],
      [0, 0],
      [0.5, 5],
      [NaN, 5],
      [2 ** 53, 5],
    ] as const) {
      expect(await codeOf(files.frame(path, offset, length))).toBe('bad_request');
    }
    await expect(files.frame(path, 0, 2 ** 40)).rejects.toMatchObject({ kind: 'too_large' });
    expect(await codeOf(files.frame(fixture('v2_basic_gz.g3.gz'), 0, 20))).toBe('bad_request');
    expect(await codeOf(files.frame(`${path}.not`, 0, 20))).toBe('not_found');
    expect(await codeOf(files.frame(path, 0, session.length, AbortSignal.abort()))).toBe('cancelled');
  });

  it('never holds more files open than allowed, however many are asked at once', async () => {
    const files = open({ maxOpen: 2 });
    const paths = Array.from({ length: 6 }, () => written());
    const seen: number[] = [];
    const asked = [...paths, ...paths, ...paths].map(async (path) => {
      const frame = await files.frame(path, 0, session.length);
      seen.push(files.openFiles);
      return firstValue(frame);
    });
    expect(await Promise.all(asked)).toEqual(Array(18).fill('session'));
    expect(Math.max(...seen)).toBeLessThanOrEqual(2);
  });

  it('is not held up by files that are not there', async () => {
    const files = open({ maxOpen: 1 });
    const path = written();
    const asked = Array.from({ length: 9 }, (_, i) =>
      codeOf(files.frame(i % 3 === 0 ? path : `${path}.${i}`, 0, session.length)),
    );
    expect(new Set(await Promise.all(asked))).toEqual(new Set(['no error', 'not_found']));
  });

  it('refuses calls when it is closed', async () => {
    const files = open({ maxOpen: 1 });
    const path = written();
    await files.frame(path, 0, session.length);
    await files.close();
    expect(files.openFiles).toBe(0);
    expect(await codeOf(files.frame(path, 0, session.length))).toBe('unavailable');
  });
});
