import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readAccessFile, verifySecret } from '@sisock/runtime';
import { accessCommands } from '../src/cli/access-command.js';
import { main } from '../src/cli/main.js';

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'access-'));
  path = join(directory, 'access.json');
});
afterEach(() => rmSync(directory, { recursive: true }));

async function run(words: string, env: Readonly<Record<string, string>> = {}) {
  const text = { out: '', err: '' };
  const status = await main(['access', ...words.split(' ')], accessCommands, {
    env: { SISOCK_ACCESS_FILE: path, ...env },
    out: (t) => (text.out += t),
    err: (t) => (text.err += t),
    isTerminal: false,
    version: '0.0.0',
  });
  return { status, ...text };
}

describe('sisock access', () => {
  it('makes tokens and users, shows their secrets once, and keeps their hashes', async () => {
    const token = (await run('add-token scripts')).out.trim();
    expect(token).toMatch(/^scripts\.[\w-]{43}$/);
    const password = (await run('add-user ada --nodes apex_*,!private')).out.trim();
    expect(await run('add-user bob', { ACCESS_PASSWORD: 'open sesame' })).toMatchObject({
      status: 0,
      out: expect.not.stringContaining('sesame'),
    });
    const { tokens, users } = readAccessFile(path);
    expect(await verifySecret(token, tokens[0]!.hash)).toBe(true);
    expect(await verifySecret(password, users[0]!.hash)).toBe(true);
    expect(await verifySecret('open sesame', users[1]!.hash)).toBe(true);
    expect([tokens[0]!.nodes, users[0]!.nodes]).toEqual([['*'], ['apex_*', '!private']]);
    const text = readFileSync(path, 'utf8');
    for (const secret of [token, password, 'sesame']) expect(text).not.toContain(secret);

    const listed = (await run('list')).out.split('\n');
    expect(listed[0]).toMatch(/^token\tscripts\t\*\t\d{4}-/);
    expect(listed[1]).toMatch(/^user\tada\tapex_\*,!private\t/);
    expect(listed.join()).not.toContain('scrypt');
    expect((await run('remove ada')).status).toBe(0);
    expect(readAccessFile(path).users.map((user) => user.name)).toEqual(['bob']);
  });

  it('refuses a name that is there or not there, and names that can not be', async () => {
    await run('add-token scripts');
    expect(await run('add-token scripts')).toMatchObject({
      status: 1,
      err: expect.stringMatching(/already/),
    });
    expect(await run('remove nobody')).toMatchObject({ status: 1, err: expect.stringMatching(/"nobody"/) });
    expect((await run('add-token a.b')).status).toBe(1);
    expect((await run('add-user a:b')).status).toBe(1);
    expect(readAccessFile(path).users).toEqual([]);
  });

  it.each(['add-token', 'add-token a b', 'add-token a --node x', 'remove'])(
    '%s is a wrong command line',
    async (words) => {
      const { status, err, out } = await run(words);
      expect([status, err.trim().split('\n').length, out]).toEqual([2, 1, '']);
      expect(existsSync(path)).toBe(false);
    },
  );
});
