import { SisockError } from '@sisock/core';
import {
  type Environment,
  flag,
  optionalSetting,
  portNumber,
  readSettings,
  secretSetting,
  setting,
  type SettingsOf,
  type SettingsSpec,
  words,
} from '@sisock/runtime';

/** Settings of the archive database: MariaDB with SQL_HOST, a file in the data directory without. */
export const archiveSettings = {
  SQL_HOST: optionalSetting(words, 'MariaDB server of the archive; unset: an embedded database in the data directory'),
  SQL_PORT: setting(portNumber, 'its port', { fallback: '3306' }),
  SQL_USER: optionalSetting(words, 'user at the MariaDB server; required with SQL_HOST'),
  SQL_PASSWD: secretSetting('password of SQL_USER; required with SQL_HOST'),
  SQL_DB: optionalSetting(words, 'its database; required with SQL_HOST'),
  SQL_TLS: optionalSetting(flag, 'yes: only over TLS, the certificate verified; yes where SQL_CA is set'),
  SQL_CA: optionalSetting(words, 'PEM file of the authority that signed the certificate of the MariaDB server'),
  ARCHIVE_SYNC: setting(flag, 'embedded database: what is committed survives a power loss too', { fallback: 'yes' }),
} satisfies SettingsSpec;

export type ArchiveSettings = SettingsOf<typeof archiveSettings>;

const requiredWithHost = ['SQL_USER', 'SQL_PASSWD', 'SQL_DB'] as const;

/** What is wrong with settings that are each right by themselves; a line for each. */
export function archiveProblems(settings: Partial<Pick<ArchiveSettings, (typeof dependent)[number]>>): string[] {
  const { SQL_HOST, SQL_CA, SQL_TLS } = settings;
  if (SQL_HOST === undefined) {
    const lonely = dependent.filter((name) => name !== 'SQL_HOST' && settings[name] !== undefined);
    if (lonely.length === 0) return [];
    return [`${lonely.join(', ')} set without SQL_HOST: name the MariaDB server, or leave them out to use a file`];
  }
  const problems = requiredWithHost
    .filter((name) => settings[name] === undefined)
    .map((name) => `${name} is not set: SQL_HOST ${JSON.stringify(SQL_HOST)} needs it`);
  if (SQL_CA !== undefined && SQL_TLS === false) {
    problems.push(`SQL_CA ${JSON.stringify(SQL_CA)} and SQL_TLS no contradict each other: leave one of them out`);
  }
  return problems;
}

const dependent = ['SQL_HOST', 'SQL_USER', 'SQL_PASSWD', 'SQL_DB', 'SQL_TLS', 'SQL_CA'] as const;

/**
 * Reads and checks the archive's settings; all problems are told at once.
 * @throws SisockError `bad_setting`, a line for each problem.
 */
export function readArchiveSettings(env: Environment): ArchiveSettings {
  const apart = environmentProblems(env);
  try {
    const settings = readSettings(archiveSettings, env);
    if (apart.length === 0) return settings;
  } catch (thrown) {
    if ((thrown as { code?: unknown }).code !== 'bad_setting') throw thrown;
    throw new SisockError('bad_setting', [(thrown as Error).message, ...apart].join('\n'), { cause: thrown });
  }
  throw new SisockError('bad_setting', apart.join('\n'));
}

/** {@link archiveProblems} of an environment, for commands that read the archive's settings among others. */
export function environmentProblems(env: Environment): string[] {
  const text = (name: string) => (env[name]?.trim() ? env[name] : undefined);
  const tls = flag.safeParse(text('SQL_TLS'));
  return archiveProblems({
    SQL_HOST: text('SQL_HOST'),
    SQL_USER: text('SQL_USER'),
    SQL_PASSWD: text('SQL_PASSWD') ?? text('SQL_PASSWD_FILE'),
    SQL_DB: text('SQL_DB'),
    SQL_CA: text('SQL_CA'),
    SQL_TLS: tls.success ? tls.data : undefined,
  });
}
