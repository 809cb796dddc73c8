import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { link, mkdir, rename, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { concat, hkFile } from './support/hk-file.js';
import { type TestTree, testTree } from './support/tree.js';

let tree: TestTree;
beforeEach(async () => void (tree = await testTree()));
afterEach(() => tree.close());

/** What a scanner that never saw the tree before makes of it now. */
async function fresh(): Promise<string[]> {
  const other = await testTree();
  try {
    await other.once({ directories: [tree.root] });
    return other.store.lines();
  } finally {
    await other.close();
  }
}

describe('a scan', () => {
  it('indexes every block of every file, once, with its place and its times', async () => {
    await tree.write('16000/1600000000.g3', hkFile({ start: 1_600_000_000 }));
    await tree.write('16001/1600100000.g3', hkFile({ start: 1_600_100_000, frames: 2 }));
    const report = await tree.once();
    expect(report).toMatchObject({ files: 2, opened: 2, blocks: 5, samples: 50, damaged: 0 });
    expect(report.events).toMatchObject({ added: 2, same: 0 });
    const [first] = tree.store.blocks.get(tree.path('16000/1600000000.g3'))!;
    expect(first).toMatchObject({
      feed: 'observatory.LSA22YE.feeds.temperatures',
      block: 'temps',
      minTick: 160_000_000_000_000_000n,
      maxTick: 160_000_000_900_000_000n,
      count: 10,
    });
    expect(tree.warnings()).toEqual([]);
  });

  it('opens nothing when nothing changed, also after a restart', async () => {
    await tree.write('a/1.g3');
    await tree.write('a/2.g3');
    await tree.once();
    const { length } = tree.store.commits;
    const scanner = await tree.start();
    expect(await scanner.firstScan).toMatchObject({ files: 2, opened: 0, bytes: 0 });
    expect(await scanner.scan()).toMatchObject({ opened: 0, events: { same: 2 } });
    expect(tree.store.commits).toHaveLength(length);
  });

  it('leaves files of other names alone, and tells once of compressed ones', async () => {
    await tree.write('1.g3.gz', gzipSync(hkFile()));
    await tree.write('2.g3.bz2', Uint8Array.of(1));
    await tree.write('notes.txt', Uint8Array.of(1));
    await tree.write('.hidden.g3');
    await tree.write('x.g3.part');
    const scanner = await tree.start();
    expect(await scanner.firstScan).toMatchObject({ files: 0, opened: 0, compressed: 2 });
    await scanner.scan();
    expect(tree.warnings().map((line) => line.msg)).toEqual([expect.stringContaining('2 compressed g3 files')]);
  });

  it('an empty file is no damage, and is indexed when it grows', async () => {
    await tree.write('1.g3', new Uint8Array(0));
    const scanner = await tree.start();
    expect(await scanner.firstScan).toMatchObject({ files: 1, blocks: 0, damaged: 0 });
    await tree.append('1.g3', hkFile());
    expect(await scanner.scan()).toMatchObject({ blocks: 3 });
    expect(tree.store.lines()).toEqual(await fresh());
    expect(tree.warnings()).toEqual([]);
  });

  it('same names in two directories are two files (fault 4)', async () => {
    await tree.write('a/1.g3', hkFile({ feed: 'observatory.a.feeds.x' }));
    await tree.write('b/1.g3', hkFile({ feed: 'observatory.b.feeds.x' }));
    await tree.once();
    expect([...tree.store.rows.keys()].sort()).toEqual([tree.path('a/1.g3'), tree.path('b/1.g3')]);
    expect(new Set([...tree.store.blocks.values()].flat().map((b) => b.feed)).size).toBe(2);
  });

  it('a provider id that is used again is a provider of its own', async () => {
    const second = hkFile({ feed: 'observatory.b.feeds.x', sessionId: 78n, start: 1_700_001_000 });
    await tree.write('1.g3', concat([hkFile({ feed: 'observatory.a.feeds.x' }), second]));
    await tree.once();
    const feeds = tree.store.blocks.get(tree.path('1.g3'))!.map((b) => b.feed);
    expect(feeds).toEqual([...Array(3).fill('observatory.a.feeds.x'), ...Array(3).fill('observatory.b.feeds.x')]);
  });
});

describe('a file that grew', () => {
  it('is gone on with where it ended, by session and providers of before (fault 8)', async () => {
    await tree.write('1.g3');
    const scanner = await tree.start();
    await scanner.firstScan;
    const more = hkFile({ tail: true, start: 1_700_000_030, frames: 2 });
    await tree.append('1.g3', more);
    const report = await scanner.scan();
    expect(report).toMatchObject({ opened: 1, bytes: more.length, blocks: 2, events: { grown: 1 } });
    expect(tree.store.lines()).toEqual(await fresh());
  });

  it('also after a restart, and with a time that lies before or far ahead', async () => {
    await tree.write('1.g3');
    await tree.once();
    for (const [i, mtime] of [tree.now + 1e8, 1000, tree.now].entries()) {
      const more = hkFile({ tail: true, start: 1_700_000_030 + 10 * i, frames: 1 });
      await tree.append('1.g3', more, mtime);
      expect(await tree.once()).toMatchObject({ bytes: more.length, blocks: 1, events: { grown: 1 } });
    }
    expect(tree.store.lines()).toEqual(await fresh());
  });

  it('a new file, late and with old times, costs the reading of that file alone (fault 7)', async () => {
    await tree.write('17000/1700000000.g3');
    const scanner = await tree.start();
    await scanner.firstScan;
    await tree.write('15000/1500000000.g3', hkFile({ start: 1_500_000_000 }), 1_500_000_000);
    expect(await scanner.scan()).toMatchObject({ opened: 1, events: { added: 1 }, blocks: 3 });
  });
});

describe('a file that was replaced', () => {
  it.each([
    ['by a longer one', { frames: 5, start: 1_700_050_000 }],
    ['by a shorter one', { frames: 1, start: 1_700_050_000 }],
    ['by one of the same size', { offset: 5 }],
  ])('%s is indexed from its start', async (_, options) => {
    await tree.write('1.g3');
    const scanner = await tree.start();
    await scanner.firstScan;
    const other = hkFile(options);
    await writeFile(tree.path('2.tmp'), other);
    await rename(tree.path('2.tmp'), tree.path('1.g3'));
    expect(await scanner.scan()).toMatchObject({ events: { replaced: 1 }, bytes: other.length });
    expect(tree.store.lines()).toEqual(await fresh());
  });

  it('is cut to whole frames: the rest is forgotten', async () => {
    await tree.write('1.g3');
    const scanner = await tree.start();
    await scanner.firstScan;
    await truncate(tree.path('1.g3'), hkFile({ frames: 1 }).length);
    expect(await scanner.scan()).toMatchObject({ events: { replaced: 1 }, blocks: 1 });
    expect(tree.store.lines()).toEqual(await fresh());
  });
});

describe('files that go and move', () => {
  it('a deleted file is gone with its blocks, and indexed when it comes back', async () => {
    await tree.write('1.g3');
    await tree.write('2.g3');
    const scanner = await tree.start();
    await scanner.firstScan;
    await rm(tree.path('1.g3'));
    expect(await scanner.scan()).toMatchObject({ files: 1, events: { gone: 1 }, opened: 0 });
    expect(tree.store.rows.get(tree.path('1.g3'))).toMatchObject({ outcome: 'gone' });
    expect(tree.store.lines()).toEqual(await fresh());
    expect(await scanner.scan()).toMatchObject({ events: { gone: 0 } });
    await tree.write('1.g3');
    expect(await scanner.scan()).toMatchObject({ events: { added: 1 } });
    expect(tree.store.lines()).toEqual(await fresh());
  });

  it('a renamed file is gone under its old name before it is there under the new one', async () => {
    await tree.write('a/1.g3');
    const scanner = await tree.start();
    await scanner.firstScan;
    await mkdir(tree.path('b'));
    await rename(tree.path('a/1.g3'), tree.path('b/2.g3'));
    expect(await scanner.scan()).toMatchObject({ events: { gone: 1, added: 1 } });
    expect(tree.store.commits.slice(-2).map((c) => [c.file.path, c.file.outcome])).toEqual([
      [tree.path('a/1.g3'), 'gone'],
      [tree.path('b/2.g3'), 'ok'],
    ]);
    expect(tree.store.lines()).toEqual(await fresh());
  });

  it('a root that is suddenly empty keeps its files: it is not mounted', async () => {
    const root = tree.path('data');
    for (let i = 0; i < 12; i++) await tree.write(`data/${i}.g3`);
    const scanner = await tree.start({ directories: [root] });
    await scanner.firstScan;
    await rename(root, tree.path('elsewhere'));
    expect(await scanner.scan()).toMatchObject({ events: { gone: 0 }, unseen: [{ path: root, why: 'ENOENT' }] });
    await mkdir(root);
    expect(await scanner.scan()).toMatchObject({ events: { gone: 0 } });
    expect(tree.warnings().map((l) => l.msg)).toEqual([
      expect.stringContaining("can't be read: ENOENT"),
      expect.stringContaining('is empty though files of it are known'),
    ]);
    await rm(root, { recursive: true });
    await rename(tree.path('elsewhere'), root);
    expect(await scanner.scan()).toMatchObject({ opened: 0, events: { same: 12 } });
  });
});

describe('links', () => {
  it('loops end, and no file is met twice by any way', async () => {
    await tree.write('16000/1.g3');
    await symlink(tree.root, tree.path('16000/loop'));
    await symlink(tree.path('16000'), tree.path('0-another-way'));
    await symlink(tree.path('16000/1.g3'), tree.path('newest.g3'));
    await symlink(tree.path('nowhere'), tree.path('dead.g3'));
    await link(tree.path('16000/1.g3'), tree.path('0.g3'));
    const report = await tree.once({ directories: [tree.root, tree.path('16000')] });
    expect(report).toMatchObject({ events: { added: 1 }, blocks: 3, unseen: [] });
    expect(tree.warnings()).toEqual([]);
  });

  it('what lies elsewhere is followed to', async () => {
    await tree.write('data/1.g3');
    await tree.write('elsewhere/2.g3');
    await tree.write('single/3.g3');
    await symlink(tree.path('elsewhere'), tree.path('data/more'));
    await symlink(tree.path('single/3.g3'), tree.path('data/3.g3'));
    await tree.once({ directories: [tree.path('data')] });
    expect([...tree.store.rows.keys()].sort()).toEqual(
      ['1.g3', '3.g3', 'more/2.g3'].map((n) => tree.path(`data/${n}`)),
    );
  });

  it('a second name of a file, added later, does not double it', async () => {
    await tree.write('b.g3');
    const scanner = await tree.start();
    await scanner.firstScan;
    await link(tree.path('b.g3'), tree.path('a.g3'));
    await utimes(tree.path('a.g3'), 5, 5);
    await scanner.scan();
    expect([...tree.store.rows.keys()]).toEqual([tree.path('b.g3')]);
  });
});
