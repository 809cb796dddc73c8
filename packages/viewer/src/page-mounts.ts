import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A directory of files and the URL they are served under. */
export interface PageMount {
  readonly url: string;
  readonly directory: string;
}

/**
 * What a server has to serve for the page: its document (`index.html`) and style at `/`, its modules at `/page`, and
 * uPlot out of the installed package at `/page/vendor`. Everything is same-origin and no script is inline, so a strict
 * Content-Security-Policy fits.
 */
export function pageMounts(): readonly PageMount[] {
  const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
  const uplot = dirname(createRequire(import.meta.url).resolve('uplot'));
  return [
    { url: '/', directory: here('../static') },
    { url: '/page', directory: here('../dist/page') },
    { url: '/page/vendor', directory: uplot },
  ];
}
