import { closeSync, fdatasync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { promisify } from 'node:util';

/** What the log asks of the file system where that may fail; another one in tests. */
export interface LogIo {
  /** Makes a file. */
  open(path: string): number;
  /** Returns how many bytes were written. */
  write(fd: number, bytes: Uint8Array, position: number): number;
  truncate(fd: number, length: number): void;
  /** Resolves when what was written is on the disk. */
  sync(fd: number): Promise<void>;
  close(fd: number): void;
}

export const systemIo: LogIo = {
  open: (path) => openSync(path, 'wx', 0o644),
  write: (fd, bytes, position) => writeSync(fd, bytes, 0, bytes.length, position),
  truncate: ftruncateSync,
  sync: promisify(fdatasync),
  close: closeSync,
};

/** Makes the names in a directory as lasting as the files; not every system can. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r').catch(() => null);
  if (!handle) return;
  await handle.sync().catch(() => undefined);
  await handle.close();
}
