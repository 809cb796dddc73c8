import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readdirSync, readlinkSync } from 'node:fs';
import { until } from '@sisock/testkit';
import { SisockError } from '@sisock/core';
import { concat, hkFile } from './support/hk-file.js';
import { type TestTree, testTree } from './support/tree.js';

let tree: TestTree;
beforeEach(async () => void (tree = await testTree()));
afterEach(() => tree.close());

/** A file of many frames, which takes several steps. */
const long = hkFile({ frames: 40 });
const stepBytes = 3000;

describe('a long file', () => {
  it('is stored step by step, as one that is not finished, and once', async () => {
    await tree.write('1.g3', long);
    await tree.once({ stepBytes });
    const { commits, blocks } = tree.store;
    expect(commits.length).toBeGreaterThan(3);
    expect(commits.map((c) => c.mode)).toEqual(['replace', ...Array(commits.length - 1).fill('append')]);
    for (const { file } of commits.slice(0, -1)) expect(file.goodOffset).toBeLessThan(file.size);
    expect(commits.at(-1)!.file).toMatchObject({ goodOffset: long.length, size: long.length, outcome: 'ok' });
    expect(blocks.get(tree.path('1.g3'))!.map((b) => b.offset)).toEqual(
      [...new Set(blocks.get(tree.path('1.g3'))!.map((b) => b.offset))].sort((a, b) => a - b),
    );
    expect(blocks.get(tree.path('1.g3'))).toHaveLength(40);
  });

  it.each([1, 2, 3])('whose scanner dies after step %i is gone on with behind it', async (steps) => {
    await tree.write('1.g3', long);
    const scanner = await tree.start({ stepBytes });
    tree.store.afterCommit = () => {
      if (tree.store.commits.length === steps) void scanner.close();
    };
    await expect(scanner.firstScan).rejects.toMatchObject({ code: 'cancelled' });
    await scanner.close();
    const before = tree.store.commits.at(-1)!.file.goodOffset;
    expect(before).toBeLessThan(long.length);
    tree.store.afterCommit = null;
    expect(await tree.once({ stepBytes })).toMatchObject({ bytes: long.length - before, events: { grown: 1 } });
    expect(tree.store.blocks.get(tree.path('1.g3'))).toHaveLength(40);
  });

  it('another scanner that was faster is noticed, and nothing is stored twice', async () => {
    await tree.write('1.g3', long);
    await tree.write('2.g3', hkFile({ start: 1_700_100_000 }));
    const reports = await Promise.all([tree.once({ stepBytes }), tree.once({ stepBytes }), tree.once({ stepBytes })]);
    expect(tree.store.blocks.get(tree.path('1.g3'))).toHaveLength(40);
    expect(tree.store.blocks.get(tree.path('2.g3'))).toHaveLength(3);
    expect(tree.store.lines()).toEqual([...new Set(tree.store.lines())]);
    expect(reports.map((r) => r.events.failed)).toEqual([0, 0, 0]);
  });
});

describe('a database that is away', () => {
  it('is waited for, with one line when it goes and one when it is back', async () => {
    await tree.write('1.g3');
    const scanner = await tree.start();
    await scanner.firstScan;
    tree.store.away();
    await tree.append('1.g3', hkFile({ tail: true, start: 1_700_000_100 }));
    const scan = scanner.scan();
    await until(() => scanner.health().problem === 'nobody answers');
    tree.store.back();
    expect(await scan).toMatchObject({ blocks: 3 });
    expect(scanner.health().problem).toBeNull();
    const lines = tree.log.filter((line) => /is away|is back/.test(line.msg)).map((line) => line.msg);
    expect(lines).toEqual([expect.stringContaining('memory is away'), 'memory is back']);
  });

  it('at the start too', async () => {
    await tree.write('1.g3');
    tree.store.away();
    const scanner = await tree.start();
    await until(() => scanner.health().problem !== null);
    tree.store.back();
    expect(await scanner.firstScan).toMatchObject({ blocks: 3 });
  });

  it('the scanner can be closed meanwhile', async () => {
    await tree.write('1.g3');
    tree.store.away();
    const scanner = await tree.start();
    await until(() => scanner.health().problem !== null);
    await scanner.close();
    await expect(scanner.firstScan).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('a commit whose answer was lost is not repeated', async () => {
    await tree.write('1.g3', long);
    let lost = 0;
    tree.store.afterCommit = () => {
      if (lost++ < 2) throw new SisockError('unavailable', 'the connection broke');
    };
    await tree.once({ stepBytes });
    expect(tree.store.blocks.get(tree.path('1.g3'))!.map((b) => b.offset)).toHaveLength(40);
    expect(tree.store.lines()).toEqual([...new Set(tree.store.lines())]);
  });

  it('a login that is refused at the start ends it', async () => {
    tree.store.trouble = new SisockError('bad_setting', 'wrong password');
    await expect(tree.start()).rejects.toMatchObject({ code: 'bad_setting' });
  });
});

describe('rows that can not be stored', () => {
  it('cost their own file only, and are told once', async () => {
    for (let i = 0; i < 5; i++) await tree.write(`${i}.g3`, hkFile({ start: 1_700_000_000 + 100 * i }));
    tree.store.beforeCommit = (updates) => {
      if (updates.some((u) => u.file.path.endsWith('3.g3'))) throw new SisockError('bad_data', 'too long a name');
    };
    const scanner = await tree.start();
    expect(await scanner.firstScan).toMatchObject({ events: { added: 4, failed: 1 } });
    expect(await scanner.scan()).toMatchObject({ events: { same: 4, failed: 1 } });
    expect(tree.warnings()).toEqual([expect.objectContaining({ file: tree.path('3.g3') })]);
  });
});

describe('the database', () => {
  it('never gets more blocks in one commit than it should, but for one file', async () => {
    for (let i = 0; i < 300; i++) await tree.write(`${i}.g3`, hkFile({ start: 1_700_000_000 + 100 * i }));
    let most = 0;
    tree.store.beforeCommit = async (updates) => {
      most = Math.max(most, updates.length);
      // A database that takes its time: meanwhile others come.
      await new Promise((resolve) => setTimeout(resolve, 2));
    };
    await tree.once();
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(100);
    expect(tree.store.rows.size).toBe(300);
  });

  it('a file that is replaced while it is read is read again', async () => {
    await tree.write('1.g3', long);
    const other = concat([hkFile({ start: 1_800_000_000, frames: 7 })]);
    const { rename, writeFile } = await import('node:fs/promises');
    tree.store.beforeCommit = async () => {
      tree.store.beforeCommit = null;
      await writeFile(tree.path('tmp'), other);
      await rename(tree.path('tmp'), tree.path('1.g3'));
    };
    await tree.once({ stepBytes });
    expect(tree.store.blocks.get(tree.path('1.g3'))!.map((b) => b.minTick)).toEqual(
      Array.from({ length: 7 }, (_, i) => BigInt(1_800_000_000 + 10 * i) * 100_000_000n),
    );
  });
});

describe('a job that ends early', () => {
  it('leaves no file open', async () => {
    const open = () => readdirSync('/proc/self/fd').filter((fd) => linkOf(fd) === tree.path('1.g3')).length;
    await tree.write('1.g3', long);
    const scanner = await tree.start({ stepBytes });
    // Another scanner is faster, three times.
    let left = 3;
    tree.store.beforeCommit = () => {
      const row = tree.store.rows.get(tree.path('1.g3'));
      if (row && left-- > 0) tree.store.rows.set(row.path, { ...row, version: row.version + 1 });
    };
    await scanner.firstScan;
    expect(open()).toBe(0);
  });
});

function linkOf(fd: string): string | null {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return null;
  }
}
