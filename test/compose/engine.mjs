/**
 * The container engine of the tests: podman, configured by a file of our own so that it also works where limits of the
 * machine can't be raised. Needs podman, runc, buildah and debootstrap (Debian packages of these names).
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const directory = join(import.meta.dirname, '../../.cache/compose');

/** The environment that podman and podman-compose are run with. */
export function containersEnvironment() {
  mkdirSync(directory, { recursive: true });
  const configuration = join(directory, 'containers.conf');
  writeFileSync(
    configuration,
    [
      '[containers]',
      'default_ulimits = ["nofile=1024:4096", "nproc=1024:4096"]',
      '[engine]',
      'runtime = "runc"',
      // Not what podman chose at its first use here: the older one knows no names of containers.
      '[network]',
      'network_backend = "netavark"',
      '',
    ].join('\n'),
  );
  return { ...process.env, CONTAINERS_CONF: configuration };
}

/** For `podman build`: no image registry is asked, and package registries are reached as from this machine. */
export const buildOptions = [
  ...['--runtime', 'runc', '--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1024:1024'],
  ...['--network', 'host', '--format', 'docker', '--pull-never'],
];
