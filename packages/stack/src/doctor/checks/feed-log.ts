import { constants } from 'node:fs';
import { access, statfs } from 'node:fs/promises';
import { fail, type Finding, ok, skip, warn } from '../finding.js';

/** Less than this and a log of feeds is full within days. */
const lowBytes = 500_000_000;

/** The directory where data-feed keeps what it receives: it is there, can be written, and has room. */
export async function checkFeedLog(directory: string): Promise<Finding> {
  const check = 'feed log';
  try {
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    const { bavail, bsize } = await statfs(directory);
    const free = bavail * bsize;
    const text = `${directory} can be written, ${Math.round(free / 1e6)} MB are free`;
    return free > lowBytes ? ok(check, text) : warn(check, text, 'make room, or set FEED_LOG to another disk');
  } catch (error) {
    const { code = String(error) } = error as { code?: string };
    if (code === 'ENOENT') return skip(check, `there is none at ${directory}`);
    return fail(check, `${directory} can't be written: ${code}`, 'let the data-feed node write there, or set FEED_LOG');
  }
}
