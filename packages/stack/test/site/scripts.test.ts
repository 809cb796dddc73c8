/** The scripts of a site, with programs that stand in for those that would change the machine. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { freshSite, removeTemporary, temporary } from './site.js';

afterEach(removeTemporary);

type Site = Awaited<ReturnType<typeof freshSite>>;

/** A directory of programs that write down how they were called; each line of `says` is a shell body. */
function programs(says: Readonly<Record<string, string>>) {
  const directory = temporary();
  const calls = join(directory, 'calls');
  writeFileSync(calls, '');
  for (const [name, body] of Object.entries(says)) {
    writeFileSync(join(directory, name), `#!/bin/sh\necho "${name} $*" >>${calls}\n${body}\n`);
    chmodSync(join(directory, name), 0o755);
  }
  return { directory, calls: () => readFileSync(calls, 'utf8').trim().split('\n') };
}

function run(site: Site, script: string, path: string, env: Readonly<Record<string, string>> = {}, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync('/bin/sh', [site.path(script), ...args], {
    env: { PATH: path, ...env },
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

const nothingThere = {
  id: 'case $1 in -u) echo 0 ;; -nG) echo ada sudo ;; esac',
  getent: 'exit 2',
  groupadd: '',
  useradd: '',
  usermod: '',
  chown: '',
  chgrp: '',
  docker: 'case "$1 $2" in "volume inspect") exit 1 ;; esac',
};

describe('init-docker-env.sh', () => {
  it('makes volume, user, group and data directory, and lets containers read what they must', async () => {
    const site = await freshSite('--data', './hk');
    const stand = programs(nothingThere);
    const { status, stdout, stderr } = run(site, 'init-docker-env.sh', `${stand.directory}:/usr/bin:/bin`, {
      SUDO_USER: 'ada',
    });
    expect([status, stderr]).toEqual([0, '']);
    expect(stand.calls()).toEqual(
      expect.arrayContaining([
        'docker volume create grafana-storage',
        'groupadd -g 9000 ocs',
        'useradd -u 9000 -g 9000 -M -s /usr/sbin/nologin ocs',
        'usermod -a -G ocs ada',
        `chown 9000:9000 ${site.path('hk')}`,
        `chgrp 9000 ${site.path('.crossbar/secrets')}`,
        `chgrp 9000 ${site.path('.crossbar/secrets/server')}`,
        `chgrp 9000 ${site.path('.crossbar/secrets/consumer')}`,
        `chgrp 9000 ${site.path('.crossbar/config.json')}`,
        `chgrp 9000 ${site.path('.crossbar/server_key.pem')}`,
        `chgrp 999 ${site.path('.database/server_key.pem')}`,
      ]),
    );
    const readable = ['.crossbar/secrets/server', '.crossbar/config.json', '.crossbar/server_key.pem'];
    for (const name of [...readable, '.database/server_key.pem'])
      expect([name, site.mode(name)]).toEqual([name, '640']);
    expect(site.mode('.crossbar/secrets')).toBe('750');
    expect(site.mode('.env')).toBe('600');
    expect(stdout).toContain('made the volume grafana-storage (docker)');
    for (const name of ['server', 'consumer'])
      expect(stdout).not.toContain(site.read(`.crossbar/secrets/${name}`).trim());
  });

  it('changes nothing where all is as it should be', async () => {
    const site = await freshSite('--data', './hk');
    mkdirSync(site.path('hk'));
    const stand = programs({
      ...nothingThere,
      id: 'case $1 in -u) echo 0 ;; -nG) echo ada ocs sudo ;; esac',
      getent: 'echo "ocs:x:9000:"',
      docker: '',
      // Owner and modes as the first run leaves them.
      stat: 'case "$2 $3" in "%u:%g "*) echo 9000:9000 ;; "%g:%a "*secrets) echo 9000:750 ;; "%g:%a "*.database*) echo 999:640 ;; "%g:%a "*) echo 9000:640 ;; *) echo 600 ;; esac',
    });
    const { status, stderr } = run(site, 'init-docker-env.sh', `${stand.directory}:/usr/bin:/bin`, {
      SUDO_USER: 'ada',
    });
    expect([status, stderr]).toEqual([0, '']);
    expect(
      stand.calls().filter((call) => /^(groupadd|useradd|usermod|chown|chgrp|docker volume create)/.test(call)),
    ).toEqual([]);
  });

  it.each([
    ['who runs it is not root', { id: 'echo 1000' }, '', 'run it as root'],
    ['.env is forgotten', {}, '.env', '.env is not there'],
    ['the dot directory is forgotten', {}, '.crossbar', '.crossbar/config.json is not there'],
    ['the service of docker is away', { docker: 'exit 1', podman: 'exit 1' }, '', 'docker could not make the volume'],
  ])('says in the end that something is wrong where %s', async (_, other, lost, words) => {
    const site = await freshSite('--data', './hk');
    if (lost !== '') rmSync(site.path(lost), { recursive: true });
    const { status, stderr } = run(
      site,
      'init-docker-env.sh',
      `${programs({ ...nothingThere, ...other }).directory}:/usr/bin:/bin`,
    );
    expect([status, stderr]).toEqual([1, expect.stringContaining(words)]);
  });
});

describe('setup_tls', () => {
  it('runs sisock where it is there', async () => {
    const site = await freshSite();
    const stand = programs({ sisock: '' });
    expect(run(site, 'setup_tls', `${stand.directory}:/usr/bin:/bin`, {}, '--renew').status).toBe(0);
    expect(stand.calls()).toEqual([`sisock site tls ${site.root} --renew`]);
  });

  it('else its image, with the name of the machine', async () => {
    const site = await freshSite();
    // No path of the machine: a sisock may be there.
    const stand = programs({
      docker: '',
      id: 'echo 1000',
      hostname: 'echo lab-pc',
      sed: 'exec /bin/sed "$@"',
      dirname: 'exec /usr/bin/dirname "$@"',
    });
    expect(run(site, 'setup_tls', stand.directory, {}, '--renew')).toMatchObject({ status: 0, stderr: '' });
    expect(stand.calls().at(-1)).toMatch(
      /^docker run --rm --user 1000:1000 --volume \S+:\/site sisock:[\d.]+ site tls \/site --host lab-pc --renew$/,
    );
    const nothing = programs({ dirname: 'exec /usr/bin/dirname "$@"' });
    expect(run(site, 'setup_tls', nothing.directory)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('neither sisock nor docker nor podman'),
    });
  });
});
