/** Shell scripts, and the blocks of the lab guide that are to be pasted, as shellcheck reads them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './tools.mjs';

const root = join(import.meta.dirname, '../..');
const standIns = 'test/compose/stand-ins';
const scripts = [
  '.ci/run',
  ...['site-configs/templates/init-docker-env.sh', 'site-configs/templates/setup_tls'],
  ...readdirSync(join(root, standIns))
    .filter((name) => name.endsWith('.sh'))
    .map((name) => `${standIns}/${name}`),
];

/** @returns how many scripts and blocks were read. @throws with all that shellcheck says, where it says something */
export function checkScripts() {
  run('shellcheck', scripts, { cwd: root });
  const guide = readFileSync(join(root, 'docs/lab-guide.md'), 'utf8');
  const blocks = [...guide.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, block]) => block);
  // A shell that is typed into goes on after a failed `cd`, and shows it.
  for (const input of blocks)
    run('shellcheck', ['--shell=bash', '--severity=warning', '--exclude=SC2164', '-'], { input });
  return scripts.length + blocks.length;
}
