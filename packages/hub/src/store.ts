import { readFile, rename, writeFile } from 'node:fs/promises';
import { type Logger, pathCure, pathErrorCode } from '@sisock/runtime';
import type { Entry } from './registry.js';

/** What is remembered of a node: it is used again only where the router says that the node is still there. */
export interface Remembered {
  readonly name: string;
  readonly description: string;
  readonly features: readonly string[];
  readonly replica: boolean;
}

/** The hub's memory through its own restart. */
export interface Store {
  load(): Promise<ReadonlyMap<string, Remembered>>;
  /** Writes soon; never throws. */
  save(entries: readonly Entry[]): void;
  /** Resolves when all is written, or can't be for now. */
  settled(): Promise<void>;
  /** Why the list can't be written, and what mends it, in one line; null while it can. */
  problem(): string | null;
}

/** Remembers nothing. */
export const noStore: Store = {
  load: () => Promise.resolve(new Map()),
  save: () => undefined,
  settled: () => Promise.resolve(),
  problem: () => null,
};

/** A JSON file, always whole: written beside it and renamed over it. What could not be written is tried again. */
export function fileStore(path: string, log: Logger, retryMs = 5_000): Store {
  let writing: Promise<void> = Promise.resolve();
  let next: string | null = null;
  let problem: string | null = null;

  const write = async () => {
    if (next === null) return;
    const content = next;
    next = null;
    try {
      await writeFile(`${path}.new`, content);
      await rename(`${path}.new`, path);
      if (problem !== null) log.info({ path }, 'the list of data nodes is written again');
      problem = null;
    } catch (error) {
      const code = pathErrorCode(error);
      const text = `the list of data nodes, ${path}, can't be written: ${code}; ${pathCure(code, 'write')}`;
      if (problem === null) log.warn({ err: error, path }, text);
      problem = text;
      next ??= content;
      setTimeout(() => void (writing = writing.then(write)), retryMs).unref();
    }
  };

  return {
    load: async () => {
      try {
        return parse(await readFile(path, 'utf8'));
      } catch (error) {
        if ((error as { code?: string }).code !== 'ENOENT') {
          log.warn({ err: error, path }, "the list of data nodes can't be read: starting without it");
        }
        return new Map();
      }
    },
    save: (entries) => {
      const nodes = entries.map(({ name, description, features, replica }) => ({
        name,
        description,
        features,
        replica,
      }));
      next = JSON.stringify({ version: 1, nodes }, null, 1);
      writing = writing.then(write);
    },
    settled: () => writing,
    problem: () => problem,
  };
}

/** What is malformed is left out: it was only a memory. */
function parse(content: string): Map<string, Remembered> {
  const { nodes } = JSON.parse(content) as { nodes?: unknown };
  const found = new Map<string, Remembered>();
  for (const one of Array.isArray(nodes) ? (nodes as readonly unknown[]) : []) {
    const { name, description, features, replica } = (one ?? {}) as Record<string, unknown>;
    if (typeof name !== 'string' || typeof description !== 'string') continue;
    const words = Array.isArray(features) ? features.filter((f) => typeof f === 'string') : [];
    found.set(name, { name, description, features: words, replica: replica === true });
  }
  return found;
}
