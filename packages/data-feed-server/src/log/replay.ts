import { readdirSync, rmSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '@sisock/core';
import type { FormerRows } from '../feed-store.js';
import type { Layout, Rows } from './records.js';
import { currentFormat } from './records.js';
import { type Damage, readSegment } from './read-segment.js';
import type { SegmentFile } from './segment-writer.js';
import { TurnTaker } from './turn-taker.js';

export const temporarySuffix = '.tmp';

/** The files of a directory, the oldest first. What a compaction left unfinished is removed. */
export function listSegments(directory: string): { files: SegmentFile[]; nextNumber: number } {
  const files: SegmentFile[] = [];
  let names: string[] = [];
  try {
    names = readdirSync(directory).sort();
  } catch {
    // Told already: it can't be written either.
  }
  let last = 0;
  for (const name of names) {
    const path = join(directory, name);
    if (/^\d{10}\.log\.tmp$/.test(name)) {
      try {
        rmSync(path, { force: true });
      } catch {
        // Written over by the next compaction.
      }
    }
    const number = Number(/^(\d{10})\.log(\.damaged)?$/.exec(name)?.[1] ?? 0);
    if (number > last) last = number;
    if (!/^\d{10}\.log$/.test(name)) continue;
    files.push({ number, path, bytes: statSync(path).size, newest: -Infinity, packed: false });
  }
  return { files, nextNumber: last + 1 };
}

export interface ReplayReport {
  readonly rows: number;
  readonly seconds: number;
  readonly damaged: readonly { readonly file: SegmentFile; readonly damage: readonly Damage[] }[];
  /** Paths of files that can't be opened, or are of a newer format. */
  readonly unreadable: readonly string[];
}

/** Reads the files one by one and gives their rows out, in the order of their arrival for each block. */
export async function replaySegments(
  files: readonly SegmentFile[],
  naming: string,
  clock: Clock,
  restore: (rows: FormerRows, lastSeen: number) => boolean,
): Promise<ReplayReport> {
  const began = performance.now();
  const damaged: { file: SegmentFile; damage: Damage[] }[] = [];
  const unreadable: string[] = [];
  const turns = new TurnTaker();
  let rows = 0;
  for (const file of files) {
    const bytes = await readFile(file.path).catch(() => null);
    if (bytes === null) {
      unreadable.push(file.path);
      continue;
    }
    const damage: Damage[] = [];
    const now = clock();
    const served = new Map<Layout, ReadonlyMap<string, string>>();
    const steps = readSegment(bytes, {
      header: ({ format, packed }) => {
        file.packed = packed;
        if (format > currentFormat) unreadable.push(file.path);
      },
      rows: (layout, found) => {
        let names = served.get(layout);
        if (!names) served.set(layout, (names = servedNames(layout, naming)));
        const newest = latest(found);
        if (newest > file.newest) file.newest = newest;
        if (restore({ ...layout, ...found, served: names }, Math.min(now, newest))) rows += found.t.length;
      },
    });
    for (const one of steps) {
      if (one) damage.push(one);
      await turns.take();
    }
    if (damage.length > 0) damaged.push({ file, damage });
  }
  return { rows, seconds: (performance.now() - began) / 1000, damaged, unreadable };
}

function servedNames({ columns, naming }: Layout, wanted: string): ReadonlyMap<string, string> {
  return new Map(naming === wanted ? columns.map(({ own, served }) => [own, served]) : []);
}

function latest({ t }: Rows): number {
  let newest = -Infinity;
  for (const time of t) if (time > newest) newest = time;
  return newest;
}
