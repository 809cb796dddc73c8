import { rename, rm } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { type ArchiveStore } from '@sisock/archive';
import { BlockCache, BlockReader } from '@sisock/blocks';
import { type ReduceQuery, toSisockError } from '@sisock/core';
import { ArchiveTiles, G3Reader } from '@sisock/g3-archive';
import { FrameFiles } from '@sisock/g3-files';
import { createMetrics, silentLogger } from '@sisock/runtime';
import fc from 'fast-check';
import { blockOf, HkFiles } from '../../../g3-archive/test/support/hk-files.js';
import { startScanner, TileFiller } from '../../src/index.js';

const feed = 'observatory.LSA22YE.feeds.temperatures';
/** With 2 samples a bucket at 1 Hz a tile of the finest level is 512 s; files are as long as three of them at most. */
const leastSamples = 2;
const start = 512 * 64 * 45_776;
const fileSeconds = 1500;
const clock = () => start + 1e9;
const parts = { log: silentLogger(), clock };

type Step =
  | { readonly kind: 'file' | 'grow' | 'late' | 'replace'; readonly which: number; readonly seconds: number }
  | { readonly kind: 'delete'; readonly which: number }
  | { readonly kind: 'fill' };

const which = fc.nat({ max: 1000 });
const changes = fc.constantFrom('file', 'file', 'grow', 'late', 'replace' as const);
const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: changes, which, seconds: fc.integer({ min: 20, max: fileSeconds }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete' as const), which }) },
  { weight: 3, arbitrary: fc.constant({ kind: 'fill' as const }) },
);

/** A panel over all there may be, one somewhere in it with edges beside those of stored buckets, and one of statistics. */
const panels = fc.record({
  from: fc.integer({ min: 0, max: 4000 }),
  width: fc.double({ min: 1, max: 90, noNaN: true }),
});
const queriesOf = ({ from, width }: { readonly from: number; readonly width: number }): readonly ReduceQuery[] =>
  [
    { start, width: 64, count: 160, want: 'm4' as const },
    { start: start + from, width, count: 100, want: 'minmax' as const },
    { start, width: 128, count: 60, want: ['count', 'mean', 'max'] as const },
  ].map((buckets) => ({
    timeline: `${feed}.temps`,
    fields: ['a', 'state'].map((name) => `${feed}.${name}`),
    ...buckets,
  }));

/** Files of one feed, each with a place of its own in time; no name is used twice. */
class Files {
  readonly #hk: HkFiles;
  readonly #there: { readonly name: string; readonly from: number; end: number }[] = [];
  readonly #holes: number[] = [];
  #made = 0;
  #end = 0;

  constructor(hk: HkFiles) {
    this.#hk = hk;
  }

  async apply(step: Exclude<Step, { kind: 'fill' }>): Promise<void> {
    const at = step.which % Math.max(1, this.#there.length);
    const file = this.#there[at];
    if (step.kind === 'file' || (step.kind === 'late' && this.#holes.length === 0)) {
      // Every third place is left free, for a file that comes late.
      if (this.#made % 3 === 2) this.#holes.push(this.#end++);
      await this.#make(fileSeconds * this.#end++, step.seconds);
    } else if (step.kind === 'late') await this.#make(fileSeconds * this.#holes.shift()!, step.seconds);
    else if (file === undefined) return;
    else if (step.kind === 'grow') {
      const more = Math.min(step.seconds, file.from + fileSeconds - file.end);
      if (more > 0) await this.#write(file.name, file.end, more);
      file.end += more;
    } else if (step.kind === 'replace') {
      const other = `${this.#made++}.part`;
      await this.#write(other, file.from, step.seconds);
      await rename(this.#hk.path(other), this.#hk.path(file.name));
      file.end = file.from + step.seconds;
    } else {
      await rm(this.#hk.path(file.name));
      this.#there.splice(at, 1);
    }
  }

  async #make(from: number, seconds: number): Promise<void> {
    const name = `${this.#made++}.g3`;
    await this.#write(name, from, seconds);
    this.#there.push({ name, from, end: from + seconds });
  }

  /** No two files hold the same values. */
  #write(name: string, from: number, seconds: number): Promise<void> {
    const t = Array.from({ length: seconds }, (_, i) => start + from + i);
    const version = this.#made;
    const a = t.map((s) => ((s * 7) % 97) + version * 1000);
    const state = t.map((s) => `${version} ${Math.floor(s / 50) % 3}`);
    return this.#hk.write(name, feed, [blockOf('temps', t, { a, state })]);
  }
}

/** Nodes over one archive, with what they have in memory. */
class Nodes {
  readonly #store: ArchiveStore;
  readonly #closing: (() => Promise<void>)[] = [];

  constructor(store: ArchiveStore) {
    this.#store = store;
  }

  #g3() {
    const files = new FrameFiles({});
    const g3 = new G3Reader({ store: this.#store, files, ...parts, metrics: createMetrics(), pollMs: 10 });
    this.#closing.push(async () => {
      await g3.close();
      await files.close();
    });
    return g3;
  }

  /** `tiles`: takes tiles out of the database too. */
  open(tiles: boolean): BlockReader {
    const g3 = this.#g3();
    const source = new ArchiveTiles({ store: this.#store, timeline: (name) => g3.timeline(name), log: parts.log });
    const cache = new BlockCache(4_000_000);
    const reader = new BlockReader({
      reader: g3,
      cache,
      clock,
      leastSamples,
      finerPowers: [2, 3],
      ...(tiles && { source }),
    });
    this.#closing.push(() => reader.close());
    return reader;
  }

  filler(recentSec: number): TileFiller {
    const signal = new AbortController().signal;
    return new TileFiller({
      ...{ store: this.#store, reader: this.#g3(), leastSamples, recentSec, signal },
      turn: async () => undefined,
    });
  }

  async close(): Promise<void> {
    for (const close of this.#closing.reverse()) await close();
  }
}

async function answerOf(reader: BlockReader, query: ReduceQuery): Promise<string> {
  const answer = await reader.reduce(query).then(
    ({ fields, finalizedUntil, revision }) => [[...fields], finalizedUntil, revision],
    (error: unknown) => toSisockError(error).code,
  );
  return JSON.stringify(answer, (_, value: unknown) =>
    ArrayBuffer.isView(value) ? Array.from(value as Float64Array) : value,
  );
}

async function play(
  store: ArchiveStore,
  history: readonly Step[],
  queries: readonly ReduceQuery[],
  recentSec: number,
): Promise<void> {
  const hk = await HkFiles.make(store);
  const files = new Files(hk);
  const nodes = new Nodes(store);
  const scanner = await startScanner({
    ...{ store, directories: [hk.directory], metrics: createMetrics(), scanInterval: Infinity, lookEvery: Infinity },
    ...parts,
  });
  try {
    await scanner.firstScan;
    const warm = [nodes.open(false), nodes.open(true)];
    const filler = nodes.filler(recentSec);
    for (const step of history) {
      if (step.kind === 'fill') await filler.fill();
      else await files.apply(step);
      await scanner.scan();
      const cold = new Nodes(store);
      try {
        const reader = cold.open(false);
        // Nothing would be the same as nothing.
        if (step === history[0]) expect(await answerOf(reader, queries[0]!)).toContain('"kind":"samples"');
        for (const query of queries) {
          const expected = await answerOf(reader, query);
          for (const one of warm) expect(await answerOf(one, query)).toBe(expected);
        }
      } finally {
        await cold.close();
      }
    }
  } finally {
    await nodes.close();
    await scanner.close();
    await store.close();
    await hk.remove();
  }
}

/** `open` gives an empty archive of its own each time, `runs` says how many histories are played for each depth of tiles. */
export function panelHistories(database: string, open: () => Promise<ArchiveStore>, runs: number): void {
  describe(`a panel of an archive in ${database}`, () => {
    it.each([0, 2000])(
      'is the same from cold and warm blocks after each file that grows, is replaced, deleted or late (the newest %s s are finer)',
      async (recentSec) => {
        await fc.assert(
          fc.asyncProperty(fc.array(steps, { minLength: 4, maxLength: 12 }), panels, async (history, panel) =>
            play(
              await open(),
              [{ kind: 'file', which: 0, seconds: fileSeconds }, ...history],
              queriesOf(panel),
              recentSec,
            ),
          ),
          { numRuns: runs },
        );
      },
      120_000,
    );
  });
}
