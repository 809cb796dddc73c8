import type { NodeHealth } from '@sisock/core';

/** Files that a node has learned of since it was asked before. */
export interface NewFiles {
  /** Those that can't be served included. */
  readonly files: number;
  /** Of them, damaged or unreadable. */
  readonly bad: number;
}

/** Compares what archives say of their files with what they said before. */
export class IndexedFiles {
  readonly #known = new Map<string, NewFiles>();

  /** Null for a node without files, for its first word, and where nothing was added. */
  seen(node: string, { counters }: Pick<NodeHealth, 'counters'>): NewFiles | null {
    const { files: good, files_damaged: damaged = 0, files_unreadable: unreadable = 0 } = counters;
    if (good === undefined) return null;
    const bad = damaged + unreadable;
    const now = { files: good + bad, bad };
    const before = this.#known.get(node);
    this.#known.set(node, now);
    if (before === undefined) return null;
    const more = { files: now.files - before.files, bad: Math.max(0, bad - before.bad) };
    // One that was good may be damaged now: it was indexed again.
    const files = Math.max(more.files, more.bad);
    return files > 0 ? { files, bad: more.bad } : null;
  }

  forget(node: string): void {
    this.#known.delete(node);
  }
}
