/**
 * Builds images under the names of the official ones from Debian packages and PyPI, where no registry of images can be
 * reached: debian, node (this machine's own Node), python, mariadb, simonsobs/ocs. Each is made once.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildOptions, containersEnvironment } from './engine.mjs';
import { run as runIn, say } from './tools.mjs';

const here = join(import.meta.dirname, 'stand-ins');
const run = (command, args) => runIn(command, args, { env: containersEnvironment() });

const hasImage = (name) =>
  spawnSync('podman', ['image', 'exists', name], { env: containersEnvironment() }).status === 0;

function build(name, file, context) {
  say(`building a stand-in of ${name}`);
  run('podman', ['build', ...buildOptions, '-t', name, '-f', join(here, file), context]);
}

/** Debian from its packages, with this machine's certificate authorities: it may reach registries through one of its own. */
function debian(name) {
  const root = mkdtempSync(join(tmpdir(), 'sisock-debian-'));
  try {
    say(`building a stand-in of ${name}`);
    run('debootstrap', ['--variant=minbase', '--include=ca-certificates', 'bookworm', root]);
    cpSync('/etc/ssl/certs/ca-certificates.crt', join(root, 'etc/ssl/certs/ca-certificates.crt'), {
      dereference: true,
    });
    run('sh', ['-c', `rm -rf '${root}'/var/lib/apt/lists/* '${root}'/var/cache/apt/*`]);
    run('sh', ['-c', `tar -C '${root}' -c . | podman import - '${name}'`]);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function node(name) {
  const context = mkdtempSync(join(tmpdir(), 'sisock-node-'));
  try {
    cpSync(process.execPath, join(context, 'node'));
    const npm = join(dirname(realpathSync(process.execPath)), '../lib/node_modules/npm');
    cpSync(npm, join(context, 'npm'), { recursive: true });
    build(name, 'node.Containerfile', context);
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
}

const library = 'docker.io/library';
/** In the order in which they are built on one another. */
const images = [
  [`${library}/debian:bookworm-slim`, debian],
  [`${library}/node:20-bookworm-slim`, node],
  [`${library}/python:3.11-slim-bookworm`, (name) => build(name, 'python.Containerfile', here)],
  [`${library}/mariadb:10.11`, (name) => build(name, 'mariadb.Containerfile', here)],
  ['docker.io/simonsobs/ocs:v0.12.1', (name) => build(name, 'ocs.Containerfile', here)],
];

/** Makes what is missing; the names of what was made or there already. */
export function makeStandIns() {
  for (const [name, make] of images) if (!hasImage(name)) make(name);
  return images.map(([name]) => name);
}

if (process.argv[1] === import.meta.filename) say(makeStandIns().join('\n'));
