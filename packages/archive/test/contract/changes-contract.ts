import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type ArchiveUnderTest,
  block,
  feed,
  framesOf,
  type MakeArchive,
  newFile,
  nextOf,
  second,
  seconds,
  stored,
  t0,
} from './archive-under-test.js';

export function changesContract(make: MakeArchive): void {
  describe('changes', () => {
    let archive: ArchiveUnderTest;
    const begin = async (options?: { keptChanges: number }) => {
      archive = await make(options);
      archive.setTime(seconds(t0) + 86_400);
    };
    beforeEach(() => begin());
    afterEach(() => archive.close());
    const spans = async (after = 0) =>
      (await archive.store.changes(after)).changes.map(({ span }) => [
        Number((span.first - t0) / second),
        Number((span.last - t0) / second),
      ]);
    const info = async () => (await archive.store.feeds(feed))[0]!;

    it('files that come in order change nothing that was known', async () => {
      const known = await stored(archive.store, newFile('/data/a.g3', [block(0)]));
      await stored(archive.store, nextOf(known, 'append', [block(10)]));
      await stored(archive.store, newFile('/data/b.g3', [block(20)]));
      expect(await archive.store.changes(0)).toEqual({ changes: [], latest: 0 });
      expect(await info()).toMatchObject({ revision: 0, finalizedTick: t0 + 29n * second });
    });

    it('files of one commit change nothing either, in whatever order', async () => {
      await archive.store.commit([10, 0, 20].map((at) => newFile(`/data/${at}.g3`, [block(at)])));
      expect(await spans()).toEqual([]);
      expect((await info()).finalizedTick).toBe(t0 + 29n * second);
    });

    it('a late file is told, as far as it lies before what was final', async () => {
      await stored(archive.store, newFile('/data/b.g3', [block(100)]));
      await stored(archive.store, newFile('/data/a.g3', [block(0), block(5), block(50), block(105)]));
      expect(await spans()).toEqual([
        [0, 14],
        [50, 59],
        [105, 109],
      ]);
      expect(await info()).toMatchObject({ revision: 3, finalizedTick: t0 + 114n * second });
    });

    it('what another block of the feed holds of a field is late by what was final of that field', async () => {
      const renamed = { block: 'block_for_x', kinds: { 'Channel 01': 'f64', x: 'f64' } } as const;
      await stored(archive.store, newFile('/data/b.g3', [block(100)]));
      await stored(archive.store, newFile('/data/a.g3', [block(0, renamed)]));
      expect(await spans()).toEqual([[0, 9]]);
      expect((await archive.store.feeds(feed)).map(({ revision }) => revision)).toEqual([0, 1]);
      const apart = { block: 'other', kinds: { y: 'f64' } } as const;
      await stored(archive.store, newFile('/data/c.g3', [block(20, apart)]));
      expect(await spans()).toHaveLength(1);
      await stored(archive.store, newFile('/data/d.g3', [block(30, apart), block(95, renamed), block(110, renamed)]));
      expect(await spans()).toEqual([[0, 9], [95, 104]]); // prettier-ignore
    });

    it('a deleted file is told, and its fields are gone', async () => {
      const known = await stored(archive.store, newFile('/data/a.g3', [block(0)]));
      const before = await archive.store.generation();
      await stored(archive.store, nextOf(known, 'replace', [], { outcome: 'gone' }));
      expect(await spans()).toEqual([[0, 9]]);
      expect(await framesOf(archive.store)).toEqual([]);
      expect(await archive.store.fields({ start: -Infinity, end: Infinity })).toEqual([]);
      expect(await info()).toMatchObject({ span: null, revision: 1, finalizedTick: t0 + 9n * second });
      expect(await archive.store.generation()).not.toBe(before);
      expect(await archive.store.counts()).toMatchObject({ feeds: 0, fields: 0, frames: 0, samples: 0 });
    });

    it('what is left gives the span', async () => {
      const known = await stored(archive.store, newFile('/data/a.g3', [block(0)]));
      await stored(archive.store, newFile('/data/b.g3', [block(20)]));
      await stored(archive.store, newFile('/data/c.g3', [block(40)]));
      await stored(archive.store, nextOf(known, 'replace', [], { outcome: 'gone' }));
      expect((await info()).span).toEqual({ first: t0 + 20n * second, last: t0 + 49n * second });
    });

    it('a deleted file that comes back is told again', async () => {
      const known = await stored(archive.store, newFile('/data/a.g3', [block(0)]));
      const gone = await stored(archive.store, nextOf(known, 'replace', [], { outcome: 'gone' }));
      await stored(archive.store, nextOf(gone, 'replace', [block(0)], { outcome: 'ok' }));
      expect(await spans()).toEqual([
        [0, 9],
        [0, 9],
      ]);
    });

    it('a replaced file is told with old and new times, an unchanged one not', async () => {
      const known = await stored(archive.store, newFile('/data/a.g3', [block(0)]));
      const before = await archive.store.generation();
      const same = await stored(archive.store, nextOf(known, 'replace', [block(0)], { mtimeUs: 1 }));
      expect([await spans(), await archive.store.generation()]).toEqual([[], before]);
      const other = await stored(archive.store, nextOf(same, 'replace', [block(0)], { fingerprint: 'other values' }));
      expect(await spans()).toEqual([[0, 9]]);
      await stored(archive.store, nextOf(other, 'replace', [block(5), block(20)], { fingerprint: 'third' }));
      expect(await spans(1)).toEqual([[0, 9]]);
    });

    it('samples of the future finalize nothing', async () => {
      archive.setTime(seconds(t0) + 12);
      await stored(archive.store, newFile('/data/a.g3', [block(0), block(1000)]));
      expect(await info()).toMatchObject({
        finalizedTick: t0 + 9n * second,
        span: { last: t0 + 1009n * second },
      });
      archive.setTime(seconds(t0) + 31);
      await stored(archive.store, newFile('/data/b.g3', [block(20)]));
      expect(await spans()).toEqual([]);
      expect((await info()).finalizedTick).toBe(t0 + 29n * second);
    });

    it('gives changes in order, as many as asked for, from where one stands', async () => {
      await stored(archive.store, newFile('/data/z.g3', [block(1000)]));
      for (const at of [0, 100, 200]) await stored(archive.store, newFile(`/data/${at}.g3`, [block(at)]));
      const some = await archive.store.changes(0, 2);
      expect([some.changes.map((c) => c.id), some.latest]).toEqual([[1, 2], 3]);
      expect(await spans(2)).toEqual([[200, 209]]);
      expect(await archive.store.changes(3)).toEqual({ changes: [], latest: 3 });
      await expect(archive.store.changes(NaN)).rejects.toMatchObject({ code: 'bad_request' });
    });

    it('who asks for changes that are forgotten is told that everything changed', async () => {
      await archive.close();
      await begin({ keptChanges: 5 });
      await stored(archive.store, newFile('/data/z.g3', [block(1000)]));
      for (let i = 0; i < 12; i++) await stored(archive.store, newFile(`/data/${i}.g3`, [block(20 * i)]));
      const { changes, latest } = await archive.store.changes(0);
      expect(latest).toBe(12);
      expect(changes[0]).toMatchObject({ feed, span: { first: t0, last: t0 + 1009n * second } });
      expect(changes.length).toBeLessThan(9);
      const next = await archive.store.changes(changes[0]!.id);
      expect(next.changes).toEqual(changes.slice(1));
      expect(await spans(11)).toEqual([[220, 229]]);
    });

    it('generations of two databases differ', async () => {
      const other = await make();
      try {
        expect(await other.store.generation()).not.toBe(await archive.store.generation());
      } finally {
        await other.close();
      }
    });
  });
}
