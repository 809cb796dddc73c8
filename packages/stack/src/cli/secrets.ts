import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SisockError } from '@sisock/core';
import { pathCure, pathErrorCode } from '@sisock/runtime';
import { crossbarSecret } from '@sisock/wamp';

/** Users of the embedded router that prove themselves; each has a secret in a file of its own. */
export const secretUsers = ['server', 'consumer'] as const;
export type SecretUser = (typeof secretUsers)[number];
export type Secrets = Readonly<Record<SecretUser, string>>;

/** Where the secrets of a data directory are. */
export function secretsDirectory(dataDirectory: string): string {
  return join(dataDirectory, 'secrets');
}

/**
 * The secrets kept under `dataDirectory`, each made at its first use from 32 random bytes. Only their owner can read
 * them (directory 700, files 600). `settingName` is the setting that chose the directory.
 * @throws SisockError `bad_setting` when the directory can't be used or a file holds no secret.
 */
export function keepSecrets(dataDirectory: string, settingName = 'SISOCK_DATA_DIR'): Secrets {
  const directory = secretsDirectory(dataDirectory);
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    chmodSync(directory, 0o700);
    return { server: keepSecret(join(directory, 'server')), consumer: keepSecret(join(directory, 'consumer')) };
  } catch (error) {
    if (error instanceof SisockError) throw error;
    const code = pathErrorCode(error);
    const text = `${settingName} ${JSON.stringify(dataDirectory)} can't be used: ${code}; ${pathCure(code, 'write')}`;
    throw new SisockError('bad_setting', text, { cause: error });
  }
}

function keepSecret(path: string): string {
  try {
    writeFileSync(path, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as { code?: string }).code !== 'EEXIST') throw error;
    chmodSync(path, 0o600);
  }
  const secret = readFileSync(path, 'utf8').trim();
  if (secret === '') {
    throw new SisockError('bad_setting', `${path} is empty: delete it, and a new secret is made at the next start`);
  }
  return secret;
}

/**
 * The secrets of a router: those that were set, else those of CROSSBAR_DIR, and kept ones for the rest.
 * @throws SisockError `bad_setting` as {@link keepSecrets}
 */
export function routerSecrets(
  dataDirectory: string,
  set: {
    readonly WAMP_SECRET: string | undefined;
    readonly CONSUMER_SECRET: string | undefined;
    readonly CROSSBAR_DIR: string;
  },
  settingName?: string,
): Secrets {
  const server = set.WAMP_SECRET ?? crossbarSecret(set.CROSSBAR_DIR, 'server');
  const consumer = set.CONSUMER_SECRET ?? crossbarSecret(set.CROSSBAR_DIR, 'consumer');
  if (server !== undefined && consumer !== undefined) return { server, consumer };
  const kept = keepSecrets(dataDirectory, settingName);
  return { server: server ?? kept.server, consumer: consumer ?? kept.consumer };
}
