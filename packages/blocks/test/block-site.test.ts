import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { BlockCache, BlockSite } from '@sisock/blocks';
import {
  bucketEdge,
  MemoryReader,
  MemorySite,
  reduceBatches,
  type ReducedSamples,
  type ReduceQuery,
} from '@sisock/core';
import { silentLogger } from '@sisock/runtime';
import { batchOf, until } from '@sisock/testkit';
import { nodeUri, WampReader } from '@sisock/wamp';
import { Bench } from '../../wamp/test/support.js';

const now = 1_500_400_000;
const tile = 32_768;
const start = tile * 45_776;
const samples = 6 * tile;

/** A node as the original's authors write them: two fields, a sample a second, final up to the last one that it gave. */
class OldNode {
  readonly calls: { readonly fields: string[]; readonly start: number; readonly end: number }[] = [];
  t = Array.from({ length: samples }, (_, i) => start + i);

  async serve(bench: Bench): Promise<WampReader> {
    const session = await bench.session();
    await session.register(nodeUri('old', 'get_fields'), () => {
      const field = { description: null, timeline: 'all', type: 'number', units: null };
      return [{ a: field, b: field }, { all: { interval: 1, field: ['a', 'b'] } }];
    });
    await session.register(nodeUri('old', 'get_data'), ([fields, from, to]) =>
      this.#data(fields as string[], from as number, to as number),
    );
    return new WampReader('old', [], {
      session: await bench.session({ authid: 'eye' }),
      log: silentLogger(),
      clock: () => now,
      callTimeoutMs: 20_000,
      followPollMs: 5,
      fieldsFreshMs: 1e6,
      onProblem: (_, problem) => {
        throw new Error(problem);
      },
    });
  }

  #data(fields: string[], from: number, to: number): unknown {
    this.calls.push({ fields, start: from, end: to });
    const t = this.t.filter((x) => x >= from && x < to);
    const data = Object.fromEntries(fields.map((f) => [f, t.map((x) => (x * (f === 'a' ? 1 : 7)) % 1013)]));
    return { data, timeline: { all: { t, finalized_until: t.at(-1) ?? 0 } } };
  }
}

const query = (field: string, more: Partial<ReduceQuery> = {}): ReduceQuery => ({
  ...{ timeline: field, fields: [field], start, width: 1024, count: (5 * tile) / 1024, want: 'm4' },
  ...more,
});

describe("a site with the original's nodes", () => {
  let bench: Bench;
  let node: OldNode;
  let site: BlockSite;
  let cache: BlockCache;
  let memory: MemorySite;
  beforeEach(async () => {
    bench = await Bench.start();
    node = new OldNode();
    memory = new MemorySite(() => now);
    memory.add('old', await node.serve(bench));
    cache = new BlockCache();
    site = new BlockSite(memory, cache, () => now);
  });
  afterEach(async () => {
    await site.close();
    await bench.close();
  });

  it('reduces what they have once read in memory, all fields with one call', async () => {
    const reader = site.reader('old');
    // Its first answers say how far they are final.
    await Promise.all(['a', 'b'].map((field) => reader.reduce(query(field, { count: (6 * tile) / 1024 }))));
    node.calls.length = 0;
    await Promise.all(['a', 'b'].map((field) => reader.reduce(query(field))));
    for (const { fields } of node.calls) expect(fields.sort()).toEqual(['a', 'b']);
    expect(node.calls).toHaveLength(5);
    node.calls.length = 0;
    for (let k = 0; k < 3; k++) {
      for (const field of ['a', 'b']) {
        const { fields } = await reader.reduce(query(field));
        const t = node.t.filter((x) => x < bucketEdge(query(field), query(field).count));
        const whole = batchOf(t, { [field]: t.map((x) => (x * (field === 'a' ? 1 : 7)) % 1013) });
        const expected = reduceBatches(query(field), [whole]).get(field) as ReducedSamples;
        const got = fields.get(field) as ReducedSamples;
        expect([[...got.t], [...got.column.v], got.from]).toEqual([
          [...expected.t],
          [...expected.column.v],
          expected.from,
        ]);
      }
    }
    expect(node.calls).toEqual([]);
    expect(cache.counts.made).toBe(10);
  });

  it('asks them again for what is not final, and for nothing else', async () => {
    const reader = site.reader('old');
    const wide = query('a', { count: (8 * tile) / 1024 });
    await reader.reduce(wide);
    await reader.reduce(wide);
    node.calls.length = 0;
    await reader.reduce(wide);
    expect(node.calls).toHaveLength(1);
    expect(node.calls[0]!.start).toBeGreaterThan(start + 5 * tile);
  });

  it('forgets a node that came anew, and leaves those alone that keep blocks themselves', async () => {
    const t = Array.from({ length: 3 * tile }, (_, i) => start + i);
    const timelines = [{ name: 'a', interval: 1, batches: [batchOf(t, { a: t })] }];
    memory.add('plain', new MemoryReader({ timelines }));
    const reader = site.reader('plain');
    expect(site.reader('plain')).toBe(reader);
    for (let k = 0; k < 2; k++) await reader.reduce(query('a'));
    expect(cache.tiles).toBeGreaterThan(0);
    memory.remove('plain');
    const own = new MemoryReader({ timelines });
    memory.add('plain', own);
    memory.add('ours', own, '', ['catalog', 'read', 'reduce']);
    expect(site.reader('plain')).not.toBe(reader);
    await until(() => cache.tiles === 0);
    expect(site.reader('ours')).toBe(own);
    expect(() => site.reader('none')).toThrow(expect.objectContaining({ code: 'unknown_node' }));
  });
});
