import { appendFile, mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ArchiveStore } from '@sisock/archive';
import { type HkFrameToWrite, type HkState, writeHk } from '@sisock/codecs/g3';
import type { Batch, Value } from '@sisock/core';
import { fingerprint, indexFile } from '@sisock/g3-files';
import { batchOf } from '@sisock/testkit';

/** The tick that is this second when it is read. */
export function tickOf(seconds: number): bigint {
  const near = BigInt(Math.round(seconds * 1e8));
  for (let off = 0n; off < 64n; off++) {
    if (Number(near + off) / 1e8 === seconds) return near + off;
    if (Number(near - off) / 1e8 === seconds) return near - off;
  }
  throw new Error(`no tick is ${seconds}`);
}

export interface BlockToWrite {
  readonly name: string;
  readonly ticks: readonly bigint[];
  readonly columns: Batch['columns'];
}

/** A block out of plain values: times in seconds. */
export function blockOf(name: string, t: readonly number[], fields: Record<string, readonly Value[]>): BlockToWrite {
  return { name, ticks: t.map(tickOf), columns: batchOf(t, fields).columns };
}

const sessionId = 77n;

/** A directory of g3 files that are written frame by frame and indexed as a scanner does. */
export class HkFiles {
  readonly directory: string;
  readonly #store: ArchiveStore;
  readonly #providers = new Map<string, Map<string, bigint>>();
  readonly #resume = new Map<string, Resume>();

  private constructor(directory: string, store: ArchiveStore) {
    this.directory = directory;
    this.#store = store;
  }

  static async make(store: ArchiveStore): Promise<HkFiles> {
    return new HkFiles(await mkdtemp(join(tmpdir(), 'g3-reader-')), store);
  }

  path(file: string): string {
    return join(this.directory, file);
  }

  /** Appends a frame of a feed to a file, with what must stand before it. */
  async write(file: string, feed: string, blocks: readonly BlockToWrite[]): Promise<void> {
    const path = this.path(file);
    const frames: HkFrameToWrite[] = [];
    let providers = this.#providers.get(file);
    if (!providers) {
      this.#providers.set(file, (providers = new Map()));
      await mkdir(dirname(path), { recursive: true });
      frames.push({ kind: 'session', sessionId, startTime: 0, description: 'test' });
    }
    if (!providers.has(feed)) {
      providers.set(feed, BigInt(providers.size));
      const all = [...providers].map(([description, id]) => ({ id, description }));
      frames.push({ kind: 'status', sessionId, timestamp: 0, providers: all });
    }
    frames.push({
      kind: 'data',
      sessionId,
      providerId: providers.get(feed)!,
      timestamp: 0,
      address: feed,
      blocks: blocks.map(({ name, ticks, columns }) => ({ name, ticks: BigInt64Array.from(ticks), columns })),
    });
    await appendFile(path, Buffer.concat(frames.map((frame) => writeHk(frame))));
  }

  /** Tells the archive what a file holds: what is new of it, or all (`again`). */
  async scan(file: string, again = false): Promise<void> {
    const path = this.path(file);
    this.#resume.set(path, await indexInto(this.#store, path, again ? undefined : this.#resume.get(path)));
  }

  /** Writes a frame and tells the archive of it. */
  async add(file: string, feed: string, blocks: readonly BlockToWrite[]): Promise<void> {
    await this.write(file, feed, blocks);
    await this.scan(file);
  }

  remove(): Promise<void> {
    return rm(this.directory, { recursive: true });
  }
}

/** Where to go on in a file that grows. */
export interface Resume {
  readonly offset: number;
  readonly state: HkState;
}

/** Does what a scanner does with one file. */
export async function indexInto(store: ArchiveStore, path: string, from?: Resume): Promise<Resume> {
  const known = await store.file(path);
  const { size, mtimeMs } = await stat(path);
  const blocks = [];
  const steps = indexFile(path, from ? { from } : {});
  for (;;) {
    const { value, done } = await steps.next();
    blocks.push(...value.blocks);
    if (!done) continue;
    const { goodOffset, state, damage } = value;
    const outcome = damage === null ? ('ok' as const) : ('damaged' as const);
    const told = damage && { kind: damage.kind, offset: damage.offset, message: damage.message };
    const common = { path, size, mtimeUs: Math.round(mtimeMs * 1000), goodOffset, outcome, damage: told };
    const file = { ...common, fingerprint: await fingerprint(path, goodOffset), resume: '' };
    const mode = from ? ('append' as const) : ('replace' as const);
    await store.commit([{ file, expected: known?.version ?? null, mode, blocks }]);
    return { offset: goodOffset, state };
  }
}
