import type { FileOutcome, KnownFile } from '@sisock/archive';

/** Of a file, what is kept in memory: years of them are many. */
export interface KnownEntry {
  readonly size: number;
  readonly mtimeUs: number;
  readonly goodOffset: number;
  readonly outcome: FileOutcome;
  readonly version: number;
}

/** The files that the database knows, as far as this process has heard of them. */
export class KnownFiles {
  readonly #entries = new Map<string, KnownEntry>();

  get(path: string): KnownEntry | null {
    return this.#entries.get(path) ?? null;
  }

  /** Takes a row, unless a later one of that file was taken before. */
  take({ path, size, mtimeUs, goodOffset, outcome, version }: KnownFile): void {
    const before = this.#entries.get(path);
    if (before === undefined || before.version <= version) {
      this.#entries.set(path, { size, mtimeUs, goodOffset, outcome, version });
    }
  }

  /** Those that are not gone, as far as is known. */
  *present(): Iterable<[string, KnownEntry]> {
    for (const entry of this.#entries) if (entry[1].outcome !== 'gone') yield entry;
  }

  /** Files by outcome. */
  counts(): Record<FileOutcome, number> {
    const counts = { ok: 0, damaged: 0, unreadable: 0, gone: 0 };
    for (const { outcome } of this.#entries.values()) counts[outcome]++;
    return counts;
  }
}
