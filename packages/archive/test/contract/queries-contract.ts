import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type ArchiveUnderTest,
  block,
  feed,
  type MakeArchive,
  newFile,
  nextOf,
  rangeOf,
  second,
  seconds,
  stored,
  t0,
} from './archive-under-test.js';

export function queriesContract(make: MakeArchive): void {
  describe('queries', () => {
    const allTime = { start: -Infinity, end: Infinity };
    let archive: ArchiveUnderTest;
    beforeEach(async () => {
      archive = await make();
      archive.setTime(seconds(t0) + 86_400);
    });
    afterEach(() => archive.close());

    const runs = (range: { start: number; end: number }, fields = ['Channel 01']) =>
      archive.store.runs({ feed, fields: new Set(fields), range });
    const at = (from: bigint, to: bigint) => ({ start: seconds(t0 + from * second), end: seconds(t0 + to * second) });

    it('gives frames with all that a reader needs', async () => {
      const wide = { offset: 2 ** 40, length: 2 ** 33, index: 7, count: 2 ** 34, rising: false };
      const known = await stored(archive.store, newFile('/data/a.g3', [block(0), block(10, wide)]));
      const [run] = await runs(allTime);
      expect(run).toMatchObject({ fileId: known.id, path: '/data/a.g3', feed, block: 'temps' });
      expect([...run!.fields]).toEqual([
        ['Channel 01', 'f64'],
        ['Channel_02', 'i64'],
      ]);
      expect([...run!.offset]).toEqual([1000, 2 ** 40]);
      expect([...run!.length]).toEqual([480, 2 ** 33]);
      expect([...run!.index]).toEqual([0, 7]);
      expect([...run!.count]).toEqual([10, 2 ** 34]);
      expect([...run!.minTick]).toEqual([t0, t0 + 10n * second]);
      expect([...run!.maxTick]).toEqual([t0 + 9n * second, t0 + 19n * second]);
      expect([...run!.rising]).toEqual([1, 0]);
    });

    it('leaves out frames, runs and files beside the range', async () => {
      await archive.store.commit([
        newFile('/data/a.g3', [block(0), block(10), block(20)]),
        newFile('/data/b.g3', [block(100)]),
      ]);
      const offsets = async (range: { start: number; end: number }) =>
        (await runs(range)).map((run) => [run.path, ...run.offset]);
      expect(await offsets(at(12n, 21n))).toEqual([['/data/a.g3', 6000, 11_000]]);
      expect(await offsets(at(30n, 100n))).toEqual([]);
      expect(await offsets(at(30n, 101n))).toEqual([['/data/b.g3', 51_000]]);
      expect((await runs(at(12n, 21n)))[0]!.span).toEqual({ first: t0 + 10n * second, last: t0 + 29n * second });
    });

    it('ranges hold their start and not their end', async () => {
      await stored(archive.store, newFile('/data/a.g3', [block(0)]));
      const [first, last] = [seconds(t0), seconds(t0 + 9n * second)];
      expect(await runs({ start: last, end: last + 1 })).toHaveLength(1);
      expect(await runs({ start: first - 1, end: first })).toHaveLength(0);
      expect(await runs({ start: last + 1e-6, end: last + 1 })).toHaveLength(0);
      expect(await runs({ start: last, end: last })).toHaveLength(0);
      expect(await archive.store.fields({ start: last + 1, end: last })).toEqual([]);
    });

    it('finds long runs among short ones', async () => {
      const long = block(0, { maxTick: t0 + 10_000n * second });
      const short = Array.from({ length: 20 }, (_, i) => newFile(`/data/${i}.g3`, [block(100 * (i + 1))]));
      await archive.store.commit([newFile('/data/long.g3', [long]), ...short]);
      expect((await runs(at(1105n, 1110n))).map((run) => run.path)).toEqual(['/data/long.g3', '/data/10.g3']);
      expect((await runs(at(9999n, 10_000n))).map((run) => run.path)).toEqual(['/data/long.g3']);
    });

    it('orders runs by their first samples', async () => {
      await archive.store.commit([
        newFile('/data/c.g3', [block(50)]),
        newFile('/data/a.g3', [block(100)]),
        newFile('/data/b.g3', [block(0)]),
      ]);
      expect((await runs(allTime)).map((run) => run.path)).toEqual(['/data/b.g3', '/data/c.g3', '/data/a.g3']);
    });

    it('asks only for runs with one of the fields', async () => {
      await archive.store.commit([
        newFile('/data/a.g3', [block(0, { kinds: { x: 'f64' } })]),
        newFile('/data/b.g3', [block(10, { kinds: { x: 'f64', y: 'bool' } })]),
        newFile('/data/c.g3', [block(20, { kinds: { z: 'str' }, block: 'other' })]),
      ]);
      const paths = async (fields: string[]) => (await runs(allTime, fields)).map((run) => run.path);
      expect(await paths(['y'])).toEqual(['/data/b.g3']);
      expect(await paths(['y', 'x', 'z'])).toEqual(['/data/a.g3', '/data/b.g3', '/data/c.g3']);
      expect(await paths(['nothing'])).toEqual([]);
      expect(await paths([])).toEqual([]);
      expect(await archive.store.runs({ feed: 'unknown', fields: new Set(['x']), range: allTime })).toEqual([]);
    });

    it('fields have the kind of their newest samples in the range', async () => {
      await archive.store.commit([
        newFile('/data/b.g3', [block(100, { kinds: { x: 'f64' } })]),
        newFile('/data/a.g3', [block(0, { kinds: { x: 'i64', old: 'bool' } })]),
      ]);
      const all = await archive.store.fields(allTime);
      const span = { first: t0, last: t0 + 109n * second };
      expect(all).toContainEqual({ feed, block: 'temps', field: 'x', kind: 'f64', span });
      expect(all).toContainEqual({
        feed,
        block: 'temps',
        field: 'old',
        kind: 'bool',
        span: { first: t0, last: t0 + 9n * second },
      });
      expect(all).toHaveLength(2);
      expect(await archive.store.fields(at(0n, 50n))).toMatchObject([{ field: 'old' }, { field: 'x', kind: 'i64' }]);
      expect(await archive.store.fields(at(50n, 99n))).toEqual([]);
    });

    it('a kind that changes within a file is that of the newer samples', async () => {
      const kinds = { x: 'i64', gone: 'str' } as const;
      const known = await stored(archive.store, newFile('/data/a.g3', [block(0, { kinds })]));
      await stored(archive.store, nextOf(known, 'append', [block(10, { kinds: { x: 'f64' } })]));
      const fields = await archive.store.fields(allTime);
      expect(fields.map(({ field, kind }) => [field, kind]).sort()).toEqual([
        ['gone', 'str'],
        ['x', 'f64'],
      ]);
      expect(await runs(rangeOf(t0, t0), ['gone'])).toHaveLength(1);
    });

    it('times beyond 2^53, before 1970 and at the ends of what a tick can be stay as they are', async () => {
      const ends = [-(2n ** 63n), 2n ** 63n - 1n, -12_345_678_901_234_567n, 9_007_199_254_740_993n];
      await archive.store.commit(
        ends.map((tick, i) => newFile(`/data/${i}.g3`, [block(0, { block: `b${i}`, minTick: tick, maxTick: tick })])),
      );
      for (const [i, tick] of ends.entries()) {
        const info = (await archive.store.feeds(feed)).find((f) => f.block === `b${i}`);
        expect(info?.span).toEqual({ first: tick, last: tick });
        const run = (await runs(allTime)).find((r) => r.block === `b${i}`);
        expect([run?.span.first, run?.minTick[0]]).toEqual([tick, tick]);
      }
    });

    it('a span as long as all of time is no trouble', async () => {
      const whole = block(0, { minTick: -(2n ** 63n), maxTick: 2n ** 63n - 1n });
      await archive.store.commit([newFile('/data/a.g3', [whole]), newFile('/data/b.g3', [block(0)])]);
      expect((await runs(rangeOf(t0, t0))).map((run) => run.path)).toEqual(['/data/a.g3', '/data/b.g3']);
    });

    it('a signal ends a query', async () => {
      await stored(archive.store, newFile('/data/a.g3', [block(0)]));
      const signal = AbortSignal.abort();
      const query = { feed, fields: new Set(['Channel 01']), range: allTime };
      await expect(archive.store.runs(query, signal)).rejects.toMatchObject({ code: 'cancelled' });
      const all = async () => {
        for await (const _ of archive.store.files(signal)) break;
      };
      await expect(all()).rejects.toMatchObject({ code: 'cancelled' });
    });
  });
}
