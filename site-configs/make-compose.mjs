/**
 * Derives the sites' compose files from docker-compose.yaml, which builds the images from these sources: the template is
 * the same without `build:`, and the override of the dev variant is the `build:` alone.
 * `node site-configs/make-compose.mjs` writes them; with --check it ends with status 1 where they are not as derived.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const here = new URL('.', import.meta.url);
const lines = readFileSync(new URL('../docker-compose.yaml', here), 'utf8').split('\n');

const plain = [];
const override = ['# Builds the images from the sources in SISOCK_SOURCE (.env): `docker compose build`.', 'services:'];
let service = '';
let inBuild = false;
for (const line of lines) {
  const [, name] = /^ {2}([\w-]+):$/.exec(line) ?? [];
  if (name) service = name;
  if (/^ {4}build:/.test(line)) {
    inBuild = true;
    override.push(`  ${service}:`, line);
    continue;
  }
  inBuild &&= /^ {6}/.test(line);
  if (inBuild)
    override.push(line.replace(/^( {6}context:) \.$/, '$1 ${SISOCK_SOURCE:?the directory of the sources, in .env}'));
  else plain.push(line);
}

let status = 0;
for (const [path, text] of [
  ['templates/docker-compose.yaml', plain.join('\n')],
  ['dev/docker-compose.override.yaml', `${override.join('\n')}\n`],
]) {
  const file = new URL(path, here);
  if (!process.argv.includes('--check')) writeFileSync(file, text);
  else if (readFileSync(file, 'utf8') !== text) {
    console.error(`site-configs/${path} is not as docker-compose.yaml: run node site-configs/make-compose.mjs`);
    status = 1;
  }
}
process.exitCode = status;
