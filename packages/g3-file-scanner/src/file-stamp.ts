import type { BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';

/** What tells, without opening it, that a file changed. */
export interface FileStamp {
  readonly size: number;
  /** Microseconds since 1970. */
  readonly mtimeUs: number;
  /** Device and inode: another file under the same name has another one. */
  readonly identity: string;
  /** Names that this file has. */
  readonly links: number;
}

export const sameStamp = (a: Pick<FileStamp, 'size' | 'mtimeUs'>, b: Pick<FileStamp, 'size' | 'mtimeUs'>): boolean =>
  a.size === b.size && a.mtimeUs === b.mtimeUs;

export function stampOf(stats: BigIntStats): FileStamp {
  return {
    size: Number(stats.size),
    mtimeUs: Number(stats.mtimeNs / 1000n),
    identity: `${stats.dev}:${stats.ino}`,
    links: Number(stats.nlink),
  };
}

/** Stamp of a regular file; null where there is none of that name. @throws the file system's error otherwise. */
export async function stampFile(path: string): Promise<FileStamp | null> {
  try {
    const stats = await stat(path, { bigint: true });
    return stats.isFile() ? stampOf(stats) : null;
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

/** True where the error says that there is nothing of that name. */
export function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'not_found'].includes(codeOf(error));
}

/** True where the error is one of reading a file, from the system or from g3-files. */
export function isFileTrouble(error: unknown): boolean {
  const code = codeOf(error);
  return ['not_authorized', 'unavailable', 'bad_request'].includes(code) || isSystemError(code);
}

/** True for what {@link codeOf} says of an error of the system, such as `EACCES`. */
export function isSystemError(code: string): boolean {
  return /^E[A-Z0-9]+$/.test(code);
}

/** Why a file or directory could not be used, in a word. */
export function codeOf(error: unknown): string {
  return (error as { code?: string } | null)?.code ?? String(error);
}
