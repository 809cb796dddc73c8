/** `sisock crossbar`: a real Crossbar and our hub as one, as the image sisock-crossbar runs them. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { freePort, type KeyPair, selfSigned } from '@sisock/testkit';
import { accepts } from './peers/accepts.js';
import { type PeerProcess, repositoryDir, startProcess, stopAllProcesses, venvBin } from './peers/peer-process.js';
import { writePair } from './peers/secure-router.js';
import { runSisock } from './peers/sisock.js';
import { until } from './peers/until.js';

const bin = join(repositoryDir, 'packages/stack/dist/bin/sisock.js');
let dir: string;
let env: Record<string, string>;
let first: KeyPair;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sisock-crossbar-command-'));
  first = selfSigned({ hosts: ['localhost', '127.0.0.1'] });
  await writePair(dir, 'server', first);
  env = {
    CROSSBAR_DIR: join(dir, '.crossbar'),
    SISOCK_DATA_DIR: join(dir, 'data'),
    CROSSBAR_PROGRAM: venvBin('crossbar'),
    CROSSBAR_OCS_PORT: String(await freePort()),
    CROSSBAR_TLS_PORT: String(await freePort()),
    HEALTH_PORT: String(await freePort()),
    CROSSBAR_HOST: '127.0.0.1',
    STOP_DEADLINE: '60',
  };
});

afterAll(async () => {
  await stopAllProcesses();
  await rm(dir, { recursive: true, force: true });
});

const start = () => startProcess('sisock crossbar', process.execPath, [bin, 'crossbar'], { env, cwd: dir });
const isReady = async () => (await fetch(`http://127.0.0.1:${env['HEALTH_PORT']}/readyz`)).ok;
const ready = (command: PeerProcess) =>
  until('Crossbar and hub ready', () => {
    if (!command.running) throw new Error(command.output());
    return isReady().catch(() => false);
  });

/** The certificate that is presented on the TLS port. */
const presented = () =>
  new Promise<string>((resolve, reject) => {
    const socket = connect({ port: Number(env['CROSSBAR_TLS_PORT']), rejectUnauthorized: false }, () => {
      const { raw } = socket.getPeerCertificate();
      socket.destroy();
      resolve(raw.toString('base64'));
    });
    socket.on('error', reject);
  });

const derOf = ({ cert }: KeyPair) => cert.replace(/-----[^-]+-----|\s/g, '');

it('serves data nodes, follows a renewed certificate, and ends with Crossbar', async () => {
  let command = start();
  await ready(command);
  const node = startProcess('weather', process.execPath, [bin, 'node', 'weather'], {
    env: {
      ...env,
      HEALTH_PORT: String(await freePort()),
      WEATHER_DIRECTORY: join(repositoryDir, 'test/fixtures/apex-weather'),
    },
    cwd: dir,
  });
  await until('the node listed by the hub', () => node.output().includes('listed by the hub'));
  expect(await presented()).toBe(derOf(first));

  const second = selfSigned({ hosts: ['localhost', '127.0.0.1'] });
  await writePair(dir, 'server', second);
  await until('the new certificate', async () => (await presented().catch(() => '')) === derOf(second));
  await ready(command);

  // Its controller, as a crash would end it.
  const pid = Number((JSON.parse(await readFile(join(dir, 'data/crossbar/node.pid'), 'utf8')) as { pid: number }).pid);
  process.kill(pid, 'SIGKILL');
  expect(await command.ended).toBe(1);
  expect(command.output()).toContain('Crossbar was ended by SIGKILL: the router is gone, so this process ends too');
  await until('nothing of it left', async () => !(await accepts(Number(env['CROSSBAR_OCS_PORT']))));

  command = start();
  await ready(command);
  await command.stop();
  expect(await command.ended).toBe(0);
  expect(await accepts(Number(env['CROSSBAR_OCS_PORT']))).toBe(false);
});

it('says in one line what is missing', async () => {
  const { status, output } = await runSisock(['crossbar'], { ...env, CROSSBAR_DIR: join(dir, 'empty') }, dir);
  expect(status).toBe(1);
  expect(output.trim().split('\n')).toEqual([
    expect.stringContaining("mount the site's directory there (./.crossbar:/app/.crossbar:ro)"),
  ]);
});
