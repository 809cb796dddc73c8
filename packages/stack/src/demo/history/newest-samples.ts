import { indexFile } from '@sisock/g3-files';
import { treeFiles } from './tree-files.js';

/** Frames are minutes long and files an hour, so what every feed wrote last is in these. */
const filesLookedAt = 3;

/**
 * Time of the newest sample (UNIX seconds) of each feed in a tree of g3 files, by the feed's address: agents that are
 * started again go on behind it, so that no sample gets into the files twice.
 */
export async function newestSamples(directory: string): Promise<ReadonlyMap<string, number>> {
  const newest = new Map<string, number>();
  const files = await treeFiles(directory);
  for (const { path } of files.slice(-filesLookedAt)) {
    for await (const { feed, maxTick } of blocksOf(path)) {
      newest.set(feed, Math.max(newest.get(feed) ?? -Infinity, Number(maxTick) / 1e8));
    }
  }
  return newest;
}

async function* blocksOf(path: string) {
  try {
    const steps = indexFile(path);
    for (let step = await steps.next(); ; step = await steps.next()) {
      yield* step.value.blocks;
      if (step.done === true) return;
    }
  } catch {
    // A file that can't be read is named by the scanner.
  }
}
