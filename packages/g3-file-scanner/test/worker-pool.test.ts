import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { silentLogger } from '@sisock/runtime';
import { stampFile } from '../src/file-stamp.js';
import type { IndexJob } from '../src/index-job.js';
import type { Indexer } from '../src/indexer.js';
import { createIndexer } from '../src/worker-pool.js';
import { hkFile } from './support/hk-file.js';
import { type TestTree, testTree } from './support/tree.js';

/** The threads are real ones, of what is built. */
const built = new URL('../dist/worker.js', import.meta.url);

describe('threads that index', () => {
  let tree: TestTree;
  let indexer: Indexer;

  beforeEach(async () => {
    tree = await testTree();
    indexer = createIndexer(2, silentLogger(), built);
  });

  afterEach(async () => {
    await indexer.close();
    await tree.close();
  });

  /** Blocks that are found in a file. */
  async function index(name: string, urgent = false): Promise<number> {
    const stamp = (await stampFile(tree.path(name)))!;
    const job: IndexJob = { path: tree.path(name), stamp, from: null, settled: true };
    let blocks = 0;
    const take = async (step: { readonly blocks: readonly unknown[] }) => {
      blocks += step.blocks.length;
      return true;
    };
    expect(await indexer.run(job, take, urgent)).toBe('done');
    return blocks;
  }

  it('are there while there is work, end when they rest, and come again', async () => {
    const names = ['1.g3', '2.g3', '3.g3', '4.g3'];
    for (const name of names) await tree.write(name);
    expect(indexer.threads).toBe(0);
    const found = await Promise.all(names.map((name) => index(name)));
    expect(found.every((blocks) => blocks > 0)).toBe(true);
    expect(indexer.threads).toBe(2);
    await indexer.rest();
    expect(indexer.threads).toBe(0);
    expect(await index('1.g3')).toBe(found[0]);
    expect(indexer.threads).toBe(1);
  });

  it('do not end under a file that they read', async () => {
    await tree.write('1.g3');
    const reading = index('1.g3');
    await indexer.rest();
    expect(await reading).toBeGreaterThan(0);
  });

  it('are not started for little that is urgent', async () => {
    await tree.write('little.g3');
    expect(await index('little.g3', true)).toBeGreaterThan(0);
    expect(indexer.threads).toBe(0);
    await tree.write(
      'large.g3',
      Buffer.concat(Array.from({ length: 1 + 1_000_000 / hkFile().length }, () => hkFile())),
    );
    expect(await index('large.g3', true)).toBeGreaterThan(0);
    expect(indexer.threads).toBe(1);
  });
});
