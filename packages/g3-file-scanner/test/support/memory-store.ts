import type { ArchiveStore, BlockEntry, CommitResult, FileUpdate, KnownFile } from '@sisock/archive';
import { SisockError } from '@sisock/core';

/** An archive in memory that keeps what a scanner commits, and may be told to be away. */
export class MemoryStore implements Pick<ArchiveStore, 'name' | 'migrate' | 'files' | 'file' | 'commit' | 'close'> {
  readonly name = 'memory';
  readonly rows = new Map<string, KnownFile>();
  readonly blocks = new Map<string, BlockEntry[]>();
  /** All updates that were stored, in order. */
  readonly commits: FileUpdate[] = [];
  /** Thrown by every call while it is set. */
  trouble: Error | null = null;
  /** Called before a commit is looked at. */
  beforeCommit: ((updates: readonly FileUpdate[]) => void | Promise<void>) | null = null;
  /** Called after a commit: what it throws is what a caller sees whose connection broke just then. */
  afterCommit: (() => void) | null = null;
  #id = 0;

  away(): void {
    this.trouble = new SisockError('unavailable', 'nobody answers');
  }

  back(): void {
    this.trouble = null;
  }

  async migrate() {
    this.#ask();
    return { from: 0, to: 1 };
  }

  async *files() {
    this.#ask();
    yield* [...this.rows.values()];
  }

  async file(path: string) {
    this.#ask();
    return this.rows.get(path) ?? null;
  }

  async commit(updates: readonly FileUpdate[]): Promise<readonly CommitResult[]> {
    await this.beforeCommit?.(updates);
    this.#ask();
    const results = updates.map((update) => this.#commit(update));
    this.afterCommit?.();
    return results;
  }

  async close() {}

  /** Every sample range that is stored, as `<base name> <offset>#<index> <feed>.<block> <count>`. */
  lines(): string[] {
    return [...this.blocks]
      .flatMap(([path, blocks]) =>
        blocks.map((b) => `${path.split('/').pop()} ${b.offset}#${b.index} ${b.feed}.${b.block} ${b.count}`),
      )
      .sort();
  }

  #ask(): void {
    if (this.trouble) throw this.trouble;
  }

  #commit(update: FileUpdate): CommitResult {
    const { file, expected, mode, blocks } = update;
    const row = this.rows.get(file.path);
    if ((row?.version ?? null) !== expected) return { conflict: true };
    const known: KnownFile = { ...file, id: row?.id ?? ++this.#id, version: (row?.version ?? 0) + 1 };
    this.rows.set(file.path, known);
    this.blocks.set(file.path, [...(mode === 'append' ? (this.blocks.get(file.path) ?? []) : []), ...blocks]);
    this.commits.push(update);
    return { conflict: false, file: known };
  }
}

/** The store as the scanner wants it: what it never asks for is missing. */
export const asStore = (store: MemoryStore): ArchiveStore => store as unknown as ArchiveStore;
