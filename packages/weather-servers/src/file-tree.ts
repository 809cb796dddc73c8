import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, Lru, SisockError } from '@sisock/core';
import { type Logger, type Metrics, pathCure } from '@sisock/runtime';
import type { Samples } from './sample-lines.js';
import { createTeller, reason, type Teller } from './tell-once.js';
import { forgetSamples, type ParseFile, readSamples, remember, stateOf, type TreeFile } from './tree-file.js';
import { TreeNames } from './tree-names.js';
import type { FieldFiles, IndexOptions, NamedFile } from './tree-index.js';

/** What the files of one kind of archive are called, what is in them, and what they are of. */
export interface TreeLayout extends IndexOptions {
  /** What a file name says; a text tells what is wrong with it; null: the file is none of this archive. */
  readonly parseName: (name: string) => NamedFile | string | null;
  /** Names to serve where several files are the same data under two names (default: all). */
  readonly choose?: (files: readonly NamedFile[]) => readonly NamedFile[];
  readonly parse: ParseFile;
  /** The fields there may be, a timeline each. */
  readonly fields: ReadonlyMap<string, { readonly units: string | null; readonly description: string }>;
}

export interface FileTreeOptions {
  readonly directory: string;
  readonly layout: TreeLayout;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** Most bytes of samples kept in memory. */
  readonly cacheBytes?: number;
  /** Seconds between two looks at the directory, and at one file. */
  readonly checkEvery?: number;
  /** A last line without its end is used once the file rested so many seconds: it may still be being written. */
  readonly settle?: number;
  /** Larger files are left out, with a log line. */
  readonly maxFileBytes?: number;
  /** Files that were read before and are looked at again with each look, in turn. */
  readonly filesPerLook?: number;
}

const notMounted = pathCure('ENOENT', 'read');
const nothing: Samples = { t: new Float64Array(0), v: new Float64Array(0) };

/** A directory of many files, known by their names; what is in them is read when asked for and kept within a limit. */
export class FileTree {
  readonly layout: TreeLayout;
  readonly #options: Required<FileTreeOptions>;
  readonly #names: TreeNames;
  readonly #cache: Lru<Samples>;
  readonly #teller: Teller;
  readonly #filesRead: ReturnType<Metrics['counter']>;
  readonly #born: number;
  /** For each field, the latest time before which its data were called final. */
  readonly #final = new Map<string, number>();
  #changed = 0;
  #readings = 0;
  #problem: string | null = null;
  #lookedAt = -Infinity;
  #looking: Promise<void> | null = null;
  #turn = 0;

  private constructor(options: Required<FileTreeOptions>) {
    const { layout, directory, log, metrics, clock } = options;
    this.#options = options;
    this.layout = layout;
    this.#teller = createTeller(log, metrics);
    this.#names = new TreeNames(layout, (name, text) => this.#teller.tell(name, text, { file: join(directory, name) }));
    this.#cache = new Lru(options.cacheBytes);
    this.#filesRead = metrics.counter('sisock_weather_files_read_total', 'Times a weather file was read');
    this.#born = clock();
  }

  /** @throws SisockError `bad_setting` when the directory can't be read. */
  static async open(options: FileTreeOptions): Promise<FileTree> {
    const defaults = { cacheBytes: 64e6, checkEvery: 2, settle: 10, maxFileBytes: 256e6, filesPerLook: 200 };
    const tree = new FileTree({ ...defaults, ...options });
    tree.#lookedAt = options.clock();
    await tree.#lookAndTell();
    return tree;
  }

  /** Looks at the directory where the last look is old enough. What was known before is served on when that fails. */
  async look(): Promise<void> {
    const now = this.#options.clock();
    if (!this.#isFresh(this.#lookedAt, now) && this.#looking === null) {
      this.#lookedAt = now;
      this.#looking = this.#lookAndTell()
        .catch(() => undefined) // health and the log tell
        .finally(() => (this.#looking = null));
    }
    if (this.#looking) await this.#looking;
  }

  /** The files of a field; none where there are none. */
  filesOf(field: string): FieldFiles<TreeFile> {
    return this.#names.filesOf(field);
  }

  /** The samples of a file, by time. Empty for one that can't be read. */
  async samples(file: TreeFile): Promise<Samples> {
    const held = this.#isFresh(file.checkedAt, this.#options.clock()) ? this.#cache.get(file.name) : undefined;
    if (held) return held;
    return this.#reload(file);
  }

  /** Time of a field's last sample: data before it are final. -Infinity where there are none. */
  async finalizedUntil(field: string): Promise<number> {
    const { files, latestOf } = this.filesOf(field);
    let newest = -Infinity;
    for (let i = files.length - 1; i >= 0 && newest <= latestOf(i + 1); i--) {
      newest = Math.max(newest, (await this.samples(files[i]!)).t.at(-1) ?? -Infinity);
    }
    this.#final.set(field, Math.max(newest, this.#final.get(field) ?? -Infinity));
    return newest;
  }

  /** Changes whenever data that were called final changed; not when files grow at the end. */
  revision(): string {
    return `${this.#born}-${this.#changed}`;
  }

  /** What is wrong just now, null when all is well. */
  problem(): string | null {
    return this.#problem;
  }

  counters(): Readonly<Record<string, number>> {
    const { bytes, size: files } = this.#cache;
    const damaged = this.#names.all().reduce((sum, file) => sum + file.damaged, 0);
    return {
      files: this.#names.all().length,
      files_read: this.#readings,
      damaged_lines: damaged,
      cached_files: files,
      cached_bytes: bytes,
    };
  }

  #reload(file: TreeFile): Promise<Samples> {
    return (file.loading ??= this.#load(file).finally(() => (file.loading = null)));
  }

  async #load(file: TreeFile): Promise<Samples> {
    const { clock, settle, maxFileBytes } = this.#options;
    file.checkedAt = clock();
    try {
      const state = await stateOf(file.path, file.checkedAt, settle);
      const isKnown = file.stamp === state.stamp && !(file.waiting && state.rested);
      const held = isKnown ? this.#cache.get(file.name) : undefined;
      if (held) return held;
      if (state.size > maxFileBytes) {
        throw Object.assign(new Error(), { code: `${state.size} bytes are more than the ${maxFileBytes} allowed` });
      }
      const { cover } = file;
      const lines = await readSamples(file, this.layout.parse, state);
      this.#readings++;
      this.#filesRead.inc();
      this.#teller.tellLines(file.path, lines);
      const samples: Samples = { t: lines.t, v: lines.v };
      file.damaged = lines.damaged;
      file.waiting = lines.tail && !state.rested;
      if (remember(file, samples) < (this.#final.get(file.field) ?? -Infinity)) this.#changed++;
      if (file.cover === cover) {
        file.stamp = state.stamp;
        this.#cache.set(file.name, samples, sizeOf(samples));
      } else file.stamp = null; // the index changed meanwhile: the next who asks reads again
      return samples;
    } catch (error) {
      this.#teller.tell(file.path, `can't be read: ${reason(error)}`, { file: file.path });
      const held = this.#cache.get(file.name);
      if (held) return held;
      if (forgetSamples(file)) this.#changed++;
      return nothing;
    }
  }

  async #lookAndTell(): Promise<void> {
    const { directory } = this.#options;
    try {
      const names = await readdir(directory);
      this.#update(names);
      await this.#lookAtSomeFiles();
      this.#problem = this.#names.all().length > 0 ? null : `${this.#setting} holds none of its files; ${notMounted}`;
      if (this.#problem === null) this.#teller.forget(directory);
      else this.#teller.tell(directory, this.#problem, {});
    } catch (error) {
      const code = reason(error);
      this.#problem = `${this.#setting} can't be read: ${code}; ${pathCure(code, 'read')}`;
      this.#teller.tell(directory, this.#problem, {});
      throw new SisockError('bad_setting', this.#problem, { cause: error });
    }
  }

  #update(names: readonly string[]): void {
    const { directory, log } = this.#options;
    const news = this.#names.update(names, directory);
    if (news === null) return;
    for (const file of news.gone) this.#cache.delete(file.name);
    // Their covers changed, so other lines of them may count.
    for (const file of news.moved) this.#cache.delete(file.name);
    const isLate = (file: NamedFile) => file.start < (this.#final.get(file.field) ?? -Infinity);
    if (news.lost.some((file) => (file.seen?.rows ?? 0) > 0) || news.added.some(isLate)) this.#changed++;
    log.info({ directory, files: this.#names.all().length, added: news.added.length }, 'directory of files read');
  }

  /** Some of the files that were read before, in turn: one that changed is noticed though nobody asks for its times. */
  async #lookAtSomeFiles(): Promise<void> {
    const { clock, settle, filesPerLook } = this.#options;
    const all = this.#names.all();
    const some: TreeFile[] = [];
    for (let i = 0; i < all.length && some.length < filesPerLook; i++) {
      this.#turn = (this.#turn + 1) % all.length;
      const file = all[this.#turn]!;
      if (file.stamp !== null) some.push(file);
    }
    await Promise.all(
      some.map(async (file) => {
        const state = await stateOf(file.path, clock(), settle).catch(() => null);
        if (state !== null && state.stamp !== file.stamp) await this.#reload(file);
      }),
    );
  }

  get #setting(): string {
    return `DATA_DIRECTORY ${JSON.stringify(this.#options.directory)}`;
  }

  #isFresh(since: number, now: number): boolean {
    const age = now - since;
    return age >= 0 && age < this.#options.checkEvery;
  }
}

/** Bytes of bookkeeping a file, roughly. */
const overhead = 200;

function sizeOf({ t, v }: Samples): number {
  return t.byteLength + v.byteLength + overhead;
}
