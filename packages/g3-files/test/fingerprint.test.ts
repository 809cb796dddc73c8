import { appendFileSync, copyFileSync, mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { fingerprint, isSameFile } from '@sisock/g3-files';
import { codeOf, data, scratch, session, status } from './support/files.js';

const bytes = Buffer.concat([session, status, data(100, 1000), data(2000, 1000)]);

describe('fingerprints', () => {
  it('are of a file that grew, was copied or renamed', async () => {
    const path = scratch();
    writeFileSync(path, bytes);
    const known = await fingerprint(path, bytes.length);
    expect(await isSameFile(path, known)).toBe(true);
    appendFileSync(path, data(5000));
    expect(await isSameFile(path, known)).toBe(true);
    const copy = scratch();
    copyFileSync(path, copy);
    expect(await isSameFile(copy, known)).toBe(true);
  });

  it('tell a file that was replaced, cut, or deleted', async () => {
    const path = scratch();
    writeFileSync(path, bytes);
    const known = await fingerprint(path, bytes.length);
    for (const other of [data(100, 1000), data(3000, 1000)]) {
      writeFileSync(path, Buffer.concat([session, status, data(100, 1000), other]));
      expect(await isSameFile(path, known)).toBe(false);
    }
    writeFileSync(path, Buffer.concat([status, session, data(100, 1000), data(2000, 1000)]));
    expect(await isSameFile(path, known)).toBe(false);
    writeFileSync(path, bytes);
    truncateSync(path, bytes.length - 1);
    expect(await isSameFile(path, known)).toBe(false);
    rmSync(path);
    expect(await isSameFile(path, known)).toBe(false);
    mkdirSync(path);
    expect(await codeOf(isSameFile(path, known))).toBe('bad_request');
  });

  it('are not taken of bytes that are not there, and no text is one by chance', async () => {
    const path = scratch();
    writeFileSync(path, bytes);
    expect(await codeOf(fingerprint(path, bytes.length + 1))).toBe('bad_data');
    expect(await isSameFile(path, '')).toBe(false);
    expect(await isSameFile(path, 'g3:0:00')).toBe(false);
    writeFileSync(path, '');
    expect(await isSameFile(path, await fingerprint(path, 0))).toBe(true);
  });
});
