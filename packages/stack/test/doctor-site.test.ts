/** `sisock doctor --site`: what is wrong with the files of a site is named, a line each, with a cure. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { chmodSync, copyFileSync, cpSync, mkdirSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { checkPorts } from '../src/doctor/site/check-ports.js';
import { checkSite } from '../src/doctor/site/check-site.js';
import { freshSite, removeTemporary, temporary } from './site/site.js';

afterEach(removeTemporary);

const now = () => Date.now() / 1000;
/** Who runs the tests may not give files to the containers' users. */
const notGiven = /containers \(user \d+\) can't read/;

async function site() {
  const data = join(temporary(), 'data');
  mkdirSync(data);
  chmodSync(data, 0o777);
  const { root } = await freshSite('--data', data, '--host', 'localhost');
  return { root, data, at: (path: string) => join(root, path) };
}

/** What is not well, but for files that were not given to the containers. */
function bad(root: string, clock = now): string[] {
  const found = checkSite(root, clock).filter(({ status }) => status === 'fail' || status === 'warn');
  for (const { cure, message } of found) expect([message, cure]).toEqual([message, expect.stringMatching(/./)]);
  return found
    .filter(({ message }) => !notGiven.test(message))
    .map(({ status, check, message }) => `${status} ${check}: ${message.replaceAll(root, 'SITE')}`);
}

describe('a site', () => {
  it('has nothing wrong as it was made', async () => {
    const { root } = await site();
    expect(bad(root)).toEqual([]);
    expect(checkSite(root, now).filter(({ status }) => status === 'ok').length).toBeGreaterThanOrEqual(3);
  });

  it('that is no directory', () => {
    expect(bad('/nonexistent/lab')).toEqual(['fail site: SITE is no directory']);
  });

  const missing: readonly (readonly [string, RegExp])[] = [
    ['.env', /^fail \.env: SITE\/\.env is not there$/],
    ['docker-compose.yaml', /^fail site: SITE\/docker-compose\.yaml is not there$/],
    ['.crossbar', /^fail \.crossbar: the dot directory SITE\/\.crossbar is not there$/],
    ['.crossbar/config.json', /^fail \.crossbar: SITE\/\.crossbar\/config\.json is not there$/],
    ['.crossbar/server_cert.pem', /^fail certificate \.crossbar: .*server_cert\.pem is not there$/],
    ['.crossbar/server_key.pem', /^fail certificate \.crossbar: .*server_key\.pem is not there$/],
    ['.crossbar/secrets/server', /^fail secrets: .*secrets\/server is not there$/],
    ['secrets/consumer.env', /^warn secrets: .*consumer\.env is not there$/],
    ['.database', /^fail certificate \.database: .*server_cert\.pem is not there$/],
  ];
  it.each(missing)('without %s', async (path, named) => {
    const { root, at } = await site();
    rmSync(at(path), { recursive: true });
    expect(bad(root)[0]).toMatch(named);
  });

  it('whose file is no file', async () => {
    const { root, at } = await site();
    unlinkSync(at('.crossbar/config.json'));
    mkdirSync(at('.crossbar/config.json'));
    expect(bad(root)).toEqual(["fail .crossbar: SITE/.crossbar/config.json can't be read: EISDIR"]);
    rmSync(at('.crossbar/config.json'), { recursive: true });
    writeFileSync(at('.crossbar/config.json'), '{', { mode: 0o600 });
    expect(bad(root)).toEqual([expect.stringMatching(/^fail \.crossbar: .*config\.json" is no JSON/)]);
  });

  it('whose .env lacks values, or is open to all', async () => {
    const { root, data, at } = await site();
    writeFileSync(at('.env'), `DATA=${data}\nSQL_PASSWD=\nOCS_CONFIG_DIR=./ocs\n`, { mode: 0o600 });
    const [first, second, ...more] = bad(root);
    expect(first).toBe('fail .env: SITE/.env has no value of SQL_PASSWD, GF_SECURITY_ADMIN_PASSWORD');
    expect(second).toMatch(/^warn \.env: SITE\/\.env does not have .*SISOCK_VERSION.*: their defaults count$/);
    expect(more).toEqual([]);
    chmodSync(at('.env'), 0o644);
    expect(bad(root)).toContain('warn .env: SITE/.env can be read by everybody');
  });

  it('whose key or secret is open to all', async () => {
    const { root, at } = await site();
    chmodSync(at('.crossbar/server_key.pem'), 0o644);
    chmodSync(at('.crossbar/secrets/consumer'), 0o604);
    expect(bad(root)).toEqual([
      'fail certificate .crossbar: SITE/.crossbar/server_key.pem can be read by everybody',
      'fail secrets: SITE/.crossbar/secrets/consumer can be read by everybody',
    ]);
  });

  it('whose secret is empty, or another than that of env_file', async () => {
    const { root, at } = await site();
    writeFileSync(at('.crossbar/secrets/server'), '\n');
    writeFileSync(at('secrets/consumer.env'), 'WAMP_SECRET=another\n');
    expect(bad(root)).toEqual([
      'fail secrets: SITE/.crossbar/secrets/server is empty',
      'fail secrets: SITE/secrets/consumer.env is not the secret of SITE/.crossbar/secrets/consumer',
    ]);
  });

  it('whose certificates expired, or soon will', async () => {
    const { root } = await site();
    const expired = bad(root, () => now() + 800 * 86_400);
    expect(expired).toEqual([
      expect.stringMatching(/^fail certificate \.crossbar: SITE\/\.crossbar\/server_cert\.pem has expired/),
      expect.stringMatching(/^fail certificate \.database: SITE\/\.database\/server_cert\.pem has expired/),
    ]);
    expect(bad(root, () => now() + 710 * 86_400)[0]).toMatch(/^warn certificate \.crossbar: .* expires in \d+ days/);
  });

  it('whose certificate has another key, authority or name', async () => {
    const [{ root, at }, other] = [await site(), await site()];
    copyFileSync(other.at('.crossbar/server_key.pem'), at('.crossbar/server_key.pem'));
    expect(bad(root)).toEqual([expect.stringMatching(/^fail certificate \.crossbar: .*is not the key of/)]);
    copyFileSync(other.at('.crossbar/server_cert.pem'), at('.crossbar/server_cert.pem'));
    expect(bad(root)).toEqual([
      'fail certificate .crossbar: SITE/.crossbar/server_cert.pem is not signed by SITE/.crossbar/ca_cert.pem',
    ]);
    cpSync(at('.database'), at('.crossbar'), { recursive: true });
    expect(bad(root)).toEqual([
      'fail certificate .crossbar: SITE/.crossbar/server_cert.pem is not for sisock-crossbar',
    ]);
  });

  it('whose OCS configuration is a link to nothing', async () => {
    const { root, at } = await site();
    unlinkSync(at('ocs/yale.yaml'));
    expect(bad(root)).toEqual(['fail OCS configuration: SITE/ocs/default.yaml is a link to nothing']);
  });

  it('whose data directory is not there, no directory, or not to be written by the aggregator', async () => {
    const { root, data } = await site();
    chmodSync(data, 0o755);
    expect(bad(root)).toEqual([
      expect.stringMatching(/^fail data directory: user 9000 .* can't write .*: owner \d+:\d+, mode 755$/),
    ]);
    rmSync(data, { recursive: true });
    expect(bad(root)).toEqual([`fail data directory: ${data} (DATA of .env) is not there`]);
    mkdirSync(dirname(data), { recursive: true });
    writeFileSync(data, '');
    expect(bad(root)).toEqual([`fail data directory: ${data} (DATA of .env) is no directory`]);
  });
});

describe('ports of a site', () => {
  it('are free, answer, or some of them do', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port: taken } = server.address() as AddressInfo;
    const signal = AbortSignal.timeout(60_000);
    try {
      const [mixed] = await checkPorts(signal, [
        [taken, 'bridge'],
        [1, 'Grafana'],
      ]);
      expect(mixed).toMatchObject({
        status: 'warn',
        message: `nobody answers on 1 (Grafana), somebody on ${taken} (bridge)`,
      });
      expect((await checkPorts(signal, [[taken, 'bridge']]))[0]).toMatchObject({ status: 'ok' });
      expect((await checkPorts(signal, [[1, 'Grafana']]))[0]?.message).toMatch(/free: nothing of the site is started/);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });
});
