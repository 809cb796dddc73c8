import { fingerprint } from './ledger.js';
import type { SiteReport } from './report.js';
import type { SiteDirectory } from './site-directory.js';
import type { TemplateFile } from './templates.js';

interface Placing {
  /** Fingerprint of the file as it was made the last time. */
  readonly former: string | undefined;
  /** True where the caller asked for the template's in the place of an edited one. */
  readonly replace: boolean;
}

/**
 * Puts a file of the templates into a site. One that nobody edited follows the template; an edited one stays, which is
 * told, and is put aside only where that was asked for. Returns what the ledger keeps of it.
 */
export function placeFile(
  site: SiteDirectory,
  { path, text, raw, mode }: TemplateFile,
  { former, replace }: Placing,
  report: SiteReport,
): string | undefined {
  const standing = site.standing(path);
  if (standing === 'nothing') {
    site.write(path, text, mode);
    report.made(path);
    return fingerprint(text);
  }
  const there = standing === 'file' ? site.read(path) : null;
  if (there === text) {
    report.kept(path);
    return fingerprint(text);
  }
  const isUnedited = there !== null && (fingerprint(there) === former || there === raw);
  if (isUnedited) {
    site.write(path, text, mode);
    report.changed(path, "to this version's; nobody had edited it");
    return fingerprint(text);
  }
  if (replace && there !== null) {
    const aside = site.setAside(path);
    site.write(path, text, mode);
    report.changed(path, `to this version's; the edited one is ${aside}`);
    return fingerprint(text);
  }
  const what = there === null ? 'a link or a directory' : "edited, and not as this version's";
  report.kept(path, there === null ? what : `${what}: --replace ${path} puts that in its place`);
  return former;
}
