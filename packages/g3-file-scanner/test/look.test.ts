import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { rename, rm } from 'node:fs/promises';
import { until } from '@sisock/testkit';
import type { Scanner } from '../src/index.js';
import { hkFile } from './support/hk-file.js';
import { type TestTree, testTree } from './support/tree.js';

let tree: TestTree;
let scanner: Scanner;
/** Looks all the time and never walks again by itself. */
beforeEach(async () => {
  tree = await testTree();
  await tree.write('16000/1600000000.g3', hkFile({ start: 1_600_000_000 }));
  await tree.write('16001/1600100000.g3', hkFile({ start: 1_600_100_000 }));
  scanner = await tree.start({ lookEvery: 0.005 });
  await scanner.firstScan;
});
afterEach(() => tree.close());

const blocksOf = (name: string) => tree.store.blocks.get(tree.path(name))?.length ?? 0;

describe('between two walks', () => {
  it('growth is seen', async () => {
    for (let i = 3; i < 6; i++) {
      await tree.append('16001/1600100000.g3', hkFile({ tail: true, frames: 1, start: 1_600_100_000 + 10 * i }));
      await until(() => blocksOf('16001/1600100000.g3') === i + 1);
    }
  });

  it('growth of a file whose time is older than that of others is seen (steps of the clock)', async () => {
    await tree.append('16000/1600000000.g3', hkFile({ tail: true, frames: 1, start: 1_600_000_030 }), 1000);
    await until(() => blocksOf('16000/1600000000.g3') === 4);
    await tree.append('16000/1600000000.g3', hkFile({ tail: true, frames: 1, start: 1_600_000_040 }), 900);
    await until(() => blocksOf('16000/1600000000.g3') === 5);
  });

  it('new files are seen in old and new directories, at any depth', async () => {
    for (const name of ['16001/2.g3', '16000/3.g3', '16002/4.g3', 'a/b/c/5.g3', '6.g3', 'a/b/7.g3', 'a/b/d/8.g3']) {
      await tree.write(name);
      await until(() => blocksOf(name) === 3, { what: name });
    }
    // A change within the same tick of the file system's clock.
    await Promise.all([tree.write('a/b/c/9.g3'), tree.write('a/b/c/10.g3')]);
    await until(() => blocksOf('a/b/c/9.g3') + blocksOf('a/b/c/10.g3') === 6);
  });

  it('files that go and move are seen', async () => {
    await tree.write('16001/keep.g3');
    await rename(tree.path('16001/1600100000.g3'), tree.path('16001/2.g3'));
    await until(() => blocksOf('16001/2.g3') === 3 && blocksOf('16001/1600100000.g3') === 0);
    await rm(tree.path('16001/2.g3'));
    await until(() => tree.store.rows.get(tree.path('16001/2.g3'))?.outcome === 'gone');
  });

  it('and a directory that went and came back is looked at again by the next walk', async () => {
    await rename(tree.path('16001'), tree.path('elsewhere'));
    await until(() => blocksOf('elsewhere/1600100000.g3') === 3);
    await scanner.scan();
    expect(tree.store.rows.get(tree.path('16001/1600100000.g3'))).toMatchObject({ outcome: 'gone' });
    expect(tree.warnings()).toEqual([]);
  });

  it('what comes while the first scan is waiting for the database is there with it', async () => {
    const other = await testTree();
    try {
      await other.write('1.g3');
      let release = () => {};
      const held = new Promise<void>((resolve) => (release = resolve));
      other.store.beforeCommit = () => held;
      const late = await other.start({ lookEvery: 0.005 });
      await other.append('1.g3', hkFile({ tail: true, start: 1_700_000_100, frames: 1 }));
      release();
      await late.firstScan;
      await until(() => other.store.blocks.get(other.path('1.g3'))?.length === 4);
    } finally {
      await other.close();
    }
  });
});

describe('metrics and health', () => {
  it('tell what is known and what was done', async () => {
    const text = await tree.metrics.text();
    expect(text).toMatch(/sisock_scanner_files\{outcome="ok"\} 2/);
    expect(text).toMatch(/sisock_scanner_file_events_total\{event="added"\} 2/);
    expect(text).toMatch(/sisock_scanner_blocks_total 6/);
    expect(text).toMatch(/sisock_scanner_samples_total 60/);
    expect(text).toMatch(/sisock_scanner_newest_data_seconds 1600100029/);
    expect(text).toMatch(/sisock_scanner_database_up 1/);
    expect(scanner.health()).toMatchObject({ problem: null, queue: 0, newest: 1_600_100_029, files: { ok: 2 } });
  });
});
