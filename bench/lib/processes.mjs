import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import setupPeers from '../../test/interop/setup.mjs';

const command = join(import.meta.dirname, '../../packages/stack/dist/bin/sisock.js');

/** Starts `sisock` with a data directory of its own; `line` resolves with what a line of its output matches. */
export function startSisock(words, env) {
  const directory = mkdtempSync(join(tmpdir(), 'sisock-bench-'));
  const startedAt = performance.now();
  const child = spawn(process.execPath, [command, ...words], {
    env: { PATH: process.env.PATH, SISOCK_DATA_DIR: directory, LOGLEVEL: 'warn', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => (output += chunk));
  return {
    startedAt,
    pid: child.pid,
    line: (pattern) => until(() => pattern.exec(output)?.[0], 20_000),
    residentMegabytes: () => resident(child.pid),
    async stop() {
      child.kill('SIGTERM');
      await new Promise((resolve) => (child.exitCode === null ? child.once('close', resolve) : resolve()));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Starts a Crossbar that anonymous peers may use as ours. Its peers are installed by the interop set-up. */
export async function startCrossbar() {
  if (!process.env.SISOCK_INTEROP_VENV) await setupPeers();
  const port = await freePort();
  const directory = mkdtempSync(join(tmpdir(), 'sisock-bench-'));
  mkdirSync(join(directory, '.crossbar'));
  writeFileSync(join(directory, '.crossbar/config.json'), JSON.stringify(configuration(port)));
  const child = spawn(
    join(process.env.SISOCK_INTEROP_VENV, 'bin/crossbar'),
    ['start', '--cbdir', join(directory, '.crossbar'), '--color', 'false'],
    { stdio: 'ignore', detached: true },
  );
  await until(() => accepts(port), 90_000);
  return {
    url: `ws://127.0.0.1:${port}/ws`,
    async stop() {
      const ended = new Promise((resolve) => child.once('close', resolve));
      process.kill(-child.pid, 'SIGKILL');
      await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function configuration(port) {
  const allow = { call: true, register: true, publish: true, subscribe: true };
  const permissions = [{ uri: 'observatory.', match: 'prefix', allow, cache: true }];
  const ws = {
    type: 'websocket',
    serializers: ['cbor', 'msgpack', 'json'],
    auth: { anonymous: { type: 'static', role: 'iocs_agent' } },
  };
  const endpoint = { type: 'tcp', port, interface: '127.0.0.1' };
  return {
    version: 2,
    controller: {},
    workers: [
      {
        type: 'router',
        realms: [{ name: 'test_realm', roles: [{ name: 'iocs_agent', permissions }] }],
        transports: [{ type: 'web', endpoint, paths: { ws } }],
      },
    ],
  };
}

/** Megabytes of memory a process holds. */
export function resident(pid) {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1];
  return (Number(kilobytes) * 1024) / 1e6;
}

/** The first answer of `ask` that is neither undefined nor false. */
export async function until(ask, withinMs) {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > deadline) throw new Error(`nothing within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

function accepts(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => (socket.destroy(), resolve(true)));
    socket.once('error', () => resolve(false));
  });
}
