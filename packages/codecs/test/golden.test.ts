import { describe, expect, it } from '@jest/globals';
import { decodeObject } from '@sisock/codecs/g3';
import { fixture, type GoldenData, golden, goldenArray, goldenObject, goldensIn } from './support/golden.js';
import { blocksOf, framesOf, samplesOf } from './support/so3g-archive.js';

const goldens = ['tiny', 'medium', 'days', 'ocs', 'ocs-live'].flatMap(goldensIn);

/** Fields whose values so3g distorts: docs/g3.md, "Where we differ from so3g". */
const distorted = new Set(['obs.tc.feeds.f.v']);

function load(name: string) {
  const folder = name.slice(0, name.lastIndexOf('/') + 1);
  const said = golden(name);
  const files = said.files.map(({ file, frames }) => ({ file, frames, bytes: fixture(`${folder}${file}`) }));
  return { said, files, blocks: files.flatMap(({ file, bytes }) => blocksOf(file, bytes)) };
}

it('has goldens of all files', () => {
  expect(goldens).toHaveLength(15);
});

describe.each(goldens)('%s', (name) => {
  const { said, files, blocks } = load(name);

  it('has the frames, keys and values that spt3g reads', () => {
    for (const { bytes, frames } of files) {
      const read = framesOf(bytes);
      expect(read.map(({ offset, type }) => ({ offset, type }))).toEqual(
        frames.map(({ offset, type }) => ({ offset, type })),
      );
      read.forEach(({ entries }, i) => {
        const keys = frames[i]!.keys;
        expect([...entries.keys()].sort()).toEqual(Object.keys(keys).sort());
        for (const [key, blob] of entries) {
          const object = goldenObject(decodeObject(blob)) as object;
          const expected = keys[key]!;
          // Long values are left out of the goldens; detector classes aren't read.
          if ('value' in expected && 'value' in object) expect({ key, ...object }).toEqual({ key, ...expected });
          else expect(object).toMatchObject({ type: expected.type });
        }
      });
    }
  });

  it('has the blocks that so3g indexes', () => {
    const place = (x: { file: string; offset: number; index: number }) => `${x.file} ${x.offset} ${x.index}`;
    const ours = blocks.map((block) => ({
      place: place(block),
      provider: block.feed,
      count: block.t.length,
      range: [block.t[0], block.t.at(-1)],
    }));
    const theirs = said.field_groups.flatMap(({ provider, index }) =>
      index.map(({ filename, byte_offset, block_index, count, time_range }) => ({
        place: place({ file: filename, offset: byte_offset, index: block_index }),
        ...{ provider, count, range: time_range },
      })),
    );
    const byPlace = (a: { place: string }, b: { place: string }) => (a.place < b.place ? -1 : 1);
    expect(ours.sort(byPlace)).toEqual(theirs.sort(byPlace));
    for (const { fields, index } of said.field_groups) {
      const { filename, byte_offset, block_index } = index[0]!;
      const first = blocks.find((b) => b.file === filename && b.offset === byte_offset && b.index === block_index)!;
      expect([...first.columns.keys()]).toEqual(fields);
    }
  });

  it("has the samples that so3g's get_data gives", () => {
    let compared = 0;
    const compare = ({ data, timelines }: GoldenData, start: number | null, end: number | null) => {
      for (const [field, expected] of Object.entries(data)) {
        if (distorted.has(field)) continue;
        const timeline = Object.values(timelines).find(({ fields }) => fields.includes(field))!;
        const { times, values } = samplesOf(blocks, field, start ?? undefined, end ?? undefined);
        const {
          head: _h,
          tail: _t,
          min: _n,
          max: _x,
          nan: _a,
          ...plain
        } = expected as never as Record<string, unknown>;
        const { sha256, values: some, n, type } = plain;
        expect({ field, ...goldenArray(expected, values) }).toEqual({
          ...{ field, type, n },
          ...(sha256 === undefined ? { values: some } : { sha256 }),
        });
        const { t } = timeline;
        const like = goldenArray(t, times);
        expect(like).toEqual({ type: t.type, n: t.n, ...(t.sha256 ? { sha256: t.sha256 } : { values: t.values }) });
        if (times.length > 0) expect(timeline.finalized_until).toBe(times.at(-1));
        compared++;
      }
    };
    compare(said.get_data_all, null, null);
    for (const { start, end, short_match, result } of said.queries ?? []) {
      if (!short_match && 'data' in result) compare(result, start, end);
    }
    if (said.field_groups.length > 0 && !name.includes('typechange')) expect(compared).toBeGreaterThan(0);
  });
});

it('keeps doubles that come after integers, which so3g cuts', () => {
  const { blocks } = load('tiny/v2_typechange.g3.golden.json');
  expect(samplesOf(blocks, 'obs.tc.feeds.f.v').values).toEqual([1n, 2n, 3.75, -4.5]);
});
