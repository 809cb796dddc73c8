import { afterEach, describe, expect, it } from '@jest/globals';
import { readFileSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { freePort } from '@sisock/testkit';
import { type SisockProcess, startSisock } from '../support/stack-process.js';
import { until } from '../interop/peers/until.js';

const running: SisockProcess[] = [];
const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((sisock) => sisock.stop('SIGKILL')));
  for (const server of servers.splice(0)) server.close();
});

function run(words: readonly string[], env: Readonly<Record<string, string>> = {}): SisockProcess {
  const sisock = startSisock(words, env);
  running.push(sisock);
  return sisock;
}

async function takenPort(): Promise<number> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

describe('the sisock command', () => {
  it('lists its commands, and each command its settings', async () => {
    const overview = run(['--help']);
    expect(await overview.ended).toBe(0);
    for (const words of ['up', 'router', 'hub', 'http', 'node weather', 'node data-feed']) {
      expect(overview.stdout()).toContain(`  ${words}  `);
      const help = run([...words.split(' '), '--help']);
      expect(await help.ended).toBe(0);
      expect(help.stdout()).toContain('LOGLEVEL');
      expect(help.stdout()).toContain('SISOCK_DATA_DIR');
    }
  });

  it('tells its version', async () => {
    const sisock = run(['--version']);
    expect(await sisock.ended).toBe(0);
    expect(sisock.stdout()).toMatch(/^sisock \d+\.\d+\.\d+\n$/);
  });

  it.each([[['nonsense']], [['node']], [[]], [['up', 'now']]])('refuses %j and says what there is', async (words) => {
    const sisock = run(words);
    expect(await sisock.ended).toBe(2);
    expect(sisock.stderr().trim().split('\n')).toHaveLength(1);
    expect(sisock.stderr()).toContain('node data-feed');
    expect(sisock.stdout()).toBe('');
  });

  it('tells every wrong setting at once, a line each, and ends with status 1', async () => {
    const wrong = {
      PORT: 'http',
      CROSSBAR_OCS_PORT: '70000',
      BUFFER_TIME: 'long',
      ADDRESS_ROOT: 'a..b',
      SISOCK_DEMO: 'perhaps',
      LOGLEVEL: 'loud',
      HTTP_DEADLINE: '-1',
      WAMP_SECRET_FILE: '/nonexistent/secret',
    };
    const sisock = run(['up'], wrong);
    expect(await sisock.ended).toBe(1);
    const lines = sisock.stderr().trim().split('\n');
    expect(lines).toHaveLength(Object.keys(wrong).length);
    for (const [name, value] of Object.entries(wrong)) {
      expect(lines.filter((l) => l.startsWith(`sisock up: ${name} ${JSON.stringify(value)} `))).toHaveLength(1);
    }
  });

  it('never shows a secret in an error', async () => {
    const sisock = run(['hub'], { WAMP_SECRET: 'open sesame', CROSSBAR_OCS_PORT: 'x' });
    expect(await sisock.ended).toBe(1);
    expect(sisock.stderr()).not.toContain('sesame');
  });

  it.each([
    ['up', 'CROSSBAR_OCS_PORT'],
    ['up', 'PORT'],
    ['router', 'CROSSBAR_OCS_PORT'],
  ])('%s says in one line that the port set by %s is taken', async (word, name) => {
    const port = await takenPort();
    const sisock = run([word], { CROSSBAR_OCS_PORT: '0', ...(word === 'up' && { PORT: '0' }), [name]: String(port) });
    expect(await sisock.ended).toBe(1);
    const lines = sisock
      .stderr()
      .trim()
      .split('\n')
      .filter((l) => !l.includes('"level":30'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`${name} ${port} is taken`);
  });

  it('says in one line that the data directory can not be used', async () => {
    const sisock = run(['up'], { PORT: '0', CROSSBAR_OCS_PORT: '0', SISOCK_DATA_DIR: '/dev/null/sisock' });
    expect(await sisock.ended).toBe(1);
    expect(sisock.stderr().trim().split('\n')).toHaveLength(1);
    expect(sisock.stderr()).toContain('SISOCK_DATA_DIR');
    expect(sisock.stderr()).toContain('/dev/null/sisock');
  });
});

describe('the secrets of a router', () => {
  it('are made once, for their owner only', async () => {
    const first = run(['router'], { CROSSBAR_OCS_PORT: '0' });
    await until('the router is up', () => first.stdout().includes('ws://'));
    const directory = join(first.dataDirectory, 'secrets');
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    const secrets = ['server', 'consumer'].map((user) => {
      expect(statSync(join(directory, user)).mode & 0o777).toBe(0o600);
      return readFileSync(join(directory, user), 'utf8').trim();
    });
    expect(secrets.every((secret) => secret.length >= 40)).toBe(true);
    expect(new Set(secrets).size).toBe(2);
    const second = run(['router'], { CROSSBAR_OCS_PORT: '0', SISOCK_DATA_DIR: first.dataDirectory });
    await until('the second router is up', () => second.stdout().includes('ws://'));
    expect(readFileSync(join(directory, 'server'), 'utf8').trim()).toBe(secrets[0]);
  });
});

describe('a part that runs alone', () => {
  it('ends with status 1 and one line when its secret is wrong', async () => {
    const router = run(['router'], { CROSSBAR_OCS_PORT: '0' });
    await until('the router is up', () => router.stdout().includes('ws://'));
    const port = /:(\d+)\/ws/.exec(router.stdout())![1]!;
    const hub = run(['hub'], { CROSSBAR_OCS_PORT: port, WAMP_SECRET: 'wrong', LOGLEVEL: 'error' });
    expect(await hub.ended).toBe(1);
    expect(hub.stderr().trim().split('\n')).toHaveLength(1);
    expect(hub.stderr()).toContain('not_authorized');
  });

  it.each([[['hub']], [['http']], [['node', 'data-feed']]])(
    '%j waits for a router that is away, and stops at once when it is told to',
    async (words) => {
      const port = await freePort();
      const env = {
        CROSSBAR_OCS_PORT: String(port),
        PORT: '0',
        FEED_PATTERN: 'observatory..feeds.',
        LOGLEVEL: 'debug',
      };
      const part = run(words, env);
      await until('it waits', () => part.stderr().length > 0 || part.stdout().length > 0);
      expect(await part.stop('SIGTERM')).toBe(0);
    },
  );

  it('that can not stop in time ends itself with status 1, and says so', async () => {
    const router = run(['router'], { CROSSBAR_OCS_PORT: '0' });
    await until('the router is up', () => router.stdout().includes('ws://'));
    const port = /:(\d+)\/ws/.exec(router.stdout())![1]!;
    const env = { CROSSBAR_OCS_PORT: port, SISOCK_DATA_DIR: router.dataDirectory, STOP_DEADLINE: '0.1' };
    const hub = run(['hub'], env);
    await until('the hub has joined', () => hub.stderr().includes('"joined"'));
    // Who says goodbye waits for an answer, a second at most.
    router.child.kill('SIGSTOP');
    expect(await hub.stop('SIGTERM')).toBe(1);
    expect(hub.stderr()).toContain('did not stop in time');
  });

  it('ends with status 1 and one line when its name is taken by a living node', async () => {
    const router = run(['router'], { CROSSBAR_OCS_PORT: '0' });
    await until('the router is up', () => router.stdout().includes('ws://'));
    const port = /:(\d+)\/ws/.exec(router.stdout())![1]!;
    const env = { CROSSBAR_OCS_PORT: port, SISOCK_DATA_DIR: router.dataDirectory };
    run(['hub'], env);
    const feeds = { ...env, FEED_PATTERN: 'observatory..feeds.' };
    const first = run(['node', 'data-feed'], feeds);
    await until('the first node is listed', () => first.stderr().includes('listed by the hub'));
    const second = run(['node', 'data-feed'], { ...feeds, FEED_LOG: 'off', LOGLEVEL: 'critical' });
    expect(await second.ended).toBe(1);
    expect(second.stderr().trim().split('\n')).toHaveLength(1);
    expect(second.stderr()).toContain('name_taken');
    const third = run(['node', 'data-feed'], { ...feeds, LOGLEVEL: 'critical' });
    expect(await third.ended).toBe(1);
    expect(third.stderr()).toContain(`is in use by process ${first.child.pid}`);
    expect(first.child.exitCode).toBeNull();
  });
});
