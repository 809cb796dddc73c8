import { type Environment, readAccessFile, readSettings, type SettingsSpec } from '@sisock/runtime';
import { fail, type Finding, ok, warn } from '../finding.js';

/** Beginnings of names that only sisock uses. */
const ours = /^(SISOCK|WAMP|CROSSBAR|DOCTOR)_/;

/** What is set, by the settings of all parts: values that can't be, names that mean nothing, and the access file. */
export function checkConfiguration(env: Environment, parts: readonly SettingsSpec[]): readonly Finding[] {
  const isSet = (name: string) => Boolean(env[name]) || Boolean(env[`${name}_FILE`]);
  const problems = new Set<string>();
  const known = new Set<string>();
  for (const spec of parts) {
    for (const name of Object.keys(spec)) known.add(name).add(`${name}_FILE`);
    const set = Object.fromEntries(Object.entries(spec).filter(([name]) => isSet(name)));
    for (const line of problemsOf(() => readSettings(set, env))) problems.add(line);
  }
  const file = env['SISOCK_ACCESS_FILE'];
  if (file) for (const line of problemsOf(() => readAccessFile(file))) problems.add(line);
  const findings: Finding[] = [...problems].map((line) =>
    fail('configuration', line, 'mend the setting, or take it out'),
  );
  for (const name of Object.keys(env)) {
    if (!ours.test(name) || known.has(name)) continue;
    findings.push(warn('configuration', `${name} is no setting of any part`, 'see docs/running.md for the names'));
  }
  return findings.length > 0 ? findings : [ok('configuration', 'settings can be read')];
}

function problemsOf(read: () => unknown): string[] {
  try {
    read();
    return [];
  } catch (error) {
    return (error as Error).message.split('\n');
  }
}
