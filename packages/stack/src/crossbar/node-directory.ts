import { accessSync, constants, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { SisockError } from '@sisock/core';
import { pathCure, pathErrorCode } from '@sisock/runtime';
import { crossbarFiles } from '@sisock/wamp';

/** What Crossbar writes itself: never taken from the site's directory, which may be of another node. */
const ownFiles = /^(node\.(pid|log)|key\.(priv|pub)|\.bootstrapped|.*\.log)$/;

/**
 * Makes the directory in which Crossbar runs. All that the site's directory has is found in it, and Crossbar writes beside
 * it, so the site's may be read-only. `configuration`: text of a configuration that is written here; null: the site has one.
 * @throws SisockError `bad_setting` when a directory or one of its files can't be used
 */
export function makeNodeDirectory(node: string, site: string, configuration: string | null): void {
  const names = namesIn(site).filter((name) => !ownFiles.test(name));
  const links = configuration === null ? names : names.filter((name) => name !== crossbarFiles.configuration);
  try {
    mkdirSync(node, { recursive: true, mode: 0o700 });
    // What the site had before may be gone, and a process number of a former life may be anybody's by now.
    for (const name of namesIn(node)) {
      if (!ownFiles.test(name) || name === 'node.pid') rmSync(join(node, name), { recursive: true, force: true });
    }
    for (const name of links) symlinkSync(resolve(site, name), join(node, name));
    if (configuration !== null) writeFileSync(join(node, crossbarFiles.configuration), configuration, { mode: 0o600 });
  } catch (error) {
    if (error instanceof SisockError) throw error;
    const code = pathErrorCode(error);
    const problem = `${JSON.stringify(node)} (SISOCK_DATA_DIR) can't be used: ${code}`;
    throw new SisockError('bad_setting', `${problem}; ${pathCure(code, 'write')}`, { cause: error });
  }
}

/** @throws SisockError `bad_setting` with a line for each file that is there and can't be read, and what lets it be */
export function checkReadable(paths: readonly string[]): void {
  const { uid } = userInfo();
  const problems = paths.flatMap((path) => {
    try {
      accessSync(path, constants.R_OK);
      return [];
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === 'ENOENT' || code === 'ENOTDIR') return [];
      return [`${JSON.stringify(path)} can't be read by user ${uid} (${code}): chgrp ${uid} and chmod 640 it`];
    }
  });
  if (problems.length > 0) throw new SisockError('bad_setting', problems.join('\n'));
}

/** Names in a directory; none where it is not there. @throws SisockError `bad_setting` when it can't be read */
function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    const code = pathErrorCode(error);
    if (code === 'ENOENT') return [];
    const problem = `directory ${JSON.stringify(directory)} can't be read: ${code}`;
    throw new SisockError('bad_setting', `${problem}; ${pathCure(code, 'read')}`, { cause: error });
  }
}
