import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { SisockError } from '@sisock/core';

/**
 * A regular file, open for reading. Never waits for the other end of a FIFO.
 * @throws SisockError `not_found`, `not_authorized`, `bad_request` for a directory, FIFO, socket or device, `unavailable`
 */
export async function openFile(path: string): Promise<FileHandle> {
  const handle = await told(path, () => open(path, constants.O_RDONLY | constants.O_NONBLOCK));
  try {
    const stats = await told(path, () => handle.stat());
    if (stats.isFile()) return handle;
    const what = stats.isDirectory() ? 'a directory' : 'no regular file';
    throw new SisockError('bad_request', `${JSON.stringify(path)} is ${what}`);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Does something with a file; what the system says when it fails becomes a SisockError that names the file. */
export async function told<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw fileError(path, error);
  }
}

function fileError(path: string, error: unknown): SisockError {
  const name = JSON.stringify(path);
  const code = (error as { code?: string } | null)?.code ?? String(error);
  const options = { cause: error };
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new SisockError('not_found', `there is no file ${name}`, options);
    case 'EACCES':
    case 'EPERM':
      return new SisockError('not_authorized', `${name} may not be read by this user (${code})`, options);
    case 'EISDIR':
      return new SisockError('bad_request', `${name} is a directory`, options);
    case 'ENXIO':
      return new SisockError('bad_request', `${name} is no regular file`, options);
    case 'ENAMETOOLONG':
    case 'ELOOP':
    case 'ERR_INVALID_ARG_VALUE':
      return new SisockError('bad_request', `${name} is no name of a file (${code})`, options);
    default:
      return new SisockError('unavailable', `${name} can't be read: ${code}`, options);
  }
}

/**
 * Bytes `position` to `position + length`; less where the file ends before.
 * @throws SisockError as {@link openFile}
 */
export async function readAt(
  handle: FileHandle,
  path: string,
  position: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  let have = 0;
  while (have < length) {
    const { bytesRead } = await told(path, () => handle.read(bytes, have, length - have, position + have));
    if (bytesRead === 0) break;
    have += bytesRead;
  }
  return bytes.subarray(0, have);
}
