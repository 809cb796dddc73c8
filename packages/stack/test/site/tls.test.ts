import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { chmodSync, chownSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { connect, type ConnectionOptions, createServer, type Server } from 'node:tls';
import { afterEach, describe, expect, it } from '@jest/globals';
import { selfSigned } from '@sisock/testkit';
import { authorityCertificate, serverCertificate } from '../../src/site/certificates.js';
import { freshSite, look, removeTemporary, sisock, temporary } from './site.js';

const day = 86_400;
const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
  removeTemporary();
});

type Site = Awaited<ReturnType<typeof freshSite>>;
const certificateOf = (site: Pick<Site, 'read'>, path = '.crossbar/server_cert.pem') =>
  new X509Certificate(site.read(path));
const daysLeft = (certificate: X509Certificate) => (Date.parse(certificate.validTo) - Date.now()) / 1000 / day;

/** A certificate in the place of the site's, for its key and by its authority. */
async function place(site: Site, from: number, until: number): Promise<void> {
  const authority = { key: site.read('.ca/ca_key.pem'), cert: site.read('.ca/ca_cert.pem') };
  const now = Date.now() / 1000;
  const validity = { from: now + from * day, until: now + until * day };
  const cert = await serverCertificate(site.read('.crossbar/server_key.pem'), ['localhost'], authority, validity);
  writeFileSync(site.path('.crossbar/server_cert.pem'), cert);
}

async function listen(site: Site, directory: string): Promise<number> {
  const server = createServer({
    key: site.read(`${directory}/server_key.pem`),
    cert: site.read(`${directory}/server_cert.pem`),
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** The error's code, or null where the client accepts the server. */
function refusal(port: number, options: ConnectionOptions): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, ...options }, () => {
      resolve(socket.authorized ? null : String(socket.authorizationError));
      socket.destroy();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

describe('the certificates of a site', () => {
  it('are signed by its own authority, for its names and addresses, from a little ago until in two years', async () => {
    const site = await freshSite('--host', 'Lab.Example.org', '--host', '192.0.2.7', '--host', 'FD00::0:7');
    const authority = certificateOf(site, '.ca/ca_cert.pem');
    expect(authority.ca).toBe(true);
    expect(authority.subject).toBe('CN=sisock yale CA');
    expect(daysLeft(authority)).toBeGreaterThan(3000);
    for (const directory of ['.crossbar', '.database']) {
      const certificate = certificateOf(site, `${directory}/server_cert.pem`);
      expect(certificate.ca).toBe(false);
      expect(certificate.checkIssued(authority)).toBe(true);
      expect(certificate.verify(authority.publicKey)).toBe(true);
      expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
      expect(Math.round(daysLeft(certificate))).toBe(730);
      expect(Date.parse(certificate.validFrom)).toBeLessThan(Date.now() - 3_600_000);
      expect(site.read(`${directory}/ca_cert.pem`)).toBe(site.read('.ca/ca_cert.pem'));
    }
    const certificate = certificateOf(site);
    for (const name of ['sisock-crossbar', 'sisock_crossbar', 'localhost', 'lab.example.org']) {
      expect(certificate.subjectAltName).toContain(`DNS:${name}`);
    }
    for (const address of ['127.0.0.1', '::1', '192.0.2.7', 'fd00::7']) {
      expect([address, certificate.checkIP(address)]).toEqual([address, address]);
    }
    expect(certificateOf(site, '.database/server_cert.pem').checkHost('database')).toBe('database');
    expect(certificate.serialNumber).not.toBe(authority.serialNumber);
  });

  it('are accepted by who trusts ca_cert.pem, and by who pins server_cert.pem', async () => {
    const site = await freshSite();
    for (const [directory, names] of [
      ['.crossbar', ['sisock-crossbar', 'sisock_crossbar', 'localhost']],
      ['.database', ['database']],
    ] as const) {
      const port = await listen(site, directory);
      for (const servername of names) {
        const trusting = { ca: site.read(`${directory}/ca_cert.pem`), servername };
        expect([servername, await refusal(port, trusting)]).toEqual([servername, null]);
      }
      expect(await refusal(port, { ca: site.read(`${directory}/ca_cert.pem`), servername: 'other' })).toBe(
        'ERR_TLS_CERT_ALTNAME_INVALID',
      );
    }
    const port = await listen(site, '.crossbar');
    expect(await refusal(port, { ca: site.read('.crossbar/server_cert.pem'), servername: 'localhost' })).toBeNull();
    const other = await freshSite();
    expect(await refusal(port, { ca: other.read('.crossbar/ca_cert.pem'), servername: 'localhost' })).not.toBeNull();
  });

  it('stand the strict checks of OpenSSL', async () => {
    const site = await freshSite();
    try {
      execFileSync('openssl', ['version']);
    } catch {
      return;
    }
    for (const directory of ['.crossbar', '.database']) {
      const args = ['verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', site.path('.ca/ca_cert.pem')];
      const said = execFileSync('openssl', [...args, site.path(`${directory}/server_cert.pem`)], { encoding: 'utf8' });
      expect(said).toMatch(/: OK$/m);
    }
  });

  it('give the Python parts the authority alone', async () => {
    const site = await freshSite();
    expect(site.read('.crossbar-python/server_cert.pem')).toBe(site.read('.ca/ca_cert.pem'));
  });
});

describe('sisock site tls', () => {
  it('changes nothing unasked, and tells until when', async () => {
    const site = await freshSite();
    const before = site.snapshot();
    const { status, out, err } = await sisock('tls', site.root);
    expect([status, err]).toEqual([0, '']);
    expect(out).toMatch(/kept {5}\.crossbar\/server_cert\.pem \(until \d{4}-\d\d-\d\d\)/);
    expect(site.snapshot()).toEqual(before);
  });

  it('--renew: new certificates by the same authority for the same keys and names', async () => {
    const site = await freshSite('--host', 'lab.example.org');
    const before = site.snapshot();
    const { status, out } = await sisock('tls', site.root, '--renew', '--days', '10');
    expect(status).toBe(0);
    expect(out).toContain('docker compose restart sisock-crossbar database');
    const after = site.snapshot();
    for (const name of ['.ca/ca_key.pem', '.ca/ca_cert.pem', '.crossbar/server_key.pem', '.database/server_key.pem']) {
      expect([name, after[name]]).toEqual([name, before[name]]);
    }
    expect(Math.round(daysLeft(certificateOf(site)))).toBe(10);
    expect(certificateOf(site).subjectAltName).toBe(
      new X509Certificate(before['.crossbar/server_cert.pem']!).subjectAltName,
    );
    expect(Object.keys(after)).toEqual(Object.keys(before));
    expect(
      await refusal(await listen(site, '.crossbar'), { ca: after['.ca/ca_cert.pem'], servername: 'localhost' }),
    ).toBeNull();
  });

  it('--host: a certificate for a further name, once', async () => {
    const site = await freshSite();
    expect((await sisock('tls', site.root, '--host', 'new.example.org')).out).toContain(
      'changed  .crossbar/server_cert',
    );
    const { subjectAltName } = certificateOf(site);
    expect(subjectAltName).toContain('DNS:new.example.org');
    expect(subjectAltName).toContain('DNS:sisock-crossbar');
    expect((await sisock('tls', site.root, '--host', 'new.example.org')).out).not.toContain('changed');
    await sisock('tls', site.root, '--renew');
    expect(certificateOf(site).subjectAltName).toBe(subjectAltName);
  });

  it('--new-key and --new-ca: the former ones stay beside', async () => {
    const site = await freshSite();
    const before = site.snapshot();
    const keys = await sisock('tls', site.root, '--new-key');
    expect(keys.out).toContain('init-docker-env.sh');
    expect(site.read('.crossbar/server_key.pem')).not.toBe(before['.crossbar/server_key.pem']);
    expect(site.read('.crossbar/server_key.pem.before')).toBe(before['.crossbar/server_key.pem']);
    expect(site.mode('.crossbar/server_key.pem')).toBe('600');
    expect(site.read('.ca/ca_key.pem')).toBe(before['.ca/ca_key.pem']);
    await sisock('tls', site.root, '--new-ca');
    await sisock('tls', site.root, '--new-ca');
    expect(site.read('.ca/ca_key.pem.before')).toBe(before['.ca/ca_key.pem']);
    expect(site.read('.ca/ca_key.pem.before-2')).not.toBe(site.read('.ca/ca_key.pem'));
    for (const name of ['.crossbar/ca_cert.pem', '.database/ca_cert.pem', '.crossbar-python/server_cert.pem']) {
      expect(site.read(name)).toBe(site.read('.ca/ca_cert.pem'));
    }
    expect(await sisock('tls', site.root)).toMatchObject({ status: 0, err: '' });
  });

  it.each([
    [-2, -1, /server_cert.pem has expired .*--renew/, 1],
    [-2, 20, /expires on .*--renew/, 0],
  ] as const)('tells of a certificate from day %i to day %i', async (from, until, words, status) => {
    const site = await freshSite();
    await place(site, from, until);
    const told = await sisock('tls', site.root);
    expect([told.status, told.all]).toEqual([status, expect.stringMatching(words)]);
    expect((await sisock('tls', site.root, '--renew')).status).toBe(0);
    expect(await sisock('tls', site.root)).toMatchObject({ status: 0, err: '' });
  });

  it('never makes a certificate that outlives its authority', async () => {
    const site = await freshSite();
    const now = Date.now() / 1000;
    const validity = { from: now - day, until: now + 30 * day };
    writeFileSync(site.path('.ca/ca_cert.pem'), await authorityCertificate(site.read('.ca/ca_key.pem'), 'x', validity));
    expect((await sisock('tls', site.root, '--renew')).out).toMatch(/\.ca\/ca_cert\.pem \(expires on/);
    expect(Math.round(daysLeft(certificateOf(site)))).toBe(30);
  });

  it('keeps a self-signed certificate with its key, and puts no authority beside it that did not sign it', async () => {
    const root = temporary();
    const site = look(root);
    const pair = selfSigned();
    mkdirSync(join(root, '.crossbar'));
    writeFileSync(site.path('.crossbar/server_cert.pem'), pair.cert);
    writeFileSync(site.path('.crossbar/server_key.pem'), pair.key, { mode: 0o600 });
    const { status, out } = await sisock('tls', root);
    expect([status, out]).toEqual([0, expect.stringContaining('not signed by .ca/ca_cert.pem')]);
    expect(site.read('.crossbar/server_cert.pem')).toBe(pair.cert);
    expect(() => site.read('.crossbar/ca_cert.pem')).toThrow('ENOENT');
    await sisock('tls', root, '--renew');
    expect(site.read('.crossbar/server_cert.pem.before')).toBe(pair.cert);
    expect(site.read('.crossbar/server_key.pem')).toBe(pair.key);
    expect(certificateOf(site).checkIssued(certificateOf(site, '.ca/ca_cert.pem'))).toBe(true);
  });

  it.each([
    ['.crossbar/server_key.pem', 'not the key of', '--renew'],
    ['.crossbar/server_cert.pem', 'holds no certificate', '--renew'],
    ['.ca/ca_key.pem', 'is not the key of', '--new-ca'],
    ['.ca/ca_cert.pem', 'holds no certificate', '--new-ca'],
  ])('tells in one line that %s is damaged', async (name, words, cure) => {
    const site = await freshSite();
    writeFileSync(site.path(name), 'damaged');
    const { status, err } = await sisock('tls', site.root);
    expect([status, err.trim().split('\n').length]).toEqual([1, 1]);
    for (const part of [name, words, cure]) expect(err).toContain(part);
  });

  it('works without the key of the authority as long as nothing is to be signed', async () => {
    const site = await freshSite();
    rmSync(site.path('.ca/ca_key.pem'));
    expect(await sisock('tls', site.root)).toMatchObject({ status: 0, err: '' });
    const { status, err } = await sisock('tls', site.root, '--renew');
    expect([status, err]).toEqual([1, expect.stringContaining('.ca/ca_key.pem is not there')]);
  });

  it('renews for a key that another user keeps, by its certificate', async () => {
    const site = await freshSite();
    const before = certificateOf(site).publicKey.export({ type: 'spki', format: 'pem' });
    // Root reads everything: it stands in for a person.
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) execFileSync('chown', ['-R', '65534', dirname(site.root)]);
    for (const directory of ['.crossbar', '.database']) {
      if (isRoot) chownSync(site.path(`${directory}/server_key.pem`), 0, 0);
      else chmodSync(site.path(`${directory}/server_key.pem`), 0);
    }
    if (isRoot) process.seteuid?.(65534);
    const { status, err } = await sisock('tls', site.root, '--renew', '--days', '10').finally(() => {
      if (isRoot) process.seteuid?.(0);
    });
    expect([status, err]).toEqual([0, '']);
    expect(Math.round(daysLeft(certificateOf(site)))).toBe(10);
    expect(certificateOf(site).publicKey.export({ type: 'spki', format: 'pem' })).toBe(before);
  });

  it('says that a directory is no site', async () => {
    const root = temporary();
    const { status, err } = await sisock('tls', root);
    expect([status, err]).toEqual([1, expect.stringContaining('is no site')]);
    expect(look(root).snapshot()).toEqual({});
  });

  it('signs by a P-256 key alone', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'secp384r1' });
    const other = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    await expect(authorityCertificate(other, 'x', { from: 0, until: 1 })).rejects.toMatchObject({
      code: 'bad_setting',
    });
  });
});
