import { chmodSync, existsSync, mkdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { envValues } from '../../src/site/env-file.js';
import { fingerprint } from '../../src/site/ledger.js';
import { freshSite, look, removeTemporary, sisock, temporary } from './site.js';

afterEach(removeTemporary);

const secretFiles = [
  '.env',
  '.ca/ca_key.pem',
  '.crossbar/config.json',
  '.crossbar/server_key.pem',
  '.crossbar/secrets/server',
  '.crossbar/secrets/consumer',
  '.database/server_key.pem',
  'secrets/server.env',
  'secrets/consumer.env',
];

describe('sisock site init', () => {
  it('makes all that a lab needs, each secret for its owner only', async () => {
    const site = await freshSite();
    for (const name of secretFiles) expect([name, site.mode(name)]).toEqual([name, '600']);
    for (const name of ['.ca', 'secrets', '.crossbar/secrets']) expect([name, site.mode(name)]).toEqual([name, '700']);
    for (const name of ['setup_tls', 'init-docker-env.sh']) expect([name, site.mode(name)]).toEqual([name, '755']);
    for (const name of ['.crossbar/server_cert.pem', '.crossbar/ca_cert.pem', '.database/ca_cert.pem', 'README.md']) {
      expect([name, site.mode(name)]).toEqual([name, '644']);
    }
    expect(readlinkSync(site.path('default.yaml'))).toBe('ocs/default.yaml');
    expect(site.read('default.yaml')).toBe(site.read('ocs/yale.yaml'));
    expect(site.read('yale.yaml')).toContain('site yale');
    const left = Object.entries(site.snapshot()).filter(([, text]) => /__[A-Z_]+__/.test(text));
    expect(left.map(([name]) => name)).toEqual([]);
  });

  it('gives router, env files and .env secrets that fit, and shows none of them', async () => {
    const { read, result } = await freshSite();
    const secrets = ['server', 'consumer'].map((user) => read(`.crossbar/secrets/${user}`).trim());
    expect(new Set(secrets).size).toBe(2);
    expect(read('secrets/server.env')).toBe(`WAMP_SECRET=${secrets[0]}\n`);
    expect(read('secrets/consumer.env')).toBe(`WAMP_SECRET=${secrets[1]}\n`);
    for (const secret of secrets) expect(read('.crossbar/config.json')).toContain(`"secret": "${secret}"`);
    const env = envValues(read('.env'));
    const passwords = ['SQL_PASSWD', 'GF_SECURITY_ADMIN_PASSWORD'].map((name) => env.get(name) ?? '');
    for (const secret of [...secrets, ...passwords]) {
      expect(secret.length).toBeGreaterThanOrEqual(40);
      expect(result.all).not.toContain(secret);
      expect(read('.site.json')).not.toContain(secret);
    }
    expect(result.all).not.toContain('PRIVATE');
  });

  it('says what it made and what comes next', async () => {
    const { result, root } = await freshSite('--data', '/srv/hk', '--address-root', 'lat');
    expect(result.out).toContain(`The site yale in ${root}:\n  made     .gitignore\n`);
    const next = result.out.slice(result.out.indexOf('Next')).trim().split('\n');
    expect(next).toHaveLength(5);
    expect(next[1]).toContain('sudo ./init-docker-env.sh');
    expect(next[1]).toContain('/srv/hk');
    expect(result.err).toBe('');
  });

  it('names the directory as seen from the working directory, which may be that of a container', async () => {
    const before = process.cwd();
    process.chdir(temporary());
    try {
      expect((await sisock('init', 'yale')).out).toMatch(/^The site yale in yale:\n[^]*\nNext, in yale:\n/);
      process.chdir('yale');
      expect((await sisock('init', 'yale')).out).toMatch(/^The site yale in this directory:\n/);
    } finally {
      process.chdir(before);
    }
  });

  it('takes the data directory and the address root everywhere', async () => {
    const { read } = await freshSite('--data', '/srv/hk/', '--address-root', 'lat');
    expect(envValues(read('.env')).get('DATA')).toBe('/srv/hk');
    expect(envValues(read('.env')).get('ADDRESS_ROOT')).toBe('lat');
    expect(read('ocs/yale.yaml')).toContain('registry_address: lat.registry');
    expect(read('.crossbar/config.json')).toContain('"uri": "lat."');
    expect(read('.crossbar/config.json')).not.toContain('"observatory.');
  });

  it('changes nothing when it is run again', async () => {
    const site = await freshSite();
    const before = site.snapshot();
    const again = await sisock('init', 'yale', '--directory', site.root);
    expect(again).toMatchObject({ status: 0, err: '' });
    expect(again.out).not.toMatch(/^ {2}(made|changed)/m);
    expect(again.out).toMatch(/kept {5}\d+ other files as before/);
    expect(site.snapshot()).toEqual(before);
  });

  it('keeps what somebody edited, says so, and replaces it only where asked, with the edited one beside', async () => {
    const site = await freshSite();
    const edited = `${site.read('docker-compose.yaml')}# ours\n`;
    writeFileSync(site.path('docker-compose.yaml'), edited);
    const again = await sisock('init', 'yale', '--directory', site.root);
    expect(again.out).toMatch(/kept {5}docker-compose.yaml \(edited, .*--replace docker-compose.yaml/);
    expect(site.read('docker-compose.yaml')).toBe(edited);
    const replaced = await sisock('init', 'yale', '--directory', site.root, '--replace', 'docker-compose.yaml');
    expect(replaced.out).toMatch(/changed {2}docker-compose.yaml/);
    expect(site.read('docker-compose.yaml')).not.toContain('# ours');
    expect(site.read('docker-compose.yaml.before')).toBe(edited);
  });

  it('replaces no secret and no file that is none of its own', async () => {
    const site = await freshSite();
    for (const name of ['.env', '.crossbar/server_key.pem', '../x', '.crossbar/secrets/server']) {
      const { status, err } = await sisock('init', 'yale', '--directory', site.root, '--replace', name);
      expect([status, err]).toEqual([2, expect.stringContaining(JSON.stringify(name))]);
    }
  });

  it('brings a file of an older version up to date that nobody edited', async () => {
    const site = await freshSite();
    const older = '# as an older version made it\n';
    writeFileSync(site.path('setup_tls'), older);
    const ledger = JSON.parse(site.read('.site.json')) as { files: Record<string, string> };
    ledger.files['setup_tls'] = fingerprint(older);
    writeFileSync(site.path('.site.json'), JSON.stringify(ledger));
    expect((await sisock('init', 'yale', '--directory', site.root)).out).toMatch(/changed {2}setup_tls/);
    expect(site.read('setup_tls')).toContain('exec sisock site tls');
  });

  it('completes a directory of which half is there, with the secrets and keys that are', async () => {
    const site = await freshSite();
    const { '.crossbar/secrets/server': server, '.crossbar/server_key.pem': key } = site.snapshot();
    const lost = [
      '.crossbar/secrets',
      'secrets/consumer.env',
      '.crossbar/server_cert.pem',
      '.database',
      'ocs',
      '.site.json',
    ];
    for (const name of lost) rmSync(site.path(name), { recursive: true });
    expect((await sisock('init', 'yale', '--directory', site.root)).status).toBe(0);
    expect(site.read('.crossbar/secrets/server')).toBe(server);
    expect(site.read('.crossbar/server_key.pem')).toBe(key);
    for (const name of lost) expect([name, existsSync(site.path(name))]).toEqual([name, true]);
    expect(await sisock('tls', site.root)).toMatchObject({ status: 0, err: '' });
  });

  it('makes a new secret where all places of the former one are deleted', async () => {
    const site = await freshSite();
    const former = site.read('.crossbar/secrets/server').trim();
    for (const name of ['.crossbar/config.json', '.crossbar/secrets', 'secrets']) {
      rmSync(site.path(name), { recursive: true });
    }
    await sisock('init', 'yale', '--directory', site.root);
    expect(JSON.stringify(site.snapshot())).not.toContain(former);
  });

  it('tells an env file whose secret is another', async () => {
    const site = await freshSite();
    writeFileSync(site.path('secrets/server.env'), 'WAMP_SECRET=sesame\n');
    const { status, err, all } = await sisock('init', 'yale', '--directory', site.root);
    expect([status, err.trim().split('\n').length]).toEqual([1, 1]);
    expect(err).toContain('secrets/server.env');
    expect(all).not.toContain('sesame');
    expect(site.read('secrets/server.env')).toContain('sesame');
  });

  it('adds lines that .env lacks, and never changes a value', async () => {
    const site = await freshSite();
    const text = site
      .read('.env')
      .replace(/^ADDRESS_ROOT=.*\n/m, '')
      .replace('/data', '/mine');
    writeFileSync(site.path('.env'), text);
    const again = await sisock('init', 'yale', '--directory', site.root, '--data', '/other');
    expect(again.out).toContain('added ADDRESS_ROOT');
    expect(again.out).toContain('DATA is /mine there, not /other');
    expect(site.read('.env')).toBe(`${text}ADDRESS_ROOT=observatory\n`);
    expect(site.mode('.env')).toBe('600');
  });

  it('takes permissions away that secrets must not give, and keeps those of the containers', async () => {
    const site = await freshSite();
    for (const name of secretFiles) chmodSync(site.path(name), 0o644);
    const { out } = await sisock('init', 'yale', '--directory', site.root);
    for (const name of secretFiles) {
      expect([name, site.mode(name)]).toEqual([name, '600']);
      expect(out).toContain(`changed  ${name} (mode 600 now`);
    }
  });

  it('is content in the directory of the site itself', async () => {
    const site = await freshSite();
    const before = process.cwd();
    process.chdir(site.root);
    try {
      await sisock('init', 'yale');
      expect(existsSync(site.path('yale'))).toBe(false);
    } finally {
      process.chdir(before);
    }
  });

  it('dev: builds from the sources, with a simulated agent', async () => {
    const { read } = await freshSite('--dev');
    const env = envValues(read('.env'));
    expect(env.get('COMPOSE_PROFILES')).toContain('demo');
    expect(env.get('DATA')).toBe('./data');
    expect(existsSync(join(env.get('SISOCK_SOURCE') ?? '', 'Dockerfile'))).toBe(true);
    expect(read('docker-compose.override.yaml')).toContain('${SISOCK_SOURCE:?');
  });
});

describe('what sisock site init refuses', () => {
  it.each(['Yale', '', '../yale', 'a/b', '.hidden', '-x', 'default', 'docker-compose', 'x'.repeat(41), 'a b', 'a\nb'])(
    'the name %j',
    async (name) => {
      const root = temporary();
      const { status, err } = await sisock('init', '--directory', join(root, 'new'), '--', name);
      expect([status, err.trim().split('\n').length]).toEqual([2, 1]);
      expect(err).toContain(JSON.stringify(name));
      expect(existsSync(join(root, 'new'))).toBe(false);
    },
  );

  it.each([
    ['--host', 'a b'],
    ['--host', '1.2.3.4.5'],
    ['--host', 'http://x'],
    ['--data', 'data'],
    ['--data', '/a/../b'],
    ['--data', '/a:/b'],
    ['--data', '/'],
    ['--data', '/a b'],
    ['--address-root', 'a.b'],
  ])('%s %j', async (option, value) => {
    const root = join(temporary(), 'yale');
    const { status, err } = await sisock('init', 'yale', '--directory', root, option, value);
    expect([status, err]).toEqual([2, expect.stringContaining(JSON.stringify(value))]);
    expect(existsSync(root)).toBe(false);
  });

  it.each([['init'], ['init yale more'], ['init yale --nonsense'], ['tls a b'], ['tls --days 0'], ['tls --days x']])(
    'the command line %s',
    async (words) => {
      const { status, err, out } = await sisock(...words.split(' '));
      expect([status, err.trim().split('\n').length, out]).toEqual([2, 1, '']);
    },
  );

  it('a directory that can not be one, in one line', async () => {
    const root = temporary();
    writeFileSync(join(root, 'file'), '');
    for (const directory of [join(root, 'file'), join(root, 'file', 'below'), '/proc/nobody']) {
      const { status, err } = await sisock('init', 'yale', '--directory', directory);
      expect([status, err.trim().split('\n').length]).toEqual([1, 1]);
      expect(err).toContain(directory);
    }
  });

  it('the directory of another site', async () => {
    const site = await freshSite();
    const before = site.snapshot();
    const { status, err } = await sisock('init', 'penn', '--directory', site.root);
    expect([status, err]).toEqual([2, expect.stringContaining('is the site yale')]);
    expect(site.snapshot()).toEqual(before);
  });

  it('to write through links', async () => {
    const root = temporary();
    const outside = temporary();
    writeFileSync(join(outside, 'file'), 'theirs');
    mkdirSync(join(root, 'yale'));
    symlinkSync(outside, join(root, 'yale', '.crossbar'));
    const { status, err } = await sisock('init', 'yale', '--directory', join(root, 'yale'));
    expect([status, err]).toEqual([1, expect.stringContaining('.crossbar is a link')]);
    rmSync(join(root, 'yale', '.crossbar'));
    rmSync(join(root, 'yale', 'README.md'));
    symlinkSync(join(outside, 'file'), join(root, 'yale', 'README.md'));
    const again = await sisock('init', 'yale', '--directory', join(root, 'yale'));
    expect(again.out).toMatch(/kept {5}README.md \(a link/);
    expect(look(outside).snapshot()).toEqual({ file: 'theirs' });
  });

  it('a secret that is a link out of the site', async () => {
    const site = await freshSite();
    const outside = join(temporary(), 'secret');
    writeFileSync(outside, 'sesame');
    rmSync(site.path('.crossbar/secrets/server'));
    symlinkSync(outside, site.path('.crossbar/secrets/server'));
    const { status, err } = await sisock('init', 'yale', '--directory', site.root);
    expect([status, err]).toEqual([1, expect.stringContaining('.crossbar/secrets/server is a link out of the site')]);
  });

  it('a damaged ledger', async () => {
    const site = await freshSite();
    writeFileSync(site.path('.site.json'), '{');
    const { status, err } = await sisock('init', 'yale', '--directory', site.root);
    expect([status, err]).toEqual([1, expect.stringContaining('.site.json is damaged')]);
  });
});
