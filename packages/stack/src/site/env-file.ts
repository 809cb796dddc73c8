import { modes, type SiteDirectory } from './site-directory.js';
import type { SiteReport } from './report.js';

const path = '.env';

/** The values of an `.env` file, as docker compose reads simple lines of it. */
export function envValues(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, name, value] = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (name === undefined || value === undefined) continue;
    const [, , quoted] = /^(["'])(.*)\1$/.exec(value) ?? [];
    values.set(name, quoted ?? value.replace(/\s+#.*$/, ''));
  }
  return values;
}

/**
 * Makes `.env`, or adds the lines that are missing in the one that is there: no value in it is ever changed.
 * @param asked values that somebody asked for by name: told where the file says otherwise
 */
export function ensureEnv(
  site: SiteDirectory,
  text: string,
  asked: Readonly<Record<string, string>>,
  report: SiteReport,
): void {
  const there = site.read(path);
  if (there === null) {
    site.write(path, text, modes.secret);
    report.made(path, 'passwords and paths, for you alone');
    return;
  }
  const values = envValues(there);
  const missing = text.split('\n').filter((line) => {
    const [, name] = /^([A-Za-z_]\w*)=/.exec(line) ?? [];
    return name !== undefined && !values.has(name);
  });
  const notes = Object.entries(asked)
    .filter(([name, value]) => values.has(name) && values.get(name) !== value)
    .map(([name, value]) => `${name} is ${values.get(name)} there, not ${value}: edit the line to change it`);
  if (missing.length > 0) {
    const names = missing.map((line) => line.slice(0, line.indexOf('=')));
    site.write(path, `${there.replace(/\n?$/, '\n')}${missing.join('\n')}\n`, modes.secret);
    report.changed(path, `added ${names.join(', ')}`);
  }
  if (site.protect(path, [])) report.changed(path, 'mode 600 now: others could read it');
  if (missing.length === 0 || notes.length > 0) report.kept(path, notes.length > 0 ? notes.join('; ') : undefined);
}
