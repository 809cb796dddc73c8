import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { TilesUpdate } from '@sisock/archive';
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

/** Tiles of 64 s: `at` seconds after t0 lies in this one. */
const power = 6;
const indexAt = (at: number) => Math.floor((seconds(t0) + at) / 2 ** power);
const bytes = (...values: number[]) => Uint8Array.from(values);

export function tilesContract(make: MakeArchive): void {
  describe('tiles', () => {
    let archive: ArchiveUnderTest;
    beforeEach(async () => {
      archive = await make();
      archive.setTime(seconds(t0) + 86_400);
    });
    afterEach(() => archive.close());

    const update = (index: number, more: Partial<TilesUpdate> = {}): TilesUpdate => ({
      ...{ feed, block: 'temps', fields: ['Channel 01', 'Channel_02'], revision: 0, encoding: 1, power, index },
      tiles: new Map([['Channel 01', bytes(index & 255, 0, 255)]]),
      ...more,
    });
    const read = async (indexes: readonly number[], field = 'Channel 01', of = { power, encoding: 1 }) => {
      const wanted = indexes.map((index) => ({ power: of.power, index, field }));
      const tiles = await archive.store.tiles({ feed, encoding: of.encoding, wanted });
      return tiles.map((tile) => (tile === null || tile === 'empty' ? tile : [...tile]));
    };
    const filled = (encoding = 1, fields = ['Channel_02', 'Channel 01']) =>
      archive.store.filledTiles({ feed, block: 'temps', encoding, power, fields });

    it('come back byte by byte, also those without a sample; others are not there', async () => {
      await stored(archive.store, newFile('/data/a.g3', [block(0)]));
      expect(await read([7])).toEqual([null]);
      const large = Uint8Array.from({ length: 70_000 }, (_, i) => i % 251);
      const both = new Map<string, Uint8Array | 'empty'>([['Channel 01', 'empty'], ['Channel_02', large]]); // prettier-ignore
      expect(await archive.store.putTiles([update(7, { tiles: both }), update(9)])).toEqual([true, true]);
      expect(await read([9, 8, 7])).toEqual([[9, 0, 255], null, 'empty']);
      expect(await read([7, 9], 'Channel_02')).toEqual([[...large], null]);
      expect(await read([7], 'never heard of')).toEqual([null]);
      expect(await read([7], 'Channel 01', { power: power + 2, encoding: 1 })).toEqual([null]);
      const other = { feed: 'another', encoding: 1, wanted: [{ power, index: 7, field: 'Channel 01' }] };
      expect(await archive.store.tiles(other)).toEqual([null]);
    });

    it('are known by what was filled with them', async () => {
      await stored(archive.store, newFile('/data/a.g3', [block(0)]));
      await archive.store.putTiles([update(9), update(7), update(8, { fields: ['Channel 01'] })]);
      expect(await filled()).toEqual([7, 9]);
      expect(await filled(1, ['Channel 01'])).toEqual([8]);
      expect(await filled(1, ['Channel 01', 'Channel_02', 'new'])).toEqual([]);
      const more = { fields: ['Channel 01', 'Channel_02', 'new'], tiles: new Map([['new', bytes(1)]]) };
      await archive.store.putTiles([update(7, more)]);
      expect(await filled(1, more.fields)).toEqual([7]);
      const place = { feed, encoding: 1, power, index: 7 };
      expect([...(await archive.store.tiledFields(place))].sort()).toEqual(['Channel 01', 'new']);
      expect((await archive.store.tiledFields({ ...place, index: 6 })).size).toBe(0);
    });

    it('are stored again without harm, by two at once too', async () => {
      await stored(archive.store, newFile('/data/a.g3', [block(0)]));
      const another = await archive.another();
      const all = Array.from({ length: 20 }, (_, i) => update(i, { tiles: new Map([[`f${i % 7}`, bytes(i + 1)]]) }));
      const results = await Promise.all([archive.store, another].map((store) => store.putTiles(all)));
      expect(results.flat()).toEqual(Array.from({ length: 40 }, () => true));
      for (let i = 0; i < 20; i++) expect(await read([i], `f${i % 7}`)).toEqual([[i + 1]]);
    });

    it('are refused when data of their feed changed since they were looked at', async () => {
      await stored(archive.store, newFile('/data/b.g3', [block(1000)]));
      await stored(archive.store, newFile('/data/a.g3', [block(0)]));
      expect(await archive.store.putTiles([update(1), update(2, { revision: 1 })])).toEqual([false, true]);
      expect(await archive.store.putTiles([update(3, { revision: 2 })])).toEqual([false]);
      expect(await archive.store.putTiles([update(3, { feed: 'never heard of' })])).toEqual([false]);
      expect(await archive.store.putTiles([update(3, { block: 'never heard of', revision: 1 })])).toEqual([false]);
      expect(await filled()).toEqual([2]);
    });

    it('go in the transaction that records a change, where they hold some of it, at every width', async () => {
      const known = await stored(archive.store, newFile('/data/a.g3', [block(0), block(200)]));
      await stored(archive.store, newFile('/data/z.g3', [block(5000)]));
      const places = [0, 64, 200, 300].map((at) => update(indexAt(at)));
      const wide = update(Math.floor(indexAt(0) / 4), { power: power + 2 });
      const wider = update(Math.floor(indexAt(5000) / 16), { power: power + 4 });
      await archive.store.putTiles([...places, wide, wider]);
      const late = block(64, { minTick: t0 + 64n * second, maxTick: t0 + 65n * second });
      await stored(archive.store, newFile('/data/late.g3', [late]));
      expect(await read([0, 64, 200, 300].map(indexAt))).toEqual([expect.any(Array), null, expect.any(Array), expect.any(Array)]); // prettier-ignore
      expect(await read([wide.index], 'Channel 01', { power: power + 2, encoding: 1 })).toEqual([null]);
      expect(await read([wider.index], 'Channel 01', { power: power + 4, encoding: 1 })).toEqual([expect.any(Array)]);
      await stored(archive.store, nextOf(known, 'replace', [], { outcome: 'gone' }));
      expect(await filled()).toEqual([indexAt(300)]);
    });

    it('stay when files grow, and when another feed changes', async () => {
      const known = await stored(archive.store, newFile('/data/a.g3', [block(0)]));
      await archive.store.putTiles([update(indexAt(0))]);
      await stored(archive.store, nextOf(known, 'append', [block(10)]));
      const other = { feed: 'observatory.other.feeds.x' };
      await stored(archive.store, newFile('/data/b.g3', [block(1000, other)]));
      await stored(archive.store, newFile('/data/c.g3', [block(0, other)]));
      expect(await filled()).toEqual([indexAt(0)]);
    });

    it('of another encoding are not seen, and replaced', async () => {
      await stored(archive.store, newFile('/data/a.g3', [block(0)]));
      const both = new Map([['Channel 01', bytes(1)], ['Channel_02', bytes(2)]]); // prettier-ignore
      await archive.store.putTiles([update(7, { tiles: both })]);
      expect(await read([7], 'Channel 01', { power, encoding: 2 })).toEqual([null]);
      expect(await filled(2)).toEqual([]);
      await archive.store.putTiles([update(7, { encoding: 2 })]);
      expect(await read([7], 'Channel 01', { power, encoding: 2 })).toEqual([[7, 0, 255]]);
      expect(await read([7], 'Channel_02', { power, encoding: 2 })).toEqual([null]);
      expect(await read([7])).toEqual([null]);
      const rows = await archive.query('select count(*) as n from archive_tiles');
      expect(Number(rows[0]!['n'])).toBe(1);
    });

    it('before a place go where they are not worth their space, of some fields and one width', async () => {
      await stored(archive.store, newFile('/data/a.g3', [block(0)]));
      const both = new Map([['Channel 01', bytes(1)], ['Channel_02', bytes(2)]]); // prettier-ignore
      const wide = update(5, { power: power + 2 });
      await archive.store.putTiles([5, 6, 7, 8].map((index) => update(index, { tiles: both })));
      await archive.store.putTiles([wide]);
      const trim = { feed, block: 'temps', fields: ['Channel 01'], power, before: 7 };
      await archive.store.trimTiles(trim);
      expect(await read([5, 6, 7, 8])).toEqual([null, null, [1], [1]]);
      expect(await read([5], 'Channel_02')).toEqual([[2]]);
      expect(await read([5], 'Channel 01', { power: power + 2, encoding: 1 })).toEqual([expect.any(Array)]);
      expect(await filled()).toEqual([7, 8]);
      await archive.store.trimTiles({ ...trim, feed: 'never heard of', before: 100 });
      await archive.store.trimTiles({ ...trim, block: 'never heard of', fields: ['neither'], before: 100 });
      expect(await filled()).toEqual([7, 8]);
    });

    it('come to a database of before, whose rows stay', async () => {
      const known = await stored(archive.store, newFile('/data/a.g3', [block(0)]));
      for (const table of ['tiles', 'tiles_filled', 'tile_feeds', 'tile_fields']) {
        await archive.query(`drop table archive_${table}`);
      }
      for (const what of ['feed', 'field'])
        await archive.query(`alter table archive_state drop column next_tile_${what}`);
      await archive.query('delete from archive_migrations where number = 4');
      const later = await archive.another();
      expect(await later.migrate()).toEqual({ from: 3, to: 4 });
      expect(await later.file('/data/a.g3')).toEqual(known);
      expect(await later.putTiles([update(1)])).toEqual([true]);
    });

    it('can not lie where no tile can', async () => {
      await stored(archive.store, newFile('/data/a.g3', [block(0)]));
      for (const place of [{ power: 99 }, { power: 0.5 }, { index: NaN }, { index: 2 ** 60 }]) {
        const refused = archive.store.putTiles([update(1, place)]);
        await expect(refused).rejects.toMatchObject({ code: 'bad_request' });
      }
    });
  });
}
