import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type ArchiveUnderTest,
  block,
  feed,
  type MakeArchive,
  newFile,
  nextOf,
  second,
  seconds,
  stored,
  t0,
} from './archive-under-test.js';

/** The files that the original's reader opens for a range; it writes times with dashes, in UTC. */
export function filesQuery(from: string, to: string): string {
  return `select path, filename from feeds where id in (
    select distinct feed_id from fields where ${'`end`'} > '${from}' and start < '${to}') order by id`;
}

export function originalTablesContract(make: MakeArchive): void {
  describe("the original's tables", () => {
    let archive: ArchiveUnderTest;
    beforeEach(async () => {
      archive = await make();
      archive.setTime(seconds(t0) + 86_400);
    });
    afterEach(() => archive.close());
    const feeds = () =>
      archive.query('select filename, path, prov_id, description, scanned from feeds order by path, filename, prov_id');
    const fields = () =>
      archive.query(
        'select path, field, start, `end` from fields join feeds on feeds.id = feed_id order by path, field',
      );
    const times = { start: '2026-03-14 15:09:26.500000', end: '2026-03-14 15:09:35.500000' };

    it('name each provider of a file and the times of its fields, in UTC', async () => {
      await stored(
        archive.store,
        newFile('/data/15/a.g3', [block(0), block(60, { providerId: 4n, feed: 'o.f', kinds: { x: 'str' } })]),
      );
      expect(await feeds()).toEqual([
        { filename: 'a.g3', path: '/data/15', prov_id: 3, description: feed, scanned: 1 },
        { filename: 'a.g3', path: '/data/15', prov_id: 4, description: 'o.f', scanned: 1 },
      ]);
      expect(await fields()).toEqual([
        { path: '/data/15', field: 'Channel 01', ...times },
        { path: '/data/15', field: 'Channel_02', ...times },
        { path: '/data/15', field: 'x', start: '2026-03-14 15:10:26.500000', end: '2026-03-14 15:10:35.500000' },
      ]);
    });

    it('grow with the file and keep their ids', async () => {
      const known = await stored(
        archive.store,
        newFile('/data/15/a.g3', [block(10, { minTick: t0 + 10n * second + 7n })]),
      );
      const [before] = await archive.query('select id from feeds');
      await stored(archive.store, nextOf(known, 'append', [block(20), block(0)]));
      expect((await fields())[0]).toEqual({
        path: '/data/15',
        field: 'Channel 01',
        start: times.start,
        end: '2026-03-14 15:09:55.500000',
      });
      expect(await archive.query('select id from feeds')).toEqual([before]);
    });

    it('answer the query of its reader', async () => {
      await archive.store.commit([newFile('/data/15/a.g3', [block(0)]), newFile('/data/16/b.g3', [block(3600)])]);
      const ask = (from: string, to: string) => archive.query(filesQuery(from, to));
      const a = { path: '/data/15', filename: 'a.g3' };
      expect(await ask('2026-03-14 15:09:30.000000', '2026-03-14 15:09:31.000000')).toEqual([a]);
      expect(await ask('2026-03-14 15:00:00.000000', '2026-03-14 17:00:00.000000')).toEqual([
        a,
        { path: '/data/16', filename: 'b.g3' },
      ]);
      expect(await ask('2026-03-14 15:20:00.000000', '2026-03-14 15:21:00.000000')).toEqual([]);
    });

    it('list fields as its reader names them', async () => {
      await stored(archive.store, newFile('/data/15/a.g3', [block(0)]));
      await stored(archive.store, newFile('/data/15/b.g3', [block(10)]));
      expect(await archive.query('select description from description order by description')).toEqual([
        { description: `${feed}.channel_01` },
        { description: `${feed}.channel_02` },
      ]);
    });

    it('hold files of one name in two directories', async () => {
      await archive.store.commit([newFile('/data/15/a.g3', [block(0)]), newFile('/data/16/a.g3', [block(60)])]);
      expect((await feeds()).map((row) => row['path'])).toEqual(['/data/15', '/data/16']);
      expect(await fields()).toHaveLength(4);
    });

    it('hold two feeds under one provider id, and ids of 63 bits', async () => {
      const large = 2n ** 62n + 1n;
      await stored(
        archive.store,
        newFile('/data/15/a.g3', [block(0), block(10, { feed: 'o.f' }), block(20, { feed: 'o.g', providerId: large })]),
      );
      const rows = await archive.query('select cast(prov_id as char(20)) as id, description from feeds');
      expect(rows.map((row) => [row['id'], row['description']]).sort()).toEqual(
        [
          ['3', 'o.f'],
          ['3', feed],
          [String(large), 'o.g'],
        ].sort(),
      );
    });

    it('lose the rows of a file that is gone, and of what a replaced one lacks', async () => {
      const known = await stored(
        archive.store,
        newFile('/data/15/a.g3', [block(0), block(10, { feed: 'o.f', providerId: 5n })]),
      );
      await stored(archive.store, newFile('/data/15/b.g3', [block(0)]));
      const next = await stored(
        archive.store,
        nextOf(known, 'replace', [block(0, { kinds: { Channel_02: 'i64' } })], { fingerprint: 'other' }),
      );
      expect((await feeds()).map((row) => [row['filename'], row['description']])).toEqual([
        ['a.g3', feed],
        ['b.g3', feed],
      ]);
      expect((await fields()).map((row) => row['field'])).toEqual(['Channel 01', 'Channel_02', 'Channel_02']);
      await stored(archive.store, nextOf(next, 'replace', [], { outcome: 'gone' }));
      expect((await feeds()).map((row) => row['filename'])).toEqual(['b.g3']);
      expect(await fields()).toHaveLength(2);
    });

    it("take over rows of the original's scanner: what agrees keeps its id, what disagrees goes, others stay", async () => {
      const rows = [
        `(11, 'a.g3', '/data/15', 3, '${feed}', 1)`, // as the file says
        `(12, 'a.g3', '/data/15', 4, 'observatory.LSA22YE.channel_01_r', 1)`, // an older form
        `(13, 'a.g3', '/data/99/', 3, '${feed}', 1)`, // of a file that is not scanned
        `(14, 'b.g3', '/data/15/', 3, '${feed}', 0)`, // a directory with a slash at its end
      ];
      await archive.query(
        `insert into feeds (id, filename, path, prov_id, description, scanned) values ${rows.join(', ')}`,
      );
      const local = "'2026-03-14 11:09:26.500000', '2026-03-14 11:09:35.500000'";
      await archive.query(
        `insert into fields values (11, 'Channel 01', ${local}), (11, 'Channel 9', ${local}), (12, 'Channel 1', ${local}),
          (13, 'Channel 01', ${local})`,
      );
      await archive.store.commit([newFile('/data/15/a.g3', [block(0)]), newFile('/data/15/b.g3', [block(0)])]);
      expect(await archive.query('select id, path from feeds order by id')).toEqual([
        { id: 11, path: '/data/15' },
        { id: 13, path: '/data/99/' },
        { id: 14, path: '/data/15' },
      ]);
      const found = await archive.query('select feed_id, field, start from fields order by feed_id, field');
      expect(found.map((row) => [row['feed_id'], row['field'], row['start']])).toEqual([
        [11, 'Channel 01', times.start],
        [11, 'Channel_02', times.start],
        [13, 'Channel 01', '2026-03-14 11:09:26.500000'],
        [14, 'Channel 01', times.start],
        [14, 'Channel_02', times.start],
      ]);
    });

    it('take names of 255 characters, and longer ones where there is room', async () => {
      const name = 'é'.repeat(255);
      const long = `observatory.${'x'.repeat(600)}.feeds.f`;
      await stored(
        archive.store,
        newFile(`/${'d'.repeat(250)}/${'e'.repeat(250)}/a.g3`, [
          block(0, { feed: long, kinds: { [name]: 'f64', ['y'.repeat(256)]: 'f64' } }),
        ]),
      );
      expect((await feeds())[0]).toMatchObject({ description: long });
      expect((await fields()).map((row) => row['field'])).toEqual([name]);
    });

    it('times that a DATETIME can not hold are cut to its ends', async () => {
      await stored(
        archive.store,
        newFile('/data/15/a.g3', [block(0, { minTick: -(2n ** 63n), maxTick: 2n ** 63n - 1n })]),
      );
      expect((await fields())[0]).toMatchObject({
        start: '1000-01-01 00:00:00.000000',
        end: '4892-10-07 21:52:48.547759',
      });
    });
  });
}
