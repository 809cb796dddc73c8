import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMetrics, silentLogger } from '@sisock/runtime';
import { certificateAuthority, type KeyPair, selfSigned, until } from '@sisock/testkit';
import { connectSession } from '@sisock/wamp';
import { certificateFiles, readCertificate, watchCertificate } from '../src/cli/certificate.js';
import { commands } from '../src/cli/commands.js';
import { startEmbeddedRouter } from '../src/cli/embedded-router.js';
import { main } from '../src/cli/main.js';

const now = Date.now() / 1000;
const pair = selfSigned();
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sisock-certificate-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function put({ cert, key }: Partial<KeyPair>) {
  if (cert !== undefined) writeFileSync(join(directory, 'server_cert.pem'), cert);
  if (key !== undefined) writeFileSync(join(directory, 'server_key.pem'), key);
}

const choice = (set: { CROSSBAR_CERT?: string; CROSSBAR_KEY?: string } = {}) => ({
  CROSSBAR_DIR: directory,
  CROSSBAR_CERT: undefined,
  CROSSBAR_KEY: undefined,
  ...set,
});
const files = () => certificateFiles(choice())!;

describe("the router's certificate", () => {
  it('is none where there are no files and none are set', () => {
    expect(certificateFiles(choice())).toBeNull();
    expect(certificateFiles(choice({ CROSSBAR_CERT: 'x.pem' }))).toMatchObject({ cert: 'x.pem' });
  });

  it.each<[string, Partial<KeyPair>, RegExp]>([
    ['no key', { cert: pair.cert }, /server_key\.pem" \(CROSSBAR_KEY\) is not there/],
    ['no certificate', { key: pair.key }, /server_cert\.pem" \(CROSSBAR_CERT\) is not there/],
    ['text for a certificate', { cert: 'text', key: pair.key }, /CROSSBAR_CERT\) holds no certificate/],
    ['text for a key', { cert: pair.cert, key: 'text' }, /CROSSBAR_KEY\) holds no private key/],
    ['the key of another', { cert: pair.cert, key: selfSigned().key }, /is not the key of/],
  ])('with %s is a wrong setting that names the file', (_, given, text) => {
    put(given);
    expect(() => readCertificate(files())).toThrow(text);
  });

  it('that is a directory is a wrong setting', () => {
    put(pair);
    const set = choice({ CROSSBAR_KEY: directory });
    expect(() => readCertificate(certificateFiles(set)!)).toThrow(/EISDIR/);
  });

  it('is renewed when both files fit, not before', async () => {
    put(pair);
    const renewed: string[] = [];
    const complaints: unknown[] = [];
    const log = silentLogger();
    log.warn = ((...line: unknown[]) => complaints.push(line)) as never;
    const renew = ({ cert }: KeyPair) => renewed.push(cert);
    const watch = watchCertificate({ files: files(), renew, log, clock: () => now, everyMs: 5 });
    const next = selfSigned();
    put({ cert: next.cert });
    await until(() => complaints.length === 1);
    rmSync(join(directory, 'server_key.pem'));
    await until(() => complaints.length === 2);
    expect(renewed).toEqual([]);
    put({ key: next.key });
    await until(() => renewed.length === 1);
    expect(renewed).toEqual([next.cert]);
    await watch.close();
  });
});

describe('the embedded router with a certificate', () => {
  const secrets = { server: 's', consumer: 'c' };

  it('takes users with a secret by wss, and nobody else', async () => {
    put(pair);
    const router = await startEmbeddedRouter({
      host: '127.0.0.1',
      port: 0,
      tls: { host: '127.0.0.1', port: 0, files: files() },
      realm: 'test_realm',
      addressRoots: ['observatory'],
      secrets,
      log: silentLogger(),
      metrics: createMetrics(),
      clock: () => now,
    });
    const common = { url: router.tlsUrl!, caFile: files().cert };
    const known = connectSession({ ...common, authid: 'server', secret: 's' });
    expect(await known.ready).toMatchObject({ authrole: 'server' });
    const unknown = connectSession(common);
    await expect(unknown.ready).rejects.toMatchObject({ code: 'not_authorized' });
    await known.close();
    await unknown.close();
    await router.close();
  });
});

describe('sisock crossbar-config', () => {
  async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const text = { out: '', err: '' };
    const status = await main(['crossbar-config', ...args], commands, {
      env: { CROSSBAR_DIR: directory, ...env },
      out: (t) => (text.out += t),
      err: (t) => (text.err += t),
      isTerminal: false,
      version: '1.2.3',
    });
    return { status, ...text };
  }
  interface Config {
    workers: [
      { transports: { endpoint: Record<string, unknown>; paths: { ws: { auth: Record<string, unknown> } } }[] },
    ];
  }
  const transports = (text: string) => (JSON.parse(text) as Config).workers[0].transports;

  it('has both ports, the users with their secrets, and nobody anonymous on the TLS port', async () => {
    put(certificateAuthority().issue());
    const env = { WAMP_SECRET: 'one', CONSUMER_SECRET: 'two', CROSSBAR_OCS_PORT: '18001', SISOCK_BIND: '0.0.0.0' };
    const { status, out } = await run([], { ...env, CROSSBAR_OCS_BIND: '127.0.0.1' });
    expect(status).toBe(0);
    const users = { server: { role: 'server', secret: 'one' }, consumer: { role: 'consumer', secret: 'two' } };
    const [plain, secure] = transports(out);
    expect(plain).toMatchObject({ endpoint: { interface: '127.0.0.1', port: 18001 } });
    expect(plain!.paths.ws.auth).toMatchObject({ anonymous: { role: 'iocs_agent' }, wampcra: { users } });
    expect(secure!.endpoint).toMatchObject({
      interface: '0.0.0.0',
      port: 8080,
      tls: { key: 'server_key.pem', certificate: 'server_cert.pem' },
    });
    expect(Object.keys(secure!.paths.ws.auth)).toEqual(['wampcra']);
  });

  it('writes a file that only its owner reads, with secrets that it keeps', async () => {
    expect(await run(['--write'])).toMatchObject({ status: 0, err: expect.stringContaining('wss is left out') });
    const path = join(directory, 'config.json');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const first = readFileSync(path, 'utf8');
    expect(first).toContain(readFileSync(join(directory, 'secrets', 'server'), 'utf8').trim());
    expect((await run(['--write'])).out).toContain('as it should be');
    await run(['--write'], { WAMP_REALM: 'other' });
    expect(readFileSync(`${path}.before`, 'utf8')).toBe(first);
  });

  it('says what mends a place where the file can not be written', async () => {
    mkdirSync(join(directory, 'config.json.new'));
    const { status, err } = await run(['--write']);
    expect(status).not.toBe(0);
    expect(err).toMatch(/CROSSBAR_DIR: .*config\.json can't be written: EISDIR; a directory is in the way of a file/);
  });

  it('keeps the secrets of a configuration that is there already', async () => {
    const users = { server: { secret: 'of long ago', role: 'server' } };
    writeFileSync(join(directory, 'config.json'), JSON.stringify({ auth: { wampcra: { users } } }));
    expect((await run([])).out).toContain('of long ago');
  });

  it('ends with one line for what can not be used', async () => {
    expect(await run(['--wirte'])).toMatchObject({ status: 2 });
    put({ cert: pair.cert });
    const missing = await run([]);
    expect(missing).toMatchObject({ status: 1, out: '' });
    expect(missing.err.trim().split('\n')).toHaveLength(1);
    put(selfSigned({ notBefore: now - 20, notAfter: now - 10 }));
    expect((await run([])).err).toContain('has expired');
    mkdirSync(join(directory, 'config.json.new'));
    expect(await run(['--write'])).toMatchObject({ status: 1, err: expect.stringContaining('CROSSBAR_DIR') });
  });
});
