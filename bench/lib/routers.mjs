import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import setupPeers from '../../test/interop/setup.mjs';
import { accepts, dropDirectory, freePort, ownDirectory, startProgram, startSisock } from './processes.mjs';

/** A program of the interop tests' Python peers, which are installed at the first need. */
export async function peerProgram(name) {
  if (!process.env.SISOCK_INTEROP_VENV) await setupPeers();
  return join(process.env.SISOCK_INTEROP_VENV, 'bin', name);
}

/** Our router alone. `env` of the answer: settings for parts that join it. */
export async function startEmbedded(more = {}) {
  const directory = ownDirectory('router');
  const env = { SISOCK_DATA_DIR: directory, CROSSBAR_OCS_PORT: '0', CROSSBAR_DIR: join(directory, 'none') };
  const router = startSisock(['router'], { ...env, ...more });
  const url = await router.line(/ws:\/\/\S+\/ws/);
  return {
    name: 'embedded router',
    url,
    env: { SISOCK_DATA_DIR: directory, CROSSBAR_DIR: join(directory, 'none'), WAMP_URI: url },
    process: router,
    async stop() {
      await router.stop();
      dropDirectory(directory);
    },
  };
}

/**
 * A Crossbar with the configuration that `sisock crossbar-config` makes, as `adapt` changes it. With `tls` parts join over
 * wss, with a certificate of its own.
 */
export async function startCrossbar({ tls = false, adapt = (config) => config } = {}) {
  const directory = ownDirectory('crossbar');
  const cbdir = join(directory, '.crossbar');
  mkdirSync(cbdir);
  if (tls) makeCertificate(cbdir);
  const [port, tlsPort] = [await freePort(), await freePort()];
  const env = { SISOCK_DATA_DIR: directory, CROSSBAR_DIR: cbdir };
  const ports = { CROSSBAR_OCS_PORT: String(port), CROSSBAR_TLS_PORT: String(tlsPort) };
  const made = startSisock(['crossbar-config', '--write'], { ...env, ...ports });
  if ((await made.ended) !== 0) throw new Error(made.output());
  const path = join(cbdir, 'config.json');
  writeFileSync(path, JSON.stringify(adapt(JSON.parse(readFileSync(path, 'utf8')))));
  const uri = tls ? `wss://localhost:${tlsPort}/ws` : `ws://127.0.0.1:${port}/ws`;
  const running = await runCrossbar(directory, cbdir, port);
  return { ...running, cbdir, tlsPort, env: { ...env, WAMP_URI: uri } };
}

function makeCertificate(directory) {
  const names = 'subjectAltName=DNS:localhost,IP:127.0.0.1';
  const { status, stderr } = spawnSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '7'],
      ...['-subj', '/CN=localhost', '-addext', names],
      ...['-keyout', join(directory, 'server_key.pem'), '-out', join(directory, 'server_cert.pem')],
    ],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(stderr);
}

/** A Crossbar where anybody may do anything, as the original had it. */
export async function startOpenCrossbar() {
  const directory = ownDirectory('crossbar');
  const cbdir = join(directory, '.crossbar');
  mkdirSync(cbdir);
  const port = await freePort();
  writeFileSync(join(cbdir, 'config.json'), JSON.stringify(openConfiguration(port)));
  return runCrossbar(directory, cbdir, port);
}

async function runCrossbar(directory, cbdir, port) {
  const program = await peerProgram('crossbar');
  const crossbar = startProgram(program, ['start', '--cbdir', cbdir, '--color', 'false'], { cwd: directory });
  await crossbar.ready(() => accepts(port));
  return {
    name: 'Crossbar',
    url: `ws://127.0.0.1:${port}/ws`,
    process: crossbar,
    async stop() {
      await crossbar.stop('SIGKILL');
      dropDirectory(directory);
    },
  };
}

function openConfiguration(port) {
  const allow = { call: true, register: true, publish: true, subscribe: true };
  const permissions = [{ uri: '', match: 'prefix', allow, disclose: { caller: true, publisher: true }, cache: true }];
  const ws = {
    type: 'websocket',
    serializers: ['cbor', 'msgpack', 'json'],
    auth: { anonymous: { type: 'static', role: 'anyone' } },
  };
  const endpoint = { type: 'tcp', port, interface: '127.0.0.1' };
  return {
    version: 2,
    controller: {},
    workers: [
      {
        type: 'router',
        realms: [{ name: 'test_realm', roles: [{ name: 'anyone', permissions }] }],
        transports: [{ type: 'web', endpoint, paths: { ws } }],
      },
    ],
  };
}
