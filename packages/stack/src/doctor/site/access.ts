import { statSync } from 'node:fs';
import { containerGroups } from '../../site/site-tls.js';
import { fail, type Finding, warn } from '../finding.js';

/** As whom containers read: the numbers of users and of their groups are the same. */
export const containerUser = containerGroups;

/** True for a file that every user of this machine may read. */
export function guessable(path: string): boolean {
  return ((statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o007) !== 0;
}

/** What is wrong with who may read a file with a secret: everybody, or not the container that needs it. */
export function accessFindings(check: string, path: string, user: number): Finding[] {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return [];
  if (guessable(path)) return [fail(check, `${path} can be read by everybody`, `chmod o= ${path}`)];
  const { uid, gid, mode } = stat;
  if (uid === user ? mode & 0o400 : gid === user && mode & 0o040) return [];
  const cure = 'sudo ./init-docker-env.sh in the directory of the site';
  return [warn(check, `containers (user ${user}) can't read ${path}`, cure)];
}
