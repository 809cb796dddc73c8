import { type AddressInfo, createServer } from 'node:net';
import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { SisockError } from '@sisock/core';
import { createRouter, type Listener, permissionsFrom, type Router } from '@sisock/router';
import { readSettings, silentLogger } from '@sisock/runtime';
import {
  certificateAuthority,
  type CertificateOptions,
  freePort,
  type KeyPair,
  selfSigned,
  until,
} from '@sisock/testkit';
import {
  connectSession,
  crossbarSecret,
  readTrust,
  sessionOptions,
  type SessionSettings,
  type WampSession,
  wampSettings,
} from '@sisock/wamp';

const table: unknown = JSON.parse(readFileSync(new URL('../../../crossbar/roles.json', import.meta.url), 'utf8'));
const roles = permissionsFrom(table, { baseUri: 'org.simonsobservatory', addressRoots: ['observatory'] });
const wampcra = { users: { server: { secret: 'right', role: 'server' } } };
const day = 86_400;
const now = Date.now() / 1000;

let directory: string;
let router: Router;
const sessions: WampSession[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sisock-tls-'));
  router = createRouter({ roles, limits: { closeSec: 0.2 } });
});
afterEach(async () => {
  for (const session of sessions.splice(0)) await session.close();
  await router.close();
  rmSync(directory, { recursive: true });
});

function file(name: string, text: string): string {
  writeFileSync(join(directory, name), text);
  return join(directory, name);
}

const listenTls = (tls: KeyPair, port = 0): Promise<Listener> => router.listen({ port, tls, auth: { wampcra } });

function open(url: string, settings: SessionSettings = {}): WampSession {
  const common = { authid: 'server', secret: 'right', firstDelayMs: 20, maxDelayMs: 50 };
  const session = connectSession({ url, ...common, ...settings });
  sessions.push(session);
  return session;
}

/** A logger that keeps the reasons of its warnings. */
function listening() {
  const reasons: string[] = [];
  const log = silentLogger();
  log.warn = ((about: { reason?: string }) => reasons.push(about.reason ?? '')) as never;
  return { reasons, log };
}

describe('wss', () => {
  it.each([
    ['the CA that signed the certificate', () => certificateAuthority(), 'authority'],
    ['the signed certificate itself', () => certificateAuthority(), 'certificate'],
  ] as const)('joins with %s', async (_, make, trusted) => {
    const ca = make();
    const pair = ca.issue();
    const { url } = await listenTls(pair);
    const session = open(url, { caFile: file('ca.pem', trusted === 'authority' ? ca.cert : pair.cert) });
    expect(await session.ready).toMatchObject({ authrole: 'server' });
  });

  it('joins with a self-signed certificate, by name and by address', async () => {
    const pair = selfSigned();
    const { url } = await listenTls(pair);
    const caFile = file('ca.pem', pair.cert);
    await open(url, { caFile }).ready;
    await open(url.replace('127.0.0.1', 'localhost'), { caFile }).ready;
  });

  const ca = certificateAuthority();
  const expired: CertificateOptions = { notBefore: now - 2 * day, notAfter: now - day };
  it.each<[string, KeyPair, string, string]>([
    ['of an unknown CA', certificateAuthority('another').issue(), 'CROSSBAR_CA', 'bad_setting'],
    ['that is self-signed and another', selfSigned(), 'CROSSBAR_CA', 'bad_setting'],
    ['for other names', ca.issue({ hosts: ['sisock-crossbar'] }), 'CROSSBAR_HOST', 'bad_setting'],
    ['that has expired', ca.issue(expired), 'server_cert.pem', 'unavailable'],
    [
      'that is not valid yet',
      ca.issue({ notBefore: now + day, notAfter: now + 2 * day }),
      'server_cert.pem',
      'unavailable',
    ],
  ])('refuses a certificate %s and says what to do', async (_, pair, named, code) => {
    const { url } = await listenTls(pair);
    const { reasons, log } = listening();
    const session = open(url, { caFile: file('ca.pem', ca.cert), log });
    if (code === 'unavailable') {
      // Renewing mends it: tried again, told once.
      await until(() => router.counts().mishaps['tls_failed']! >= 3);
      expect(reasons).toHaveLength(1);
      expect(reasons[0]).toContain(named);
      return;
    }
    const error = (await session.ready.catch((thrown: unknown) => thrown)) as SisockError;
    expect(error).toMatchObject({ code });
    expect(error.message).toContain(named);
    expect(error.message).toContain(url);
    expect(error.message).not.toContain('\n');
  });

  it('without a CA asks the authorities of the system, and is refused', async () => {
    const { url } = await listenTls(selfSigned());
    await expect(open(url).ready).rejects.toMatchObject({ code: 'bad_setting' });
  });

  it('names the file where what it trusts is out of date itself', async () => {
    const old = selfSigned(expired);
    const { url } = await listenTls(old);
    const { reasons, log } = listening();
    const caFile = file('ca.pem', old.cert);
    open(url, { caFile, log });
    await until(() => reasons.length > 0);
    expect(reasons[0]).toContain(JSON.stringify(caFile));
  });

  it('is told from plain text, and plain text from it', async () => {
    const pair = selfSigned();
    const secure = await listenTls(pair);
    const plain = await router.listen({ port: 0, auth: { wampcra } });
    const caFile = file('ca.pem', pair.cert);
    const wrong = [open(secure.url.replace('wss:', 'ws:')), open(plain.url.replace('ws:', 'wss:'), { caFile })].map(
      (session) => session.ready.catch((thrown: unknown) => thrown),
    );
    const [a, b] = (await Promise.all(wrong)) as SisockError[];
    expect(a).toMatchObject({ code: 'bad_setting', message: expect.stringContaining('CROSSBAR_OCS_PORT') });
    expect(b).toMatchObject({ code: 'bad_setting', message: expect.stringContaining('CROSSBAR_TLS_PORT') });
  });

  it('is told from a plain port that says nothing to a TLS handshake, as Crossbar does', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on(
        'data',
        (bytes: Buffer) => bytes.toString('latin1').startsWith('GET ') && socket.end('HTTP/1.1 404 \r\n'),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const session = open(`wss://127.0.0.1:${port}/ws`, { joinTimeoutMs: 500 });
    const error: unknown = await session.ready.catch((thrown: unknown) => thrown);
    server.close();
    expect(error).toMatchObject({ message: expect.stringContaining('CROSSBAR_TLS_PORT') });
  });

  it('joins again with a renewed certificate and a renewed CA file', async () => {
    const first = selfSigned();
    const port = await freePort();
    const listener = await listenTls(first, port);
    const caFile = file('ca.pem', first.cert);
    const { reasons, log } = listening();
    const session = open(listener.url, { caFile, log });
    const { sessionId } = await session.ready;
    const second = selfSigned();
    await listener.close();
    await listenTls(second, port);
    // The old file does not know the new certificate; that it is replaced is all it takes.
    await until(() => reasons.some((reason) => reason.includes('CROSSBAR_CA')));
    writeFileSync(caFile, second.cert);
    await until(() => session.details !== null && session.details.sessionId !== sessionId);
  });

  it('joins with the certificate that a listener was given anew', async () => {
    const listener = await listenTls(selfSigned());
    const second = selfSigned();
    listener.renew(second);
    await open(listener.url, { caFile: file('ca.pem', second.cert) }).ready;
  });
});

describe('the files of the router', () => {
  const read = (env: Record<string, string>) =>
    sessionOptions(readSettings(wampSettings, { CROSSBAR_DIR: directory, ...env }));

  it('choose the port: wss with a certificate, plain without', () => {
    expect(read({})).toMatchObject({ url: 'ws://127.0.0.1:8001/ws', caFile: undefined, secret: undefined });
    const certificate = file('server_cert.pem', selfSigned().cert);
    expect(read({})).toMatchObject({ url: 'wss://127.0.0.1:8080/ws', caFile: certificate });
    const authority = file('ca_cert.pem', certificateAuthority().cert);
    expect(read({}).caFile).toBe(authority);
    expect(read({ CROSSBAR_CA: certificate }).caFile).toBe(certificate);
    expect(read({ WAMP_URI: 'ws://elsewhere/ws' })).toMatchObject({ url: 'ws://elsewhere/ws', caFile: undefined });
  });

  it('give the secret of a user, where it is not set', () => {
    const users = { server: { secret: 'configured', role: 'server' }, eye: { secret: 'of the eye', role: 'consumer' } };
    file(
      'config.json',
      JSON.stringify({ workers: [{ transports: [{ paths: { ws: { auth: { wampcra: { users } } } } }] }] }),
    );
    expect(read({}).secret).toBe('configured');
    mkdirSync(join(directory, 'secrets'));
    file('secrets/server', 'kept\n');
    expect(read({}).secret).toBe('kept');
    expect(read({ WAMP_USER: 'eye' }).secret).toBe('of the eye');
    expect(read({ WAMP_SECRET: 'set' }).secret).toBe('set');
    expect(read({ WAMP_SECRET_FILE: file('s', 'from a file\n') }).secret).toBe('from a file');
    expect(crossbarSecret(directory, '../s')).toBeUndefined();
    file('secrets/server', '\n');
    expect(() => read({})).toThrow(/is empty/);
  });

  it('that can not be used are named in one line', () => {
    const missing = join(directory, 'missing.pem');
    for (const path of [
      missing,
      directory,
      file('text.pem', 'no certificate'),
      file('bad.pem', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'),
    ]) {
      expect(() => read({ CROSSBAR_CA: path })).toThrow(JSON.stringify(path));
      expect(() => readTrust(path)).toThrow(JSON.stringify(path));
    }
  });
});
