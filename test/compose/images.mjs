/** Builds every image of the Dockerfile, on the stand-ins of the official ones. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildOptions, containersEnvironment } from './engine.mjs';
import { makeStandIns } from './stand-ins.mjs';
import { run, say } from './tools.mjs';

const root = join(import.meta.dirname, '../..');

export const version = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version;

/** The last stages of the Dockerfile that have a command: an image each. */
export const targets = [...readFileSync(join(root, 'Dockerfile'), 'utf8').matchAll(/^FROM \S+ AS (sisock\S*)$/gm)]
  .map(([, name]) => name)
  .filter((name) => name !== 'sisock-base');

export function buildImages() {
  makeStandIns();
  for (const target of targets) {
    say(`building ${target}:${version}`);
    const tags = ['-t', `localhost/${target}:${version}`, '-t', `localhost/${target}:latest`];
    run('podman', ['build', ...buildOptions, '--target', target, ...tags, root], { env: containersEnvironment() });
  }
}

/** Bytes of an image, and of its own layers beyond those of the image below it. */
export function imageSizes() {
  const env = containersEnvironment();
  const bytes = (name) => Number(run('podman', ['image', 'inspect', '--format', '{{.Size}}', name], { env }));
  return targets.map((target) => ({
    image: target,
    megabytes: Math.round(bytes(`localhost/${target}:${version}`) / 1e6),
  }));
}
