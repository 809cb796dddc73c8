import { fileURLToPath } from 'node:url';

/** A directory of files and the URL they are served under. */
export interface PageMount {
  readonly url: string;
  readonly directory: string;
}

/**
 * What a server has to serve for the page: its document (`index.html`) and icon at `/`, its script and style at `/page`.
 * Everything is same-origin and nothing is inline, so a strict Content-Security-Policy fits.
 */
export function pageMounts(): readonly PageMount[] {
  const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
  return [
    { url: '/', directory: here('../static') },
    { url: '/page', directory: here('../dist/page') },
  ];
}
