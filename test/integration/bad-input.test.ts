/** What a part of a lab meets at its start and can't use, it names in one line of its log: what, where, and what to do. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { certificateAuthority, freePort } from '@sisock/testkit';
import { until } from '../interop/peers/until.js';
import { type SisockProcess, startSisock } from '../support/stack-process.js';

type Env = Readonly<Record<string, string>>;
const running: SisockProcess[] = [];
const made: string[] = [];
const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((sisock) => sisock.stop('SIGKILL')));
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true });
});

function run(words: readonly string[], env: Env = {}): SisockProcess {
  const sisock = startSisock(words, env);
  running.push(sisock);
  return sisock;
}

/** The lines that say why it ended, without what stands before the message. */
async function lastWords(words: readonly string[], env: Env): Promise<string[]> {
  const sisock = run(words, env);
  expect(await sisock.ended).not.toBe(0);
  const text = sisock.stderr();
  expect(text).not.toMatch(/^\s+at /m);
  const lines = text.trim().split('\n');
  const fatal = lines.filter((line) => line.startsWith('{') && (JSON.parse(line) as { level: number }).level >= 60);
  return fatal.length > 0 ? fatal.map((line) => (JSON.parse(line) as { msg: string }).msg) : lines;
}

function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'lab-'));
  made.push(path);
  return path;
}

async function takenPort(): Promise<string> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return String((server.address() as AddressInfo).port);
}

const database = { SQL_USER: 'sisock', SQL_PASSWD: 'secret', SQL_DB: 'files' };

describe('a part at its start', () => {
  const parts: readonly (readonly [string, readonly string[], () => Env | Promise<Env>, RegExp])[] = [
    [
      'data directory that is missing',
      ['g3-file-scanner'],
      () => ({ DATA_DIRECTORY: '/nonexistent/data' }),
      /DATA_DIRECTORY \/nonexistent\/data can't be read: ENOENT/,
    ],
    [
      'data directory that is a file',
      ['g3-file-scanner'],
      () => {
        const file = join(directory(), 'data');
        writeFileSync(file, '');
        return { DATA_DIRECTORY: file };
      },
      /DATA_DIRECTORY \/.*\/data .*/,
    ],
    [
      'weather directory that is missing',
      ['node', 'weather'],
      () => ({ WEATHER_DIRECTORY: '/nonexistent/data' }),
      /WEATHER_DIRECTORY "\/nonexistent\/data" can't be read: ENOENT/,
    ],
    [
      'dot directory that was forgotten',
      ['crossbar'],
      () => ({ CROSSBAR_DIR: join(directory(), '.crossbar') }),
      /\.crossbar" \(CROSSBAR_DIR\) has no config\.json, certificate or secret: mount the site's directory there/,
    ],
    [
      "authority's certificate that is missing",
      ['node', 'sensors'],
      () => ({ CROSSBAR_CA: '/nonexistent/ca_cert.pem' }),
      /"\/nonexistent\/ca_cert\.pem" \(CROSSBAR_CA\) is not there/,
    ],
    [
      "authority's certificate that can't be read",
      ['node', 'sensors'],
      () => {
        const site = directory();
        mkdirSync(join(site, 'ca_cert.pem'));
        return { CROSSBAR_DIR: site };
      },
      /ca_cert\.pem can't be read: EISDIR/,
    ],
    [
      "database's certificate that is missing",
      ['node', 'g3-reader'],
      () => ({ ...database, SQL_HOST: 'localhost', SQL_CA: '/nonexistent/ca_cert.pem' }),
      /SQL_CA "\/nonexistent\/ca_cert\.pem" can't be read: ENOENT/,
    ],
    [
      'port that is taken',
      ['http'],
      async () => ({ PORT: await takenPort() }),
      /PORT \d+ is taken on 127\.0\.0\.1: choose another/,
    ],
    [
      'port of its health that is taken',
      ['hub'],
      async () => ({ HEALTH_PORT: await takenPort() }),
      /HEALTH_PORT \d+ is taken on 127\.0\.0\.1: choose another/,
    ],
  ];

  it.each(parts)('names a %s', async (_what, words, env, named) => {
    const lines = await lastWords(words, { LOGLEVEL: 'info', ...(await env()) });
    expect(lines).toEqual([expect.stringMatching(named)]);
  });

  it('waits for a database that is not ready, and says so', async () => {
    const env = { ...database, SQL_HOST: '127.0.0.1', SQL_PORT: String(await freePort()), DATA_DIRECTORY: directory() };
    const scanner = run(['g3-file-scanner'], { LOGLEVEL: 'info', ...env });
    await until('it is told', () => /127\.0\.0\.1:\d+.* is away/.test(scanner.stderr())).catch(() => {
      throw new Error(scanner.stderr());
    });
    expect(scanner.child.exitCode).toBeNull();
    expect(scanner.stderr()).not.toMatch(/^\s+at /m);
  });

  it('names an expired certificate of the router', async () => {
    const site = directory();
    const now = Date.now() / 1000;
    const authority = certificateAuthority();
    const { cert, key } = authority.issue({ notBefore: now - 864_000, notAfter: now - 86_400 });
    writeFileSync(join(site, 'server_cert.pem'), cert);
    writeFileSync(join(site, 'server_key.pem'), key, { mode: 0o600 });
    writeFileSync(join(site, 'ca_cert.pem'), authority.cert);
    mkdirSync(join(site, 'secrets'));
    for (const user of ['server', 'consumer']) writeFileSync(join(site, 'secrets', user), `secret of ${user}`);
    const CROSSBAR_TLS_PORT = String(await freePort());
    const env = { CROSSBAR_DIR: site, CROSSBAR_TLS_PORT, LOGLEVEL: 'info' };
    const router = run(['router'], { ...env, CROSSBAR_OCS_PORT: '0' });
    await until('the router tells', () => /server_cert\.pem.* has expired/.test(router.stderr()));
    await until('it listens', () => router.stdout().includes('wss://'));
    const node = run(['node', 'sensors'], env);
    await until('the node tells', () => /certificate .*has expired/.test(node.stderr()));
  });

  it('is told of by the doctor, with the site', async () => {
    const doctor = run(['doctor', '--site', '/nonexistent/lab', '--json'], {
      DOCTOR_DEADLINE: '60',
      CROSSBAR_OCS_PORT: String(await freePort()),
      PORT: '1',
      // Of the image, for its containers: the site's own count.
      CROSSBAR_HOST: 'sisock-crossbar',
      CROSSBAR_DIR: '/app/.crossbar',
    });
    expect(await doctor.ended).toBe(1);
    const { findings } = JSON.parse(doctor.stdout()) as { findings: Record<string, string>[] };
    expect(findings[0]).toEqual({
      check: 'site',
      status: 'fail',
      message: '/nonexistent/lab is no directory',
      cure: expect.stringContaining('site init') as unknown,
    });
    expect(findings.map(({ check }) => check)).toContain('ports');
    expect(findings.find(({ check }) => check === 'router')?.['message']).toContain('ws://127.0.0.1:');
    expect(doctor.stdout()).not.toContain('/app/.crossbar');
  });
});
