import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keepSecrets, routerSecrets, secretsDirectory } from '../src/cli/secrets.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sisock-secrets-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const file = (name: string) => join(secretsDirectory(directory), name);

describe('kept secrets', () => {
  it('are long, differ, and stay the same', () => {
    const secrets = keepSecrets(directory);
    expect(secrets.server).toMatch(/^[\w-]{43}$/);
    expect(secrets.consumer).not.toBe(secrets.server);
    expect(keepSecrets(directory)).toEqual(secrets);
  });

  it('are closed to others again where somebody opened them', () => {
    keepSecrets(directory);
    chmodSync(file('server'), 0o644);
    chmodSync(secretsDirectory(directory), 0o755);
    keepSecrets(directory);
    expect(statSync(file('server')).mode & 0o777).toBe(0o600);
    expect(statSync(secretsDirectory(directory)).mode & 0o777).toBe(0o700);
  });

  it('are refused when a file is empty', () => {
    keepSecrets(directory);
    writeFileSync(file('consumer'), '\n');
    expect(() => keepSecrets(directory)).toThrow(/consumer is empty/);
  });

  it('are not made where they are set', () => {
    expect(routerSecrets(directory, { WAMP_SECRET: 'a', CONSUMER_SECRET: 'b', CROSSBAR_DIR: directory })).toEqual({
      server: 'a',
      consumer: 'b',
    });
    expect(() => readFileSync(file('server'))).toThrow();
    const half = routerSecrets(directory, { WAMP_SECRET: 'a', CONSUMER_SECRET: undefined, CROSSBAR_DIR: '/nowhere' });
    expect(half.server).toBe('a');
    expect(half.consumer).toBe(keepSecrets(directory).consumer);
  });
});
