import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Clock } from '@sisock/core';
import { crossbarFiles } from '@sisock/wamp';
import { parseConfiguration } from '../../crossbar/listeners.js';
import { envValues } from '../../site/env-file.js';
import { fail, type Finding, ok, warn } from '../finding.js';
import { accessFindings, containerUser, guessable } from './access.js';
import { checkPair } from './pair.js';
import { textOf } from './text-of.js';

const init = 'sisock site init NAME --directory DIR adds what is missing and keeps the rest';

/** The directory of a site: everything that docker compose and the services take from it. */
export function checkSite(directory: string, clock: Clock): readonly Finding[] {
  const root = resolve(directory);
  if (!isDirectory(root)) return [fail('site', `${root} is no directory`, 'name the directory of `sisock site init`')];
  const compose = textOf(join(root, 'docker-compose.yaml'));
  const env = checkEnv(root, compose.text ?? '');
  const values = env.values;
  return [
    ...(compose.text === null ? [fail('site', `${root}/docker-compose.yaml ${compose.problem}`, init)] : []),
    ...env.findings,
    ...checkRouterDirectory(root),
    ...checkPair(
      { root, directory: '.crossbar', names: ['sisock-crossbar', 'localhost'], user: containerUser.sisock },
      clock,
    ),
    ...checkPair({ root, directory: '.database', names: ['database'], user: containerUser.mariadb }, clock),
    ...checkSecrets(root),
    ...checkOcs(root, values.get('OCS_CONFIG_DIR') ?? '.'),
    ...checkData(resolve(root, values.get('DATA') || '/data')),
  ];
}

function checkEnv(root: string, compose: string) {
  const check = '.env';
  const path = join(root, '.env');
  const { text, problem } = textOf(path);
  if (text === null) return { values: new Map<string, string>(), findings: [fail(check, `${path} ${problem}`, init)] };
  const values = envValues(text);
  const findings: Finding[] = [];
  const required = namesIn(compose, /\$\{(\w+):\?/g).filter((name) => !values.get(name));
  if (required.length > 0) findings.push(fail(check, `${path} has no value of ${required.join(', ')}`, init));
  const absent = namesIn(compose, /\$\{(\w+):-/g).filter((name) => !values.has(name));
  if (absent.length > 0) {
    findings.push(warn(check, `${path} does not have ${absent.join(', ')}: their defaults count`, init));
  }
  if (guessable(path)) findings.push(warn(check, `${path} can be read by everybody`, `chmod 600 ${path}`));
  if (findings.length === 0) findings.push(ok(check, `${path} has all that docker-compose.yaml asks for`));
  return { values, findings };
}

function checkRouterDirectory(root: string): Finding[] {
  const check = '.crossbar';
  const directory = join(root, '.crossbar');
  if (!isDirectory(directory)) {
    const cure = `copy it too where the site was copied (copying * leaves dot directories out); ${init}`;
    return [fail(check, `the dot directory ${directory} is not there`, cure)];
  }
  const path = join(directory, crossbarFiles.configuration);
  const { text, problem } = textOf(path);
  if (text === null) return [fail(check, `${path} ${problem}`, init)];
  try {
    parseConfiguration(text, path);
  } catch (error) {
    return [fail(check, (error as Error).message, init)];
  }
  const trouble = accessFindings(check, path, containerUser.sisock);
  return trouble.length > 0 ? trouble : [ok(check, `${path} is there`)];
}

function checkSecrets(root: string): Finding[] {
  const check = 'secrets';
  const findings = ['server', 'consumer'].flatMap((user): Finding[] => {
    const path = join(root, '.crossbar/secrets', user);
    const { text, problem } = textOf(path);
    if (text === null) return [fail(check, `${path} ${problem}`, init)];
    if (text.trim() === '') return [fail(check, `${path} is empty`, `delete it; ${init}`)];
    const trouble = accessFindings(check, path, containerUser.sisock);
    const envPath = join(root, 'secrets', `${user}.env`);
    const line = textOf(envPath);
    if (line.text === null) return [...trouble, warn(check, `${envPath} ${line.problem}`, init)];
    if (envValues(line.text).get('WAMP_SECRET') === text.trim()) return trouble;
    return [...trouble, fail(check, `${envPath} is not the secret of ${path}`, `delete it; ${init}`)];
  });
  return findings.length > 0 ? findings : [ok(check, 'those of server and consumer are there')];
}

function checkOcs(root: string, directory: string): Finding[] {
  const path = join(resolve(root, directory), 'default.yaml');
  const { text, problem } = textOf(path);
  if (text !== null) return [ok('OCS configuration', `${path} is there`)];
  const cure = 'OCS_CONFIG_DIR of .env names the directory of default.yaml, a link to your site configuration (ln -s)';
  return [fail('OCS configuration', `${path} ${problem}`, cure)];
}

function checkData(path: string): Finding[] {
  const check = 'data directory';
  const stat = statSync(path, { throwIfNoEntry: false });
  const cure = 'sudo ./init-docker-env.sh in the directory of the site';
  if (stat === undefined) return [fail(check, `${path} (DATA of .env) is not there`, cure)];
  if (!stat.isDirectory()) return [fail(check, `${path} (DATA of .env) is no directory`, cure)];
  const { uid, gid, mode } = stat;
  const user = containerUser.sisock;
  const bits = uid === user ? mode >> 6 : gid === user ? mode >> 3 : mode;
  if ((bits & 0o7) === 0o7) return [ok(check, `${path} is user ${user}'s to write`)];
  const shown = (mode & 0o777).toString(8);
  return [
    fail(check, `user ${user} (aggregator, scanner) can't write ${path}: owner ${uid}:${gid}, mode ${shown}`, cure),
  ];
}

function namesIn(text: string, pattern: RegExp): string[] {
  return [...new Set([...text.matchAll(pattern)].map(([, name]) => name!))];
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
