import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ArchiveUnderTest, block, type MakeArchive, newFile, seconds, stored, t0 } from './archive-under-test.js';

export function namesContract(make: MakeArchive): void {
  describe('names', () => {
    let archive: ArchiveUnderTest;
    beforeEach(async () => {
      archive = await make();
      archive.setTime(seconds(t0) + 86_400);
    });
    afterEach(() => archive.close());
    const allTime = { start: -Infinity, end: Infinity };

    it.each([
      ['255 characters', 'n'.repeat(255)],
      ['thousands of them', 'é'.repeat(5000)],
      ['non-ASCII letters', 'Température °C 温度 😀'],
      ['quotes and SQL', `'"\`\\'; drop table feeds; -- %_ ?`],
      ['control characters', 'a\tb\nc\u0001'],
    ])('with %s come back as they are', async (_, name) => {
      const one = block(0, { feed: `f.${name}`, block: name, kinds: { [name]: 'f64' } });
      await stored(archive.store, newFile(`/data/${name.slice(0, 60)}.g3`, [one]));
      expect(await archive.store.feeds(`f.${name}`)).toMatchObject([{ feed: `f.${name}`, block: name }]);
      expect(await archive.store.fields(allTime)).toMatchObject([{ feed: `f.${name}`, block: name, field: name }]);
      const runs = await archive.store.runs({ feed: `f.${name}`, fields: new Set([name]), range: allTime });
      expect(runs).toHaveLength(1);
    });

    it('that differ in case, accents or blanks at the end are different', async () => {
      const names = ['Channel_1', 'channel_1', 'Channel_1 ', 'Chännel_1', 'Channel 1'];
      const files = names.map((name, i) =>
        newFile(`/data/${name}.g3`, [block(10 * i, { feed: name, kinds: { [name]: 'f64', x: 'f64' } })]),
      );
      expect((await archive.store.commit(files)).every((r) => !r.conflict)).toBe(true);
      for (const name of names) {
        expect((await archive.store.file(`/data/${name}.g3`))?.path).toBe(`/data/${name}.g3`);
        expect((await archive.store.feeds(name)).map((f) => f.feed)).toEqual([name]);
        expect(await archive.store.runs({ feed: name, fields: new Set([name]), range: allTime })).toHaveLength(1);
      }
      const all = block(100, { kinds: Object.fromEntries(names.map((name) => [name, 'f64'])) });
      await stored(archive.store, newFile('/data/all.g3', [all]));
      const fields = await archive.store.fields({ start: seconds(all.minTick), end: Infinity });
      expect(fields.map(({ field }) => field).sort()).toEqual([...names].sort());
    });

    it('a NUL ends no name', async () => {
      const one = block(0, { feed: 'f\0eed', block: 'b\0', kinds: { 'x\0y': 'f64' } });
      await stored(archive.store, newFile('/data/a.g3', [one]));
      expect((await archive.store.feeds()).map((f) => [f.feed, f.block])).toEqual([['f\ufffdeed', 'b\ufffd']]);
      expect((await archive.store.fields(allTime)).map((f) => f.field)).toEqual(['x\0y']);
    });

    it('paths may be as long as a file system allows', async () => {
      const directory = `/data/${'d'.repeat(250)}/${'é'.repeat(120)}/${'x/'.repeat(1500)}`;
      const paths = ['a', 'b'].map((name) => `${directory}${name.repeat(200)}.g3`);
      await archive.store.commit(paths.map((path, i) => newFile(path, [block(10 * i)])));
      const seen: string[] = [];
      for await (const file of archive.store.files()) seen.push(file.path);
      expect(seen).toEqual(paths);
      expect((await archive.store.file(paths[1]!))?.path).toBe(paths[1]);
    });
  });
}
