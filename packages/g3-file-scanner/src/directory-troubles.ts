import { access, constants, opendir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Logger, pathCure } from '@sisock/runtime';
import { codeOf, isSystemError } from './file-stamp.js';
import { mapLimited } from './map-limited.js';
import type { TreeListing } from './walk-tree.js';

/** Why a path can't be looked at: the error of the system, or `empty` for a root whose known files are all away. */
export type Trouble = string;

/** Looks at a file or directory: what keeps us from it, null when nothing does. */
export type Probe = (path: string) => Promise<Trouble | null>;

interface Told {
  why: Trouble;
  /** A walk was begun for it, and met it again: another one is not worth the while before something changes. */
  isTried: boolean;
}

interface DirectoryTroublesOptions {
  readonly roots: readonly string[];
  readonly log: Logger;
  readonly probe?: Probe;
  /** Seconds without an answer of a root's file system after which that is trouble. */
  readonly patienceSec?: number;
  /** Seconds of a clock that never steps. */
  readonly now?: () => number;
}

/** Paths remembered, and asked again in one look. */
const mostPaths = 1000;
const mostAsked = 64;
const asksAtOnce = 8;

/**
 * Directories and files of the trees that can't be looked at: told once, named by health, and asked again in every look, so
 * that a walk can begin as soon as one is back.
 */
export class DirectoryTroubles {
  readonly #roots: readonly string[];
  readonly #log: Logger;
  readonly #probe: Probe;
  readonly #patienceSec: number;
  readonly #now: () => number;
  readonly #troubles = new Map<string, Told>();
  /** A root that was asked and has not answered yet. */
  #asked: { readonly path: string; readonly at: number } | null = null;

  constructor({ roots, log, probe = probePath, patienceSec = 10, now }: DirectoryTroublesOptions) {
    this.#roots = roots;
    this.#log = log;
    this.#probe = probe;
    this.#patienceSec = patienceSec;
    this.#now = now ?? (() => performance.now() / 1000);
  }

  /** What can't be looked at just now, in one line that names it and says what mends it; null when all can. */
  get problem(): string | null {
    const asked = this.#asked;
    if (asked !== null && this.#now() - asked.at >= this.#patienceSec) {
      return this.#line(asked.path, 'ETIMEDOUT');
    }
    for (const [path, { why }] of this.#troubles) {
      const more = this.#troubles.size - 1;
      return `${this.#line(path, why)}${more > 0 ? ` (and ${more} more)` : ''}`;
    }
    return null;
  }

  /** Takes what a walk over everything found. `unmounted`: roots that hold nothing though files of theirs are known. */
  walked({ unseen }: Pick<TreeListing, 'unseen'>, unmounted: readonly string[]): void {
    const found = new Map<string, Trouble>();
    for (const { path, why, isEntry = false } of unseen) {
      // What is too deep is no error of the system, and nothing that heals.
      if (!isSystemError(why) || found.size >= mostPaths) continue;
      // An entry whose name was listed is shut off by its directory.
      found.set(isEntry && why === 'EACCES' ? dirname(path) : path, why);
    }
    for (const path of unmounted) found.set(path, 'empty');
    for (const path of [...this.#troubles.keys()]) if (!found.has(path)) this.#healed(path);
    for (const [path, why] of found) this.#met(path, why);
  }

  /** A quick look. True when something can be looked at again, so that a walk is due. */
  async look(): Promise<boolean> {
    for (const path of this.#roots) {
      this.#asked = { path, at: this.#now() };
      const why = await this.#probe(path);
      if (why !== null && why !== 'empty') this.#met(path, why);
    }
    this.#asked = null;
    let isDue = false;
    await mapLimited([...this.#troubles].slice(0, mostAsked), asksAtOnce, async ([path, told]) => {
      const why = await this.#probe(path);
      const isBack = why === null || (why === 'empty' && told.why !== 'empty');
      if (!isBack) told.isTried = false;
      else if (!told.isTried) isDue = told.isTried = true;
    });
    return isDue;
  }

  #met(path: string, why: Trouble): void {
    const told = this.#troubles.get(path);
    if (told?.why === why) return;
    this.#troubles.set(path, { why, isTried: told?.isTried ?? false });
    this.#log.warn({ path, why }, this.#line(path, why));
  }

  #healed(path: string): void {
    this.#troubles.delete(path);
    this.#log.info({ path }, `no trouble with ${path} any more`);
  }

  #line(path: string, why: Trouble): string {
    const { problem, cure } = directoryTrouble(path, why, this.#roots.includes(path));
    return `${problem}; ${cure}`;
  }
}

/** Trouble with a directory (or file) for people: its name and the error, and what mends it. */
export function directoryTrouble(path: string, why: Trouble, isRoot: boolean): { problem: string; cure: string } {
  const name = isRoot ? `DATA_DIRECTORY ${path}` : path;
  if (why !== 'empty') return { problem: `${name} can't be read: ${why}`, cure: pathCure(why, 'read') };
  return { problem: `${name} is empty though files of it are known`, cure: pathCure('ENOENT', 'read') };
}

/** @see Probe */
export async function probePath(path: string): Promise<Trouble | null> {
  try {
    if (!(await stat(path)).isDirectory()) return null;
    await access(path, constants.R_OK | constants.X_OK);
    const directory = await opendir(path);
    try {
      return (await directory.read()) === null ? 'empty' : null;
    } finally {
      await directory.close();
    }
  } catch (error) {
    return codeOf(error);
  }
}
