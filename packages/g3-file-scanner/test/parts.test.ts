import { describe, expect, it } from '@jest/globals';
import type { BlockEntry } from '@sisock/archive';
import { silentLogger } from '@sisock/runtime';
import { pino } from 'pino';
import { decide, type KnownState } from '../src/decide.js';
import { fillDepth, readScannerSettings } from '../src/index.js';
import { packBlocks, unpackBlocks } from '../src/pack-blocks.js';
import { Progress, span } from '../src/progress.js';

describe('decide', () => {
  const known: KnownState = { size: 100, mtimeUs: 5, goodOffset: 100, outcome: 'ok' };

  it.each([
    ['nothing is known of it', null, { size: 1, mtimeUs: 1 }, 'again'],
    ['it was gone', { ...known, outcome: 'gone' as const }, { size: 100, mtimeUs: 5 }, 'again'],
    ['it is as it was', known, { size: 100, mtimeUs: 5 }, 'same'],
    [
      'it is damaged as it was',
      { ...known, goodOffset: 9, outcome: 'damaged' as const },
      { size: 100, mtimeUs: 5 },
      'same',
    ],
    ['it was not finished', { ...known, goodOffset: 9 }, { size: 100, mtimeUs: 5 }, 'unfinished'],
    ['it grew', known, { size: 101, mtimeUs: 6 }, 'grown'],
    ['it grew with an older time', known, { size: 101, mtimeUs: 1 }, 'grown'],
    ['it shrank behind what is good', { ...known, goodOffset: 50 }, { size: 60, mtimeUs: 6 }, 'grown'],
    ['it shrank into what is good', known, { size: 99, mtimeUs: 6 }, 'again'],
    ['its time alone is another', known, { size: 100, mtimeUs: 4 }, 'again'],
    ['it could not be read', { ...known, outcome: 'unreadable' as const }, { size: 100, mtimeUs: 5 }, 'retry'],
  ])('%s', (_, state, stamp, decision) => {
    expect(decide(state, stamp)).toBe(decision);
  });
});

describe('blocks between threads', () => {
  it('come back as they were', () => {
    const block: BlockEntry = {
      feed: 'a.b',
      block: 'temps',
      providerId: 2n ** 60n,
      offset: 2 ** 40,
      length: 17,
      index: 3,
      count: 9,
      minTick: -1n,
      maxTick: 170_000_000_000_000_000n,
      rising: false,
      fields: new Map([['x', 'f64' as const]]),
    };
    const other: BlockEntry = { ...block, rising: true, fields: new Map([['x', 'str' as const]]), offset: 5 };
    const packed = packBlocks([block, other, block]);
    expect(packed.shapes).toHaveLength(2);
    expect(unpackBlocks(packed)).toEqual([block, other, block]);
    expect(unpackBlocks(packBlocks([]))).toEqual([]);
  });
});

describe('progress', () => {
  it('writes one line over in a terminal, and leaves it empty', () => {
    let now = 0;
    const texts: string[] = [];
    const progress = new Progress({ log: silentLogger(), terminal: (text) => void texts.push(text), now: () => now });
    progress.expect(4, 40e6);
    now = 1000;
    progress.bytes(10e6);
    expect(texts).toEqual(['\r0 of 4 files, 10 MB/s, 3 s left\x1b[K']);
    progress.file();
    expect(texts).toHaveLength(1);
    expect(progress.left()).toMatchObject({ files: 3, bytes: 30e6 });
    progress.end();
    expect(texts.at(-1)).toBe('\r\x1b[K');
  });

  it('writes a line every ten seconds into the log elsewhere', () => {
    let now = 0;
    const lines: string[] = [];
    const log = pino({}, { write: (text: string) => void lines.push(text) });
    const progress = new Progress({ log, now: () => now });
    progress.expect(30, 0);
    for (let i = 0; i < 25; i++) {
      now += 1000;
      progress.file();
    }
    expect(lines).toHaveLength(2);
    expect(JSON.parse(lines[1]!)).toMatchObject({ files: 20, of: 30, etaSec: 10 });
  });

  it('says spans as people do', () => {
    expect([3.4, 200, 7500].map(span)).toEqual(['3 s', '3 min 20 s', '2 h 5 min']);
  });
});

describe('settings', () => {
  it('take the directory under either name, and lists of them', () => {
    expect(readScannerSettings({ DATA_DIRECTORY: '/a, /b/,/a' }).directories).toEqual(['/a', '/b']);
    expect(readScannerSettings({ OCS_DATA_DIR: '/ocs' })).toMatchObject({ directories: ['/ocs'], SCAN_INTERVAL: 60 });
    expect(readScannerSettings({ OCS_DATA_DIR: '/ocs', DATA_DIRECTORY: '/a' }).directories).toEqual(['/a']);
  });

  it('say how fine tiles are: of the newest week a level finer', () => {
    const depth = (more: Record<string, string>) => fillDepth(readScannerSettings({ DATA_DIRECTORY: '/a', ...more }));
    expect(depth({})).toEqual({ leastSamples: 128, recentSec: 7 * 86_400 });
    expect(depth({ BLOCK_SAMPLES: '64', BLOCK_RECENT_DAYS: '0' })).toEqual({ leastSamples: 64, recentSec: 0 });
    expect(() => depth({ BLOCK_RECENT_DAYS: '-1' })).toThrow(/BLOCK_RECENT_DAYS "-1"/);
  });

  it('tell all that is wrong at once', () => {
    const read = () => readScannerSettings({ SCAN_INTERVAL: 'x', SCAN_WORKERS: '-1' });
    expect(read).toThrow(/DATA_DIRECTORY is not set[^]*SCAN_INTERVAL "x"[^]*SCAN_WORKERS "-1"/);
  });
});
