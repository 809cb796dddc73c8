import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const command = join(import.meta.dirname, '../../packages/stack/dist/bin/sisock.js');
/** Node's options, as the first line of the command has them. */
const commandOptions = () => /^#!.*/.exec(readFileSync(command, 'utf8'))[0].split(' ').slice(3);
const readyMs = 60_000;
const endMs = 10_000;

/** Processes and directories of this one, which must not outlive it. */
const running = new Set();
const directories = new Set();

process.once('exit', () => {
  for (const child of running) killGroup(child);
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));

// Where Linux helps, a child ends even when this process is killed.
const isTied = spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true']).status === 0;

/**
 * Starts a program in a process group of its own, which ends with this process, whatever ends it. `line(pattern)` resolves
 * with what a line of its output matches, and rejects with the output when the program ends before.
 */
export function startProgram(program, args, { env = {}, cwd } = {}) {
  const words = isTied ? ['setpriv', '--pdeathsig', 'KILL', program, ...args] : [program, ...args];
  const startedAt = performance.now();
  const child = spawn(words[0], words.slice(1), {
    cwd,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  watch(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (piece) => (output = (output + piece).slice(-100_000)));
  }
  let status = null;
  const ended = new Promise((resolve) => {
    child.once('error', (error) => (output += error.message));
    child.once('close', (code, signal) => {
      status = code ?? signal ?? 'not started';
      resolve(status);
    });
  });
  const alive = () => {
    if (status !== null) throw new Error(`${program} ${args.join(' ')} ended with ${status}:\n${output.slice(-3000)}`);
  };
  return {
    startedAt,
    pid: child.pid,
    ended,
    output: () => output,
    /** Until `ask` answers; fails where the program ends before. */
    ready: (ask) => until(async () => (alive(), ask()), readyMs),
    line: (pattern) => until(() => pattern.exec(output)?.[0] ?? (alive(), undefined), readyMs),
    residentMegabytes: () => resident(child.pid),
    peakMegabytes: () => resident(child.pid, 'VmHWM'),
    async stop(signal = 'SIGTERM') {
      if (status === null) child.kill(signal);
      const patience = setTimeout(() => killGroup(child), endMs);
      await ended;
      clearTimeout(patience);
      killGroup(child);
    },
  };
}

/** Sees to it that a child does not outlive this process. */
export function watch(child) {
  running.add(child);
  child.once('close', () => running.delete(child));
}

function killGroup(child) {
  child.kill('SIGKILL');
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has no group of its own, or is gone.
  }
}

/** A directory that goes with this process. */
export function ownDirectory(name) {
  const directory = mkdtempSync(join(tmpdir(), `sisock-bench-${name}-`));
  directories.add(directory);
  return directory;
}

/** Removes a directory of ours before the end. */
export function dropDirectory(directory) {
  rmSync(directory, { recursive: true, force: true });
  directories.delete(directory);
}

/** Starts `sisock`, with a data directory of its own unless the settings name one. `nodeArguments`: Node's own. */
export function startSisock(words, { nodeArguments = [], ...env } = {}) {
  const directory = env.SISOCK_DATA_DIR ?? ownDirectory('data');
  const settings = { SISOCK_DATA_DIR: directory, LOGLEVEL: 'warn', ...env };
  const started = startProgram(process.execPath, [...commandOptions(), ...nodeArguments, command, ...words], {
    env: settings,
  });
  return {
    ...started,
    async stop(signal) {
      await started.stop(signal);
      if (directory !== env.SISOCK_DATA_DIR) dropDirectory(directory);
    },
  };
}

/** Megabytes of memory that a process holds now (VmRSS), or held at its most (VmHWM). */
export function resident(pid, what = 'VmRSS') {
  const kilobytes = new RegExp(`^${what}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1];
  return (Number(kilobytes) * 1024) / 1e6;
}

/** Processor seconds that a process has used. */
export function cpuSeconds(pid) {
  const [user, system] = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
    .slice(11, 13);
  return (Number(user) + Number(system)) / 100;
}

/** The first answer of `ask` that is neither undefined nor false. */
export async function until(ask, withinMs = readyMs) {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > deadline) throw new Error(`nothing within ${withinMs} ms: ${ask}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** True when something listens on the port of the loopback. */
export function accepts(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => (socket.destroy(), resolve(true)));
    socket.once('error', () => resolve(false));
  });
}
