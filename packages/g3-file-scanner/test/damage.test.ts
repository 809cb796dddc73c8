import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { chmod, mkdir, symlink } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { hkFile } from './support/hk-file.js';
import { type TestTree, testTree } from './support/tree.js';

let tree: TestTree;
beforeEach(async () => void (tree = await testTree()));
afterEach(() => tree.close());

const whole = hkFile();
const head = hkFile({ frames: 0 }).length;
const frame = (whole.length - head) / 3;

function flipped(at: number): Uint8Array {
  const bytes = whole.slice();
  bytes[at]! ^= 1;
  return bytes;
}

describe('a damaged file', () => {
  it('keeps its good frames, and is told once with path, offset and kind', async () => {
    await tree.write('1.g3', flipped(head + frame + 200));
    const scanner = await tree.start();
    expect(await scanner.firstScan).toMatchObject({ damaged: 1, blocks: 1 });
    expect(await scanner.scan()).toMatchObject({ damaged: 1, opened: 0 });
    expect(await tree.once()).toMatchObject({ opened: 0 });
    expect(tree.warnings()).toEqual([
      expect.objectContaining({ file: tree.path('1.g3'), offset: head + frame, kind: 'crc' }),
    ]);
    expect(tree.store.rows.get(tree.path('1.g3'))).toMatchObject({
      outcome: 'damaged',
      goodOffset: head + frame,
      damage: { kind: 'crc', offset: head + frame },
    });
  });

  it('is looked at again when it changes, and its old damage is no news', async () => {
    await tree.write('1.g3', flipped(head + frame + 200));
    const scanner = await tree.start();
    await scanner.firstScan;
    await tree.append('1.g3', hkFile({ tail: true }));
    expect(await scanner.scan()).toMatchObject({ opened: 1, blocks: 0, damaged: 1 });
    expect(tree.warnings()).toHaveLength(1);
    await tree.write('1.g3', whole);
    expect(await scanner.scan()).toMatchObject({ damaged: 0 });
    expect(tree.store.rows.get(tree.path('1.g3'))).toMatchObject({ outcome: 'ok', damage: null });
    expect(tree.store.blocks.get(tree.path('1.g3'))).toHaveLength(3);
  });

  it('does not keep others from being indexed', async () => {
    await tree.write('1.g3', Uint8Array.from(Buffer.from('this is no g3 file at all, but text of some length')));
    await tree.write('2.g3');
    expect(await tree.once()).toMatchObject({ files: 2, damaged: 1, blocks: 3 });
  });

  it('a frame that is passed over stays told of while the file grows', async () => {
    const limits = { frameBytes: frame + 50 };
    const large = hkFile({ tail: true, frames: 1, samples: 500 });
    await tree.write('1.g3', Uint8Array.from(Buffer.concat([whole, large])));
    const scanner = await tree.start({ limits });
    expect(await scanner.firstScan).toMatchObject({ blocks: 3, damaged: 1 });
    await tree.append('1.g3', hkFile({ tail: true }));
    expect(await scanner.scan()).toMatchObject({ blocks: 3, events: { grown: 1 }, damaged: 1 });
    expect(tree.store.rows.get(tree.path('1.g3'))!.damage).toMatchObject({ kind: 'too_large', offset: whole.length });
    expect(tree.warnings()).toEqual([expect.objectContaining({ kind: 'too_large', offset: whole.length })]);
  });
});

describe('a file that ends inside a frame', () => {
  const cut = whole.slice(0, whole.length - 40);

  it('is damaged at once when it is old', async () => {
    await tree.write('1.g3', cut);
    expect(await tree.once()).toMatchObject({ blocks: 2, damaged: 1 });
    expect(tree.warnings()).toEqual([expect.objectContaining({ kind: 'truncated', offset: head + 2 * frame })]);
  });

  it('is only unfinished when it is young, and nothing is told when the rest comes', async () => {
    tree.now = Date.now() / 1000;
    await tree.write('1.g3', cut);
    const scanner = await tree.start();
    expect(await scanner.firstScan).toMatchObject({ blocks: 2, damaged: 0 });
    expect(await scanner.scan()).toMatchObject({ opened: 0, damaged: 0 });
    await tree.append('1.g3', whole.slice(cut.length));
    expect(await scanner.scan()).toMatchObject({ blocks: 1, damaged: 0 });
    expect(tree.warnings()).toEqual([]);
  });

  it('is told when it stays so', async () => {
    tree.now = Date.now() / 1000;
    await tree.write('1.g3', cut);
    const scanner = await tree.start();
    await scanner.firstScan;
    tree.now += 31;
    // A scanner that starts now does not wait either.
    expect(await tree.once()).toMatchObject({ damaged: 1, opened: 1, blocks: 0 });
    expect(tree.warnings()).toHaveLength(1);
    expect(await scanner.scan()).toMatchObject({ opened: 0, damaged: 1 });
    expect(tree.warnings()).toHaveLength(1);
  });

  it('is told when it was seen to rest, whatever its time says', async () => {
    await tree.write('1.g3', cut, tree.now + 1e6);
    const scanner = await tree.start({ settleSec: 0.05 });
    const reports = [await scanner.firstScan];
    expect(reports[0]).toMatchObject({ damaged: 0 });
    while (reports.at(-1)!.damaged === 0 && reports.length < 1000) reports.push(await scanner.scan());
    expect(reports.at(-1)).toMatchObject({ damaged: 1 });
    expect(tree.warnings()).toHaveLength(1);
  });
});

describe('what can not be read', () => {
  /** root may read everything but this. */
  async function unreadable(name: string): Promise<void> {
    if (userInfo().uid === 0) await symlink('/proc/self/mem', tree.path(name));
    else {
      await tree.write(name);
      await chmod(tree.path(name), 0);
    }
  }

  it('a file is told once, and tried again with every scan', async () => {
    await unreadable('1.g3');
    await tree.write('2.g3');
    const scanner = await tree.start();
    expect(await scanner.firstScan).toMatchObject({ events: { unreadable: 1, added: 1 }, blocks: 3 });
    expect(await scanner.scan()).toMatchObject({ events: { unreadable: 1, same: 1 } });
    expect(tree.warnings()).toEqual([expect.objectContaining({ file: tree.path('1.g3'), kind: 'unreadable' })]);
    expect(tree.store.rows.get(tree.path('1.g3'))).toMatchObject({ outcome: 'unreadable' });
  });

  it('directories that are too deep are told, and what was known there stays', async () => {
    const deep = Array.from({ length: 18 }, (_, i) => `d${i}`).join('/');
    await tree.write(`${deep}/1.g3`);
    await mkdir(tree.path('ok'));
    expect(await tree.once()).toMatchObject({ files: 0, unseen: [{ why: 'deeper than 16 directories' }] });
    expect(tree.warnings()).toHaveLength(1);
  });

  it('a directory that is none ends the start with its name', async () => {
    const start = tree.start({ directories: [tree.path('nowhere')] });
    await expect(start).rejects.toMatchObject({ code: 'bad_setting', message: expect.stringContaining('nowhere') });
    await tree.write('1.g3');
    await expect(tree.start({ directories: [tree.path('1.g3')] })).rejects.toMatchObject({ code: 'bad_setting' });
  });
});
