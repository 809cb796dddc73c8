import { mkdirSync, writeFileSync } from 'node:fs';
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

/** A Crossbar with the configuration that `sisock crossbar-config` makes. */
export async function startCrossbar() {
  const directory = ownDirectory('crossbar');
  const cbdir = join(directory, '.crossbar');
  mkdirSync(cbdir);
  const port = await freePort();
  const env = { SISOCK_DATA_DIR: directory, CROSSBAR_DIR: cbdir };
  const made = startSisock(['crossbar-config', '--write'], { ...env, CROSSBAR_OCS_PORT: String(port) });
  if ((await made.ended) !== 0) throw new Error(made.output());
  return { ...(await runCrossbar(directory, cbdir, port)), env: { ...env, WAMP_URI: `ws://127.0.0.1:${port}/ws` } };
}

/** A Crossbar where anybody may do anything, as the original had it. */
export async function startOpenCrossbar(transports = []) {
  const directory = ownDirectory('crossbar');
  const cbdir = join(directory, '.crossbar');
  mkdirSync(cbdir);
  const port = await freePort();
  writeFileSync(join(cbdir, 'config.json'), JSON.stringify(openConfiguration(port, transports)));
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

function openConfiguration(port, transports) {
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
        transports: [{ type: 'web', endpoint, paths: { ws } }, ...transports],
      },
    ],
  };
}
