import { readFile, stat } from 'node:fs/promises';
import type { TimeRange } from '@sisock/core';
import type { SampleLines, Samples } from './sample-lines.js';
import type { NamedFile } from './tree-index.js';

/** What was last seen in a file: enough to know later whether it only grew. */
interface Seen {
  readonly rows: number;
  readonly hash: number;
}

/** One file of a tree, and what is known of it beside its samples. */
export interface TreeFile extends NamedFile {
  readonly path: string;
  /** Times that are taken from it, both inclusive; set by the index. */
  cover: TimeRange;
  /** Inode, size and times of the file when it was last read, null before. */
  stamp: string | null;
  /** The last line was left out; to be read again when the file has rested. */
  waiting: boolean;
  /** When it was last looked at, by the clock of the tree. */
  checkedAt: number;
  seen: Seen | null;
  damaged: number;
  /** The reading under way, shared by all who ask meanwhile. */
  loading: Promise<Samples> | null;
}

export function treeFile(named: NamedFile, path: string): TreeFile {
  return {
    ...named,
    path,
    cover: { start: -Infinity, end: Infinity },
    stamp: null,
    waiting: false,
    checkedAt: -Infinity,
    seen: null,
    damaged: 0,
    loading: null,
  };
}

/** State of a file on disk. `rested`: nobody wrote to it for a while. */
export interface FileState {
  readonly stamp: string;
  readonly size: number;
  readonly rested: boolean;
}

/** @throws the system's error; an error with code `no file` for a directory and the like. */
export async function stateOf(path: string, now: number, settle: number): Promise<FileState> {
  const info = await stat(path);
  if (!info.isFile()) throw Object.assign(new Error(`${path} is no file`), { code: 'no file' });
  return {
    stamp: [info.ino, info.size, info.mtimeMs, info.ctimeMs].join(':'),
    size: info.size,
    rested: Math.abs(now - info.mtimeMs / 1000) >= settle,
  };
}

/** Turns the bytes of a file into the samples of its cover. */
export type ParseFile = (bytes: Uint8Array, file: NamedFile, cover: TimeRange, useTail: boolean) => SampleLines;

export async function readSamples(file: TreeFile, parse: ParseFile, { rested }: FileState): Promise<SampleLines> {
  return parse(await readFile(file.path), file, file.cover, rested);
}

/**
 * Remembers what a file holds. Returns the earliest time at which that differs from what was seen before: that of the first
 * new sample where it only grew, -Infinity where samples changed or went, Infinity where all is as before.
 */
export function remember(file: TreeFile, samples: Samples): number {
  const rows = samples.t.length;
  const known = Math.min(file.seen?.rows ?? 0, rows);
  const prefix = hashRows(samples, 0, known, 0);
  const before = file.seen;
  file.seen = { rows, hash: hashRows(samples, known, rows, prefix) };
  if (before === null) return Infinity;
  if (rows < before.rows || prefix !== before.hash) return -Infinity;
  return rows > before.rows ? samples.t[before.rows]! : Infinity;
}

/** Forgets the samples of a file that can't be read. True where there were some. */
export function forgetSamples(file: TreeFile): boolean {
  const had = (file.seen?.rows ?? 0) > 0;
  file.seen = { rows: 0, hash: 0 };
  file.stamp = null;
  return had;
}

function hashRows({ t, v }: Samples, from: number, to: number, start: number): number {
  const times = new Uint32Array(t.buffer, t.byteOffset, 2 * t.length);
  const values = new Uint32Array(v.buffer, v.byteOffset, 2 * v.length);
  let hash = start;
  for (let i = 2 * from; i < 2 * to; i++) {
    hash = Math.imul(hash ^ times[i]!, 0x9e3779b1);
    hash = Math.imul(hash ^ (hash >>> 15) ^ values[i]!, 0x85ebca6b);
  }
  return hash;
}
