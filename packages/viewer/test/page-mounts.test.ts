import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pageMounts } from '../src/index.js';

const directoryOf = (url: string) => pageMounts().find((mount) => mount.url === url)!.directory;
const document = readFileSync(join(directoryOf('/'), 'index.html'), 'utf8');

describe('the mounts of the page', () => {
  it('hold every file the document asks for, once it is built', () => {
    const asked = [...document.matchAll(/(?:src|href)="(\/[^"]*\.\w+)"/g)].map((match) => match[1]!);
    expect(asked).toEqual(expect.arrayContaining(['/page/main.js', '/page/main.css', '/page/first.js', '/icon.svg']));
    const isBuilt = existsSync(directoryOf('/page'));
    for (const url of asked) {
      const mount = url.startsWith('/page/') ? '/page' : '/';
      if (mount === '/page' && !isBuilt) continue;
      expect({ url, there: existsSync(join(directoryOf(mount), url.slice(mount.length))) }).toEqual({
        url,
        there: true,
      });
    }
  });

  it('hold a document without inline scripts or styles', () => {
    expect(document).not.toMatch(/<script(?![^>]*src=)|<style| style=| on\w+=/);
  });
});
