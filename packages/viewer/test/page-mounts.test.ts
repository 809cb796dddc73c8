import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pageMounts } from '../src/index.js';

const directoryOf = (url: string) => pageMounts().find((m) => m.url === url)!.directory;

describe('the mounts of the page', () => {
  it('hold every file the document asks for', () => {
    const document = readFileSync(join(directoryOf('/'), 'index.html'), 'utf8');
    const asked = [...document.matchAll(/(?:src|href)="(\/[^"]*\.\w+)"/g)].map((m) => m[1]!);
    expect(asked).toContain('/page/vendor/uPlot.min.css');
    for (const url of asked) {
      const mount = ['/page/vendor', '/page', '/'].find((m) => url.startsWith(m))!;
      // The page's modules are there once it is built.
      if (mount !== '/page')
        expect({ url, there: existsSync(join(directoryOf(mount), url.slice(mount.length))) }).toEqual({
          url,
          there: true,
        });
    }
  });

  it('hold a document without inline scripts or styles', () => {
    const document = readFileSync(join(directoryOf('/'), 'index.html'), 'utf8');
    expect(document).not.toMatch(/<script(?![^>]*src=)|<style| style=| on\w+=/);
  });
});
