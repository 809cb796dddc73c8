import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Stretch } from './history-frames.js';

/** The past that a tree of the demonstration begins with. */
export interface HistoryPlan extends Stretch {
  /** The root of the tree of files. */
  readonly directory: string;
  /** All of it is there. */
  readonly done: boolean;
}

const planFile = 'history.json';

/** Its being there says that the history is whole. */
export function doneFile(directory: string): string {
  return join(directory, 'history.done');
}

/**
 * The history of a tree: `seconds` up to `until` (UNIX seconds) where it is new, else what it was begun with, so that a
 * history that was broken off is completed and not written twice.
 * @throws what the file system says
 */
export async function planHistory(directory: string, until: number, seconds: number): Promise<HistoryPlan> {
  await mkdir(directory, { recursive: true });
  const path = join(directory, planFile);
  const begun = readBounds(await readFile(path, 'utf8').catch(() => ''));
  if (begun) return { directory, ...begun, done: await isThere(doneFile(directory)) };
  const bounds: Stretch = { after: Math.floor(until - seconds), until: Math.floor(until) };
  await writeFile(path, `${JSON.stringify(bounds)}\n`);
  return { directory, ...bounds, done: false };
}

function readBounds(text: string): Stretch | null {
  try {
    const { after, until } = JSON.parse(text) as Partial<Stretch>;
    return Number.isFinite(after) && Number.isFinite(until) ? { after: after!, until: until! } : null;
  } catch {
    return null;
  }
}

export async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
