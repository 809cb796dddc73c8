import { access, constants } from 'node:fs/promises';
import { justAfter } from '@sisock/core';
import { pathCure, pathErrorCode } from '@sisock/runtime';
import type { ArchiveIndex, FeedsView } from './archive-index.js';
import { secondsOf } from './timelines.js';

/**
 * Why the file with the newest samples can't be opened, in one line with what mends it: where that one can't, the files of
 * the archive are most likely not there at all. Null when it can, or there is none.
 */
export async function newestFileProblem(index: ArchiveIndex, view: FeedsView): Promise<string | null> {
  const path = await newestFile(index, view);
  if (path === null) return null;
  try {
    await access(path, constants.R_OK);
    return null;
  } catch (error) {
    const code = pathErrorCode(error);
    const isAway = code === 'ENOENT' || code === 'ENOTDIR';
    const cure = isAway ? 'mount its directory here under the path that the scanner has it' : pathCure(code, 'read');
    return `${path}, the newest file of the archive, can't be read: ${code}; ${cure}`;
  }
}

async function newestFile(index: ArchiveIndex, view: FeedsView): Promise<string | null> {
  let newest: { readonly feed: string; readonly block: string; readonly last: bigint } | null = null;
  for (const blocks of view.feeds.values()) {
    for (const { feed, block, span } of blocks) {
      if (span !== null && (newest === null || span.last > newest.last)) newest = { feed, block, last: span.last };
    }
  }
  if (newest === null) return null;
  const { feed, block, last } = newest;
  const timelines = await index.timelines(view, (known) => known.withBlock(feed, block).length > 0);
  const fields = new Set(
    timelines.withBlock(feed, block).flatMap((one) => [...one.fields.values()].map(({ own }) => own)),
  );
  const range = { start: secondsOf(last), end: justAfter(secondsOf(last)) };
  return (await index.runs(view, { feed, fields, range })).at(-1)?.path ?? null;
}
