import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Reader, TimeRange } from '@sisock/core';
import { collect } from '@sisock/core';
import { createMetrics } from '@sisock/runtime';
import { type Sample, samplesOf } from '@sisock/testkit';
import { pino } from 'pino';
import { FileTree, type FileTreeOptions, type TreeLayout } from '../../src/file-tree.js';
import { treeReader } from '../../src/tree-reader.js';

export interface LogLine {
  readonly msg: string;
  readonly line?: number;
  readonly file?: string;
}

/** A directory of files under test, with a clock that stands and a log that is kept. */
export interface TestTree {
  readonly directory: string;
  readonly lines: LogLine[];
  readonly write: (name: string, text: string) => Promise<void>;
  readonly open: (options?: Partial<FileTreeOptions>) => Promise<{ tree: FileTree; reader: Reader }>;
  readonly remove: () => Promise<void>;
  now: number;
}

export async function testTree(layout: TreeLayout): Promise<TestTree> {
  const directory = await mkdtemp(join(tmpdir(), 'tree-'));
  const lines: LogLine[] = [];
  const log = pino({ level: 'info' }, { write: (text: string) => void lines.push(JSON.parse(text) as LogLine) });
  const made: TestTree = {
    directory,
    lines,
    // Long after the files were written: their last lines count, with an end or without.
    now: Date.now() / 1000 + 3600,
    write: (name, text) => writeFile(join(directory, name), text),
    remove: () => rm(directory, { recursive: true, force: true }),
    async open(options = {}) {
      const fixed = { directory, layout, log, metrics: createMetrics(), clock: () => made.now, checkEvery: 0 };
      const tree = await FileTree.open({ ...fixed, ...options });
      return { tree, reader: treeReader(tree) };
    },
  };
  return made;
}

/** All samples of a field in a range, read in chunks. */
export async function read(reader: Reader, field: string, range: TimeRange, maxSamples?: number): Promise<Sample[]> {
  const query = { timeline: field, fields: [field], range, ...(maxSamples !== undefined && { maxSamples }) };
  return samplesOf((await collect(reader, query, { maxRows: 1e7 })).batches, field);
}

/** What a plain reading of the samples gives. */
export function plain(all: readonly Sample[], { start, end }: TimeRange): Sample[] {
  return all.filter(([t]) => t >= start && t < end);
}
