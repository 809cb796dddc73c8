import { mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Login, Principal } from '@sisock/core';
import {
  type AccessFile,
  hashProblem,
  hashSecret,
  isMissing,
  loginChecker,
  type LoginLimits,
  openAccessFile,
  readAccessFile,
  silentLogger,
  verifySecret,
  writeAccessFile,
} from '@sisock/runtime';
import { fakeClock, until } from '@sisock/testkit';

const zeros = '$scrypt$ln=10,r=1,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA';

describe('the hash of a secret', () => {
  it('fits its secret only, and says how it was made', async () => {
    const [one, two] = await Promise.all([hashSecret('Grüße'), hashSecret('Grüße')]);
    expect(one).toMatch(/^\$scrypt\$ln=14,r=8,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(one).not.toBe(two);
    expect(await verifySecret('Grüße'.normalize('NFD'), one)).toBe(true);
    for (const wrong of ['grüße', '', 'Grüße ', one!]) expect(await verifySecret(wrong, one)).toBe(false);
    expect(await verifySecret('x', undefined)).toBe(false);
    expect(await verifySecret('x', 'x')).toBe(false);
  });

  it('of other parameters is understood: a known answer of RFC 7914', async () => {
    const salt = Buffer.from('SodiumChloride').toString('base64').replace(/=+$/, '');
    const key = Buffer.from(
      '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2' +
        'd5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887',
      'hex',
    );
    const hash = `$scrypt$ln=14,r=8,p=1$${salt}$${key.toString('base64').replace(/=+$/, '')}`;
    expect(await verifySecret('pleaseletmein', hash)).toBe(true);
    expect(await verifySecret('pleaseletmeinn', hash)).toBe(false);
  });

  it.each([
    ['plain', /not of the form/],
    ['$scrypt$ln=4,r=1,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA', /weaker/],
    ['$scrypt$ln=10,r=1,p=1$AAAA$AAAAAAAAAAAAAAAAAAAAAA', /weaker/],
    ['$scrypt$ln=10,r=1,p=1$AAAAAAAAAAA$AAAA', /weaker/],
    ['$scrypt$ln=20,r=32,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA', /costs more/],
    ['$scrypt$ln=99,r=1,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA', /costs more/],
  ])('%s is refused', async (hash, problem) => {
    expect(hashProblem(hash)).toMatch(problem);
    expect(await verifySecret('x', hash)).toBe(false);
  });
});

describe('checking logins', () => {
  const login = (changes: Partial<Login> = {}): Login => ({
    kind: 'basic',
    name: 'ada',
    secret: 'good',
    from: '10.0.0.1',
    ...changes,
  });

  function checker(limits: Partial<LoginLimits> = {}) {
    const clock = fakeClock(1000);
    const hashed: string[] = [];
    const check = loginChecker({
      clock,
      limits,
      verify: async (secret, hash) => {
        hashed.push(secret);
        await Promise.resolve();
        return secret === 'good' && hash !== undefined;
      },
    });
    return { clock, hashed, check };
  }

  it('hashes a good login once a while, and again when its entry changed', async () => {
    const { clock, hashed, check } = checker({ rememberSec: 60 });
    expect(await Promise.all([check(login(), 'h'), check(login(), 'h'), check(login(), 'h')])).toEqual([
      true,
      true,
      true,
    ]);
    clock.advance(59);
    expect(await check(login(), 'h')).toBe(true);
    expect(hashed).toHaveLength(1);
    clock.advance(2);
    expect(await check(login(), 'h')).toBe(true);
    expect(await check(login(), 'other')).toBe(true);
    expect(await check(login(), undefined)).toBe(false);
    expect(await check(login({ name: 'bob' }), 'h')).toBe(true);
    expect(await check(login({ kind: 'token' }), 'h')).toBe(true);
    expect(hashed).toHaveLength(6);
  });

  it('remembers so many only', async () => {
    const { hashed, check } = checker({ remembered: 2 });
    for (const name of ['a', 'b', 'c', 'a', 'c']) await check(login({ name }), 'h');
    expect(hashed).toHaveLength(4);
  });

  it('refuses a name from an address that was wrong too often, until the window ends', async () => {
    const { clock, check, hashed } = checker({ failuresByName: 3, windowSec: 30 });
    const wrong = login({ secret: 'bad' });
    expect(await check(login({ from: '10.0.0.2' }), 'h')).toBe(true);
    for (let i = 0; i < 3; i++) expect(await check(wrong, 'h')).toBe(false);
    const before = hashed.length;
    await expect(check(wrong, 'h')).rejects.toMatchObject({
      code: 'too_many',
      message: 'too many wrong logins: try again in 30 s',
    });
    // Nor is the good one told from the others; another name or address, or a login that is remembered, goes.
    await expect(check(login({ secret: 'good' }), 'other')).rejects.toMatchObject({ code: 'too_many' });
    expect(hashed).toHaveLength(before);
    expect(await check(login({ name: 'bob' }), 'h')).toBe(true);
    expect(await check(login({ from: '10.0.0.2' }), 'h')).toBe(true);
    clock.advance(31);
    expect(await check(wrong, 'h')).toBe(false);
    expect(await check(login({ secret: 'good' }), 'other')).toBe(true);
  });

  it.each([
    ['10.0.0.1', '10.0.0.1', true],
    ['::ffff:10.0.0.1', '10.0.0.1', true],
    ['2001:db8:0:1::5', '2001:db8:0:1:7::', true],
    ['2001:db8:0:1::5', '2001:db8:0:2::5', false],
    ['::1', '::2', true],
    ['10.0.0.1', '10.0.0.2', false],
  ])('counts wrong logins of an address whatever the name: %s and %s', async (first, second, together) => {
    const { check } = checker({ failuresByAddress: 2 });
    for (const name of ['a', 'b']) expect(await check(login({ name, from: first, secret: 'bad' }), 'h')).toBe(false);
    const third = check(login({ name: 'c', from: second }), 'h');
    if (together) await expect(third).rejects.toMatchObject({ code: 'too_many' });
    else expect(await third).toBe(true);
  });

  it('forgets the oldest counts, and works on so many hashes at once', async () => {
    const { check } = checker({ failuresByName: 1, counted: 2, hashes: 2 });
    for (const name of ['a', 'b', 'c']) await check(login({ name, secret: 'bad' }), 'h');
    expect(await check(login({ name: 'a', secret: 'bad' }), 'h')).toBe(false);
    const [x, y, z] = await Promise.allSettled(['x', 'y', 'z'].map((name) => check(login({ name }), 'h')));
    expect([x!.status, y!.status, z!.status]).toEqual(['fulfilled', 'fulfilled', 'rejected']);
  });

  it('looks at no secret that is too long', async () => {
    const { check, hashed } = checker({ secretLength: 10 });
    expect(await check(login({ secret: 'x'.repeat(11) }), 'h')).toBe(false);
    expect(hashed).toEqual([]);
  });
});

describe('the access file', () => {
  let directory: string;
  let path: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'access-'));
    path = join(directory, 'access.json');
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const entry = (name: string, nodes: string[]) => ({ name, hash: zeros, nodes });
  const file = (changes: Partial<AccessFile> = {}): AccessFile => ({
    anonymous: null,
    tokens: [entry('grafana', ['*'])],
    users: [],
    ...changes,
  });

  it('is written for its owner only, and reads as it was', () => {
    writeAccessFile(path, file());
    expect(readAccessFile(path)).toEqual(file());
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(() => writeAccessFile(join(directory, 'no', 'file'), file())).toThrow(/can't be written: ENOENT/);
  });

  it('tells all of its problems at once, each with its place', () => {
    const wrong = {
      anonymous: { nodes: 'all' },
      tokens: [{ name: 'a b', hash: 'secret', nodes: ['*'] }, entry('x', ['*']), entry('x', [])],
      users: [{ name: 'a:b', hash: zeros }],
      user: [],
    };
    writeFileSync(path, JSON.stringify(wrong));
    let message = '';
    try {
      readAccessFile(path);
    } catch (error) {
      expect(error).toMatchObject({ code: 'bad_setting' });
      ({ message } = error as Error);
    }
    for (const place of [
      'anonymous.nodes',
      'tokens.0.name',
      'tokens.0.hash',
      'tokens.2.name',
      'users.0.name',
      'users.0.nodes',
    ]) {
      expect(message.split('\n').filter((line) => line.startsWith(`${path}: ${place} `))).toHaveLength(1);
    }
    expect(message).toContain('"user"');
    expect(message).not.toContain('secret"');
  });

  it('that is missing, or no JSON, is told so', () => {
    try {
      readAccessFile(path);
      throw new Error('read');
    } catch (error) {
      expect(isMissing(error)).toBe(true);
      expect((error as Error).message).toMatch(/SISOCK_ACCESS_FILE ".*access.json" can't be read: ENOENT/);
    }
    writeFileSync(path, '{');
    expect(() => readAccessFile(path)).toThrow(/is not JSON/);
  });

  it('is read again when it changes; one with mistakes leaves the former rules', async () => {
    writeAccessFile(path, file());
    const lines: string[] = [];
    const log = Object.assign(silentLogger(), { error: (_: object, text: string) => lines.push(text) });
    const policy = openAccessFile({ path, clock: fakeClock(0), log, allowAnonymous: false, pollMs: 10 });
    const grafana: Principal = { kind: 'token', name: 'grafana' };
    expect(policy.maySee(grafana, 'n')).toBe(true);
    writeFileSync(path, 'rubbish');
    await until(() => lines.length > 0);
    expect(lines[0]).toMatch(/^the former access rules stay: .*is not JSON/);
    expect(policy.maySee(grafana, 'n')).toBe(true);
    writeFileSync(path, JSON.stringify(file({ anonymous: { nodes: ['*'] }, tokens: [] })));
    await until(() => lines.length > 1);
    expect(lines[1]).toMatch(/SISOCK_ANONYMOUS/);
    writeAccessFile(path, file({ tokens: [] }));
    await until(() => !policy.maySee(grafana, 'n'));
    const count = lines.length;
    renameSync(path, `${path}.away`);
    await until(() => lines.length > count);
    await policy.close();
  });

  it('may let anonymous in where the bridge allows it', async () => {
    writeAccessFile(path, file({ anonymous: { nodes: ['open'] } }));
    const options = { path, clock: fakeClock(0), log: silentLogger() };
    expect(() => openAccessFile({ ...options, allowAnonymous: false })).toThrow(/SISOCK_ANONYMOUS=yes/);
    const policy = openAccessFile({ ...options, allowAnonymous: true });
    expect(await policy.authenticate({ kind: 'none' })).toEqual({ kind: 'anonymous' });
    await policy.close();
  });
});
