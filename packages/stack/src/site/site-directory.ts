import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { SisockError } from '@sisock/core';

/** What stands at a path. */
export type Standing = 'nothing' | 'file' | 'link' | 'other';

export const modes = { secret: 0o600, secretDirectory: 0o700, file: 0o644, script: 0o755, directory: 0o755 } as const;

/** Directories that only their owner may look into. */
const closedDirectories = ['.ca', 'secrets', '.crossbar/secrets'];

/**
 * The directory of a site. Every path is relative to it and stays within: a directory that is a symbolic link is refused,
 * a file that is one is never written. What is new belongs to the directory's owner, whoever runs this.
 */
export class SiteDirectory {
  readonly root: string;

  /** Makes the directory where it is not there. @throws SisockError `bad_setting` when it can't be used */
  constructor(directory: string) {
    this.root = guarded(directory, () => {
      makeDirectories(resolve(directory));
      const root = realpathSync(resolve(directory));
      if (!statSync(root).isDirectory()) throw new SisockError('bad_setting', `${directory} is no directory`);
      return root;
    });
  }

  standing(path: string): Standing {
    this.#checkParents(path);
    const stat = guarded(path, () => lstatSync(join(this.root, path), { throwIfNoEntry: false }));
    if (stat === undefined) return 'nothing';
    if (stat.isSymbolicLink()) return 'link';
    return stat.isFile() ? 'file' : 'other';
  }

  /** Text of a file, null where nothing is; a link is followed as far as it stays within the directory. */
  read(path: string): string | null {
    if (this.standing(path) === 'nothing') return null;
    return guarded(path, () => {
      const real = realpathSync(join(this.root, path));
      if (!real.startsWith(`${this.root}/`)) throw new SisockError('bad_setting', `${path} is a link out of the site`);
      return readFileSync(real, 'utf8');
    });
  }

  /** Makes a file, or puts a new one in the place of a file: all of it or nothing; access to the former one is kept. */
  write(path: string, text: string, mode: number): void {
    const standing = this.standing(path);
    if (standing === 'link' || standing === 'other') {
      throw new SisockError(
        'bad_setting',
        `${path} is ${standing === 'link' ? 'a link' : 'no file'}: it is not replaced`,
      );
    }
    this.#makeParents(path);
    const target = join(this.root, path);
    const draft = `${target}.new-${randomBytes(6).toString('hex')}`;
    guarded(path, () => {
      try {
        writeFileSync(draft, text, { mode: modes.secret, flag: 'wx' });
        const former = standing === 'file' ? statSync(target) : null;
        this.#giveAccess(draft, former?.gid, former === null ? mode : former.mode & 0o777 & (mode | 0o040));
        renameSync(draft, target);
      } finally {
        rmSync(draft, { force: true });
      }
    });
  }

  /** Puts a file aside under the first free of `<path>.before`, `.before-2`, ... and returns that path. */
  setAside(path: string): string {
    this.#checkParents(path);
    let aside = `${path}.before`;
    for (let n = 2; this.standing(aside) !== 'nothing'; n++) aside = `${path}.before-${n}`;
    guarded(path, () => renameSync(join(this.root, path), join(this.root, aside)));
    return aside;
  }

  link(path: string, target: string): void {
    this.#makeParents(path);
    guarded(path, () => symlinkSync(target, join(this.root, path)));
  }

  /** Takes permissions away that a file with a secret must not give; true where it had to. */
  protect(path: string, groups: readonly number[]): boolean {
    if (this.standing(path) !== 'file') return false;
    const target = join(this.root, path);
    const { mode, gid } = statSync(target);
    const allowed = groups.includes(gid) ? 0o640 : 0o600;
    if ((mode & 0o777 & ~allowed) === 0) return false;
    guarded(path, () => chmodSync(target, mode & allowed));
    return true;
  }

  #makeParents(path: string): void {
    this.#checkParents(path);
    for (const directory of parents(path)) {
      const made = join(this.root, directory);
      guarded(directory, () => {
        if (lstatSync(made, { throwIfNoEntry: false }) !== undefined) return;
        const mode = closedDirectories.includes(directory) ? modes.secretDirectory : modes.directory;
        mkdirSync(made, { mode });
        this.#giveAccess(made, undefined, mode);
      });
    }
  }

  #checkParents(path: string): void {
    for (const directory of parents(path)) {
      const stat = guarded(directory, () => lstatSync(join(this.root, directory), { throwIfNoEntry: false }));
      if (stat === undefined) return;
      if (stat.isSymbolicLink()) throw new SisockError('bad_setting', `${directory} is a link: it is not followed`);
      if (!stat.isDirectory()) throw new SisockError('bad_setting', `${directory} is no directory`);
    }
  }

  /** Owner of the site; the group where it is asked for and may be given, without it nothing for a group that is another. */
  #giveAccess(path: string, group: number | undefined, mode: number): void {
    const { uid, gid } = statSync(this.root);
    const own = statSync(path);
    try {
      if (own.uid !== uid || own.gid !== (group ?? gid)) chownSync(path, uid, group ?? gid);
    } catch {
      // Not root: what is new is the caller's.
    }
    const wrongGroup = group !== undefined && statSync(path).gid !== group;
    chmodSync(path, wrongGroup && (mode & 0o007) === 0 ? mode & 0o700 : mode);
  }
}

/** One by one: the recursive form never ends where the system makes no directory, as in /proc. */
function makeDirectories(directory: string): void {
  if (statSync(directory, { throwIfNoEntry: false }) !== undefined) return;
  makeDirectories(dirname(directory));
  mkdirSync(directory, { mode: modes.directory });
}

/** `a/b` and `a` of `a/b/c`, the outer first. */
function parents(path: string): string[] {
  const outer = dirname(path);
  return outer === '.' ? [] : [...parents(outer), outer];
}

function guarded<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof SisockError) throw error;
    const code = (error as { code?: string }).code ?? String(error);
    const cure = ['EACCES', 'EPERM'].includes(code) ? ' (run this as its owner, or with sudo)' : '';
    throw new SisockError('bad_setting', `${path} can't be used: ${code}${cure}`, { cause: error });
  }
}
