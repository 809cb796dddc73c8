import { mkdir, rename, unlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setImmediate as pause } from 'node:timers/promises';
import { filePath } from '../aggregator/frame-file.js';
import { type HistorySource, historyFile } from './history-frames.js';
import { doneFile, type HistoryPlan, isThere } from './plan-history.js';

export interface HistoryOptions extends HistorySource {
  /** Seconds of each file. */
  readonly fileSec: number;
  readonly signal?: AbortSignal;
}

/**
 * Writes the demonstration's past as g3 files, the oldest first, each whole or not at all, where they are not there yet.
 * Gives way to everything else between two files. Returns how many it wrote.
 * @throws what the file system says
 */
export async function writeHistory(plan: HistoryPlan, options: HistoryOptions): Promise<number> {
  const { directory, done } = plan;
  const { fileSec, signal } = options;
  let files = 0;
  if (done) return files;
  for (let after = plan.after; after < plan.until; after = nextEdge(after, fileSec)) {
    if (signal?.aborted === true) return files;
    const path = filePath(directory, after);
    if (await isThere(path)) continue;
    await writeWhole(path, historyFile(options, { after, until: Math.min(plan.until, nextEdge(after, fileSec)) }));
    files++;
    await pause();
  }
  await writeWhole(doneFile(directory), 'All of the history is there; without this file it is looked through again.\n');
  return files;
}

/** Files end at whole multiples of their length, as if a clock had ended them. */
function nextEdge(after: number, fileSec: number): number {
  return (Math.floor(after / fileSec) + 1) * fileSec;
}

/** A reader sees the whole file or none. */
async function writeWhole(path: string, bytes: Uint8Array | string): Promise<void> {
  const part = `${path}.part`;
  await mkdir(dirname(path), { recursive: true });
  try {
    await writeFile(part, bytes);
    await rename(part, path);
  } catch (error) {
    await unlink(part).catch(() => undefined);
    throw error;
  }
}
