import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const pythonDir = fileURLToPath(new URL('../python', import.meta.url));
export const repositoryDir = fileURLToPath(new URL('../../..', import.meta.url));

/** The path of a program of the virtual environment that setup.mjs made. */
export function venvBin(program: string): string {
  const venv = process.env['SISOCK_INTEROP_VENV'];
  if (!venv) throw new Error('SISOCK_INTEROP_VENV is not set: run these tests with `npm run test:interop`');
  return join(venv, 'bin', program);
}

/** A program under supervise.py: its whole process group goes when it is stopped or when this process is gone. */
export interface PeerProcess {
  readonly name: string;
  /** The newest output of both streams, for messages of failed tests. */
  output(): string;
  /** Lines of standard output from now on; the handler stays until the process ends. */
  onLine(handler: (line: string) => void): void;
  send(line: string): void;
  readonly running: boolean;
  /** Resolves with the exit status once it is gone, whoever ended it. */
  readonly ended: Promise<number>;
  stop(): Promise<void>;
  /** Ends it as `kill -9` does. */
  kill(): Promise<void>;
}

const KEPT_OUTPUT = 20_000;
const STOP_DEADLINE_MS = 120_000;
const started = new Set<PeerProcess>();

export interface ProcessOptions {
  /** Added to this process's environment; undefined takes a variable out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
}

/** Starts a program. */
export function startProcess(
  name: string,
  command: string,
  args: readonly string[],
  { env, cwd }: ProcessOptions = {},
): PeerProcess {
  const child: ChildProcess = spawn(venvBin('python'), [join(pythonDir, 'supervise.py'), command, ...args], {
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    env: { ...process.env, PYTHONUNBUFFERED: '1', ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
  let kept = '';
  let running = true;
  const handlers: ((line: string) => void)[] = [];
  const keep = (text: string): void => {
    kept = (kept + text + '\n').slice(-KEPT_OUTPUT);
  };
  createInterface({ input: child.stdout! }).on('line', (line) => {
    keep(line);
    for (const handler of handlers) handler(line);
  });
  createInterface({ input: child.stderr! }).on('line', keep);
  const ended = new Promise<number>((resolve) => {
    child.once('error', (e) => {
      keep(e.message);
      resolve(127);
    });
    child.once('close', (code) => resolve(code ?? 1));
  }).then((code) => {
    running = false;
    started.delete(peer);
    return code;
  });
  const control = child.stdio[3] as Writable;
  // Writing to a process that just ended is no failure of a test.
  for (const stream of [control, child.stdin!]) stream.on('error', () => undefined);

  async function order(word: 'TERM' | 'KILL'): Promise<void> {
    if (!running) return;
    control.write(`${word}\n`);
    const late = new AbortController();
    await Promise.race([
      ended,
      sleep(STOP_DEADLINE_MS, undefined, { signal: late.signal, ref: false }).then(
        () => {
          child.kill('SIGKILL');
          throw new Error(`${name} did not end within ${STOP_DEADLINE_MS} ms:\n${kept}`);
        },
        () => undefined,
      ),
    ]).finally(() => late.abort());
  }

  const peer: PeerProcess = {
    name,
    output: () => kept,
    onLine: (handler) => void handlers.push(handler),
    send: (line) => void child.stdin!.write(`${line}\n`),
    get running() {
      return running;
    },
    ended,
    stop: () => order('TERM'),
    kill: () => order('KILL'),
  };
  started.add(peer);
  return peer;
}

/** Stops everything that this test file started and left running: for `afterAll`. */
export async function stopAllProcesses(): Promise<void> {
  await Promise.all([...started].map((peer) => peer.stop()));
}
