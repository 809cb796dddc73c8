import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { KnownFile } from '@sisock/archive';
import {
  type ArchiveUnderTest,
  block,
  feed,
  fileState,
  framesOf,
  type MakeArchive,
  newFile,
  nextOf,
  second,
  seconds,
  stored,
  t0,
} from './archive-under-test.js';

export function commitContract(make: MakeArchive): void {
  describe('commit', () => {
    let archive: ArchiveUnderTest;
    beforeEach(async () => {
      archive = await make();
      archive.setTime(seconds(t0) + 86_400);
    });
    afterEach(() => archive.close());

    it('keeps what is known of a file', async () => {
      const damage = { kind: 'crc', offset: 17_000, message: 'CRC of "frame"\nis wrong: 0x1 ≠ 0x2' };
      const state = fileState('/data/a.g3', { outcome: 'damaged', damage, goodOffset: 17_000, size: 2 ** 41 });
      const known = await stored(archive.store, { file: state, expected: null, mode: 'replace', blocks: [block(0)] });
      expect(known).toEqual({ ...state, id: known.id, version: 1 });
      expect(await archive.store.file('/data/a.g3')).toEqual(known);
      expect(await archive.store.file('/data/b.g3')).toBeNull();
    });

    it('tells all files by path, page after page', async () => {
      const paths = Array.from({ length: 25 }, (_, i) => `/data/${(i * 7) % 25}/x.g3`);
      await archive.store.commit(paths.map((path, i) => newFile(path, [block(i * 10)])));
      const seen: string[] = [];
      for await (const file of archive.store.files()) seen.push(file.path);
      expect(seen).toEqual([...paths].sort());
    });

    it('appends frames to those that are there', async () => {
      const first = await stored(archive.store, newFile('/data/a.g3', [block(0), block(10)]));
      const second_ = await stored(archive.store, nextOf(first, 'append', [block(20)], { size: 30_000 }));
      expect(second_).toMatchObject({ id: first.id, version: 2, size: 30_000 });
      const runs = await framesOf(archive.store);
      expect(runs).toEqual([
        {
          path: '/data/a.g3',
          block: 'temps',
          offsets: [1000, 6000, 11_000],
          span: { first: t0, last: t0 + 29n * second },
        },
      ]);
      expect(await archive.store.counts()).toMatchObject({ frames: 3, samples: 30 });
    });

    it('an append without blocks changes the state alone', async () => {
      const first = await stored(archive.store, newFile('/data/a.g3', [block(0)]));
      const before = await archive.store.generation();
      await stored(archive.store, nextOf(first, 'append', [], { outcome: 'unreadable' }));
      expect(await archive.store.generation()).toBe(before);
      expect(await framesOf(archive.store)).toHaveLength(1);
      expect(await archive.store.file('/data/a.g3')).toMatchObject({ outcome: 'unreadable', version: 2 });
    });

    it('replaces all frames of a file', async () => {
      const first = await stored(archive.store, newFile('/data/a.g3', [block(0), block(10, { block: 'other' })]));
      await stored(archive.store, nextOf(first, 'replace', [block(50)], { fingerprint: 'another' }));
      expect((await framesOf(archive.store)).map((run) => [run.block, run.offsets])).toEqual([['temps', [26_000]]]);
      expect(await archive.store.counts()).toMatchObject({ frames: 1, samples: 10 });
    });

    it('of two scanners one gets a conflict, and nothing is stored twice', async () => {
      const other = await archive.another();
      const fresh = await Promise.all([archive.store, other].map((s) => s.commit([newFile('/data/a.g3', [block(0)])])));
      expect(fresh.map(([r]) => r!.conflict).sort()).toEqual([false, true]);
      const known = (await archive.store.file('/data/a.g3'))!;
      const grown = await Promise.all(
        [archive.store, other].map((s) => s.commit([nextOf(known, 'append', [block(10)])])),
      );
      expect(grown.map(([r]) => r!.conflict).sort()).toEqual([false, true]);
      expect((await framesOf(archive.store))[0]!.offsets).toEqual([1000, 6000]);
      expect(await archive.store.counts()).toMatchObject({ frames: 2, samples: 20 });
    });

    it('two scanners at once lose nothing', async () => {
      const other = await archive.another();
      const batch = (name: string, n: number) =>
        Array.from({ length: n }, (_, i) => newFile(`/data/${name}${i}.g3`, [block(i * 10)]));
      await Promise.all([
        ...[0, 1, 2].map((k) => archive.store.commit(batch(`a${k}-`, 7))),
        ...[0, 1, 2].map((k) => other.commit(batch(`b${k}-`, 7))),
      ]);
      const runs = await framesOf(archive.store);
      expect(new Set(runs.map((run) => run.path)).size).toBe(42);
      expect(await archive.store.counts()).toMatchObject({ files: { ok: 42 }, frames: 42, samples: 420 });
    });

    it('a file that is not known conflicts with any version, a known one with none', async () => {
      const known = await stored(archive.store, newFile('/data/a.g3', []));
      const unknown: KnownFile = { ...known, path: '/data/b.g3' };
      const results = await archive.store.commit([nextOf(unknown, 'append', []), newFile('/data/a.g3', [])]);
      expect(results).toEqual([{ conflict: true }, { conflict: true }]);
    });

    it('takes a file twice in one call, in order', async () => {
      const update = newFile('/data/a.g3', [block(0)]);
      const results = await archive.store.commit([
        update,
        { ...update, expected: 1, mode: 'append', blocks: [block(10)] },
      ]);
      expect(results.map((r) => !r.conflict && r.file.version)).toEqual([1, 2]);
      expect((await framesOf(archive.store))[0]!.offsets).toEqual([1000, 6000]);
    });

    it('leaves out blocks without samples', async () => {
      const empty = block(0, { block: 'empty', count: 0, minTick: 0n, maxTick: 0n });
      await stored(archive.store, newFile('/data/a.g3', [empty, block(0)]));
      expect((await archive.store.feeds()).map((f) => f.block)).toEqual(['temps']);
    });

    it('refuses what can not be, and stores nothing of it', async () => {
      for (const wrong of [
        { offset: NaN },
        { length: -1 },
        { count: 1.5 },
        { index: 2 ** 32 },
        { maxTick: t0 - second },
      ]) {
        const update = newFile('/data/a.g3', [block(0, wrong)]);
        await expect(archive.store.commit([update])).rejects.toMatchObject({ code: 'bad_request' });
      }
      expect(await archive.store.file('/data/a.g3')).toBeNull();
    });

    it('counts files, feeds, fields, frames, samples and bytes', async () => {
      await archive.store.commit([
        newFile('/data/a.g3', [block(0), block(10, { block: 'b', kinds: { x: 'str' } })], { size: 100 }),
        newFile('/data/b.g3', [block(20, { feed: `${feed}2` })], { size: 10, outcome: 'damaged' }),
        newFile('/data/c.g3', [], { size: 1, outcome: 'gone' }),
        newFile('/data/d.g3', [], { size: 1000, outcome: 'unreadable' }),
      ]);
      expect(await archive.store.counts()).toEqual({
        files: { ok: 1, damaged: 1, unreadable: 1, gone: 1 },
        feeds: 2,
        fields: 5,
        frames: 3,
        samples: 30,
        bytes: 1110,
      });
    });

    it('migrating again changes nothing, from two stores at once too', async () => {
      await stored(archive.store, newFile('/data/a.g3', [block(0)]));
      const other = await archive.another();
      for (const { from, to } of await Promise.all([archive.store.migrate(), other.migrate()])) expect(from).toBe(to);
      expect(await framesOf(other)).toHaveLength(1);
    });

    it('says so when it is closed, and closes once', async () => {
      await archive.store.close();
      await archive.store.close();
      await expect(archive.store.generation()).rejects.toMatchObject({ code: 'unavailable' });
    });
  });
}
