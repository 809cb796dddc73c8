/**
 * What the test of the compose files needs beside Node: podman, runc, buildah, debootstrap and shellcheck from Debian, and
 * podman-compose from PyPI in `.cache/compose/venv`. What is missing is installed where that is possible (root, apt), and
 * named together with the command that installs it where not.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const venv = join(import.meta.dirname, '../../.cache/compose/venv');
const podmanCompose = '1.6.0';
const packages = [
  ...['podman', 'runc', 'buildah', 'debootstrap', 'netavark', 'aardvark-dns', 'python3-venv'],
  'shellcheck',
];
/** Podman's own helpers are in no path; without the second, containers don't find each other by name. */
const programs = [
  ...['podman', 'runc', 'buildah', 'debootstrap', 'shellcheck'],
  ...['/usr/lib/podman/netavark', '/usr/lib/podman/aardvark-dns'],
];

export const say = (text) => process.stderr.write(`[compose] ${text}\n`);

/** Runs a program to its end. @returns its standard output; throws with all it said where it fails. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 64 << 20, ...options });
  if (result.status === 0) return result.stdout;
  const said = `${result.stdout ?? ''}\n${result.stderr ?? ''}`.trim().slice(-4000);
  throw new Error(`${command} ${args.join(' ')} ended with ${result.status ?? result.error?.message}:\n${said}`);
}

const isThere = (program) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;

/** Makes sure of the programs. */
export function installTools() {
  if (process.getuid() !== 0) {
    throw new Error('npm run test:compose starts containers, publishes ports and makes users: run it as root (sudo)');
  }
  const missing = programs.filter((program) => !isThere(program));
  if (missing.length > 0) {
    const command = `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
    if (!isThere('apt-get')) throw new Error(`${missing.join(', ')} missing: on Debian, ${command}`);
    say(`${missing.join(', ')} missing: ${command}`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    run('apt-get', ['update', '-qq'], { env });
    run('sh', ['-c', command], { env });
  }
  return installCompose();
}

/** The program podman-compose. */
function installCompose() {
  const program = join(venv, 'bin/podman-compose');
  const done = join(venv, `installed-${podmanCompose}`);
  if (existsSync(done)) return program;
  rmSync(venv, { recursive: true, force: true });
  mkdirSync(join(venv, '..'), { recursive: true });
  say(`installing podman-compose ${podmanCompose} from PyPI`);
  run('python3', ['-m', 'venv', venv]);
  run(join(venv, 'bin/pip'), ['install', '--quiet', '--disable-pip-version-check', `podman-compose==${podmanCompose}`]);
  writeFileSync(done, '');
  return program;
}
