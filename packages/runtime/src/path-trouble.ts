import { userId } from './process.js';

/** The error of the system for a file or directory, in a word: `EACCES`. */
export function pathErrorCode(error: unknown): string {
  return (error as { code?: string } | null)?.code ?? String(error);
}

/** What mends a file or directory that could not be used, in a few words, by {@link pathErrorCode}. `user`: who uses it. */
export function pathCure(code: string, use: 'read' | 'write', user = userId()): string {
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return `let user ${user} ${use === 'read' ? 'read it' : 'write there'} (chown, chmod)`;
    case 'ENOENT':
      return 'is it mounted? A container sees a new mount only after it is started again';
    case 'ENOTDIR':
    case 'EEXIST':
      return 'a file is in the way of a directory: move it, or name another directory';
    case 'EISDIR':
      return 'a directory is in the way of a file: move it';
    case 'EROFS':
      return 'mount it for writing';
    case 'ENOSPC':
    case 'EDQUOT':
      return 'make room';
    default:
      return 'look at the disk, or at the file server';
  }
}
