import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { SisockError } from '@sisock/core';
import { openFile, readAt } from './open-file.js';

const form = /^g3:(\d{1,16}):[0-9a-f]{64}$/;
const sampleBytes = 4096;

/**
 * What tells a file that grew from one that was replaced: where its good part ends, and a hash of the beginning of that
 * part and of its end, where the last good frame's CRC stands.
 * @throws SisockError as walkFile; `bad_data` where the file is shorter than `goodOffset`
 */
export async function fingerprint(path: string, goodOffset: number): Promise<string> {
  const handle = await openFile(path);
  try {
    const found = await fingerprintOf(handle, path, goodOffset);
    if (found !== null) return found;
    throw new SisockError('bad_data', `${JSON.stringify(path)} is shorter than the ${goodOffset} bytes known of it`);
  } finally {
    await handle.close();
  }
}

/**
 * True while the file still begins with the frames that the fingerprint was taken of. False for a file that is not there.
 * @throws SisockError `not_authorized`, `unavailable`, `bad_request` where it can't be read
 */
export async function isSameFile(path: string, known: string): Promise<boolean> {
  const goodOffset = form.exec(known)?.[1];
  if (goodOffset === undefined) return false;
  let handle: FileHandle;
  try {
    handle = await openFile(path);
  } catch (error) {
    if (error instanceof SisockError && error.code === 'not_found') return false;
    throw error;
  }
  try {
    return (await fingerprintOf(handle, path, Number(goodOffset))) === known;
  } finally {
    await handle.close();
  }
}

async function fingerprintOf(handle: FileHandle, path: string, goodOffset: number): Promise<string | null> {
  const length = Math.min(goodOffset, sampleBytes);
  const head = await readAt(handle, path, 0, length);
  const tail = await readAt(handle, path, goodOffset - length, length);
  if (head.length < length || tail.length < length) return null;
  return `g3:${goodOffset}:${createHash('sha256').update(head).update(tail).digest('hex')}`;
}
