import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ArchiveStore, openArchive, readArchiveSettings } from '@sisock/archive';
import { createMetrics, type Logger, silentLogger } from '@sisock/runtime';
import { blockOf, HkFiles } from '../../g3-archive/test/support/hk-files.js';
import { createFillerRunner, type FillerRunner } from '../src/tiles/filler-runner.js';

/** The thread is a real one, of what is built. */
const built = new URL('../dist/tiles/filler-thread.js', import.meta.url);
const archive = readArchiveSettings({ ARCHIVE_SYNC: 'no' });
const feed = 'observatory.LSA22YE.feeds.temperatures';
/** With 2 samples a bucket at 1 Hz a tile of the finest level is 512 s. */
const tile = 512;
const start = tile * 64 * 45_776;

describe('a thread that fills tiles', () => {
  let dataDirectory: string;
  let store: ArchiveStore;
  let hk: HkFiles;
  let runner: FillerRunner;
  let warnings: unknown[];

  beforeEach(async () => {
    dataDirectory = await mkdtemp(join(tmpdir(), 'filler-'));
    const clock = () => start + 1e9;
    store = await openArchive(archive, { log: silentLogger(), metrics: createMetrics(), clock, dataDirectory });
    await store.migrate();
    hk = await HkFiles.make(store);
    warnings = [];
    const log = { ...silentLogger(), warn: (...words: unknown[]) => void warnings.push(words) } as unknown as Logger;
    const progress = () => undefined;
    runner = createFillerRunner(
      { store, log, clock, progress, leastSamples: 2, archive: { archive, dataDirectory } },
      built,
    );
  });

  afterEach(async () => {
    await runner.close();
    await store.close();
    await hk.remove();
    await rm(dataDirectory, { recursive: true });
  });

  const add = (name: string, from: number, tiles: number) => {
    const t = Array.from({ length: tiles * tile }, (_, i) => start + from + i);
    return hk.add(name, feed, [blockOf('temps', t, { a: t.map((s) => s % 97) })]);
  };

  it('ends by itself when it rests, and comes again', async () => {
    await add('1.g3', 0, 3);
    expect((await runner.fill()).tiles).toBeGreaterThan(0);
    await runner.rest();
    await add('2.g3', 3 * tile, 2);
    expect((await runner.fill()).tiles).toBeGreaterThan(0);
    await runner.rest();
    await runner.rest();
    expect(warnings).toEqual([]);
  });

  it('fills nothing any more once it is closed', async () => {
    await add('1.g3', 0, 3);
    const filling = runner.fill();
    await Promise.all([expect(filling).rejects.toMatchObject({ code: 'cancelled' }), runner.close()]);
    await expect(runner.fill()).rejects.toMatchObject({ code: 'cancelled' });
  });
});
