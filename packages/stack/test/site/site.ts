import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../../src/cli/main.js';
import { siteCommands } from '../../src/cli/site-command.js';

/** Runs `sisock site ...`. */
export async function sisock(...words: readonly string[]) {
  const text = { out: '', err: '' };
  const status = await main(['site', ...words], siteCommands, {
    env: {},
    out: (t) => (text.out += t),
    err: (t) => (text.err += t),
    isTerminal: false,
    version: '0.0.0',
  });
  return { status, ...text, all: text.out + text.err };
}

const made: string[] = [];

export function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), 'site-'));
  made.push(directory);
  return directory;
}

export function removeTemporary(): void {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true });
}

/** A site as `site init` makes it, and how to look at it. */
export async function freshSite(...options: readonly string[]) {
  const root = join(temporary(), 'yale');
  const result = await sisock('init', 'yale', '--directory', root, ...options);
  if (result.status !== 0) throw new Error(result.err);
  return { ...look(root), result };
}

export function look(root: string) {
  return {
    root,
    path: (name: string) => join(root, name),
    read: (name: string) => readFileSync(join(root, name), 'utf8'),
    mode: (name: string) => (statSync(join(root, name)).mode & 0o777).toString(8),
    /** Every file and link with what is in it. */
    snapshot: () =>
      Object.fromEntries(
        (readdirSync(root, { recursive: true }) as string[])
          .filter((name) => !lstatSync(join(root, name)).isDirectory() && !lstatSync(join(root, name)).isSymbolicLink())
          .sort()
          .map((name) => [name, readFileSync(join(root, name), 'utf8')]),
      ),
  };
}
