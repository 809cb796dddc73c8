import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { crossbarSecret } from '@sisock/wamp';
import { type Secrets, secretUsers } from '../cli/secrets.js';
import { envValues } from './env-file.js';
import type { SiteReport } from './report.js';
import { modes, type SiteDirectory } from './site-directory.js';
import { containerGroups } from './site-tls.js';

/** A new secret: 32 random bytes as text. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/**
 * The secrets of the router's users in `.crossbar/secrets`, and beside them `secrets/<user>.env` for a service's
 * `env_file`. One that stands anywhere already (`config.json`, either file) is kept.
 * @throws SisockError `bad_setting`
 */
export function ensureSecrets(site: SiteDirectory, report: SiteReport): Secrets {
  const [server, consumer] = secretUsers.map((user) => ensureSecret(site, user, report));
  return { server: server!, consumer: consumer! };
}

function ensureSecret(site: SiteDirectory, user: string, report: SiteReport): string {
  const path = `.crossbar/secrets/${user}`;
  const envPath = `secrets/${user}.env`;
  const isThere = site.read(path) !== null;
  const env = site.read(envPath);
  const inEnv = env === null ? undefined : envValues(env).get('WAMP_SECRET');
  // Reads config.json too; its directory was checked by the reading above.
  const secret = crossbarSecret(join(site.root, '.crossbar'), user) ?? (inEnv || newSecret());
  if (!isThere) {
    site.write(path, `${secret}\n`, modes.secret);
    report.made(path);
  } else if (site.protect(path, [containerGroups.sisock])) report.changed(path, 'mode 600 now: others could read it');
  else report.kept(path);
  if (env === null) {
    site.write(envPath, `WAMP_SECRET=${secret}\n`, modes.secret);
    report.made(envPath);
  } else if (inEnv !== secret) {
    report.problem(envPath, `is not the secret of ${path}: delete it, and run this again`);
  } else if (site.protect(envPath, [])) report.changed(envPath, 'mode 600 now: others could read it');
  else report.kept(envPath);
  return secret;
}
