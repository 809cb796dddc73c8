import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SisockError } from '@sisock/core';
import { modes } from './site-directory.js';

/** What stands in templates as `__NAME__`. */
export type TemplateValues = Readonly<Record<string, string>>;

/** A file of a site as this version makes it. */
export interface TemplateFile {
  /** Within the site's directory. */
  readonly path: string;
  readonly text: string;
  /** As it stands in the template: what a site has that was copied by hand. */
  readonly raw: string;
  readonly mode: number;
}

/** `site-configs`, with the templates and what the `dev` variant lays over them. */
export const siteConfigs = fileURLToPath(new URL('../../../../site-configs/', import.meta.url));

/** Path in a site of a template's file. */
function placeOf(path: string, name: string): string {
  if (path === 'env') return '.env';
  return path === 'ocs/site.yaml' ? `ocs/${name}.yaml` : path;
}

/**
 * The files of a site. A file of the variant takes the place of the template's of the same path.
 * @throws SisockError `bad_setting` where the templates are not there
 */
export function templateFiles(name: string, isDev: boolean, values: TemplateValues): TemplateFile[] {
  const files = new Map(filesBelow(join(siteConfigs, 'templates')));
  if (isDev) for (const [path, file] of filesBelow(join(siteConfigs, 'dev'))) files.set(path, file);
  return [...files]
    .map(([path, file]) => {
      const raw = readFileSync(file, 'utf8');
      // Dashboards have a syntax of their own.
      const text = path.startsWith('grafana/') ? raw : filled(raw, values, path);
      const mode = statSync(file).mode & 0o100 ? modes.script : modes.file;
      return { path: placeOf(path, name), text, raw, mode };
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Where the sources are, for who builds the images; null where there are none. */
export function sourceDirectory(): string | null {
  const directory = join(siteConfigs, '..');
  return existsSync(join(directory, 'Dockerfile')) ? directory.replace(/\/$/, '') : null;
}

function filled(text: string, values: TemplateValues, path: string): string {
  return text.replace(/__([A-Z]+(?:_[A-Z]+)*)__/g, (_, key: string) => {
    const value = values[key];
    if (value === undefined) throw new SisockError('internal', `template ${path} has an unknown __${key}__`);
    return value;
  });
}

/** Path within the directory and on disk. */
function filesBelow(directory: string, within = ''): [string, string][] {
  let entries;
  try {
    entries = readdirSync(join(directory, within), { withFileTypes: true });
  } catch (error) {
    throw new SisockError('bad_setting', `the templates ${directory} are not there: sisock is not installed whole`, {
      cause: error,
    });
  }
  return entries.flatMap((entry) => {
    const path = within === '' ? entry.name : `${within}/${entry.name}`;
    if (entry.isDirectory()) return filesBelow(directory, path);
    return entry.isFile() ? [[path, join(directory, path)] as [string, string]] : [];
  });
}
