import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../interop/peers/until.js';

const root = join(import.meta.dirname, '../..');
const command = join(root, 'packages/stack/dist/bin/sisock.js');

/** A `sisock` process with a data directory of its own. */
export interface SisockProcess {
  readonly child: ChildProcess;
  readonly dataDirectory: string;
  stdout(): string;
  stderr(): string;
  /** Resolves with the exit status (or the signal's name) when it has ended. */
  readonly ended: Promise<number | string>;
  /** Sends a signal where it is still running, waits for the end, and removes the data directory. */
  stop(signal?: NodeJS.Signals): Promise<number | string>;
}

/** Keeps root, who else may read and write everything, to the rights that files and directories have. */
const boundByRights = process.getuid?.() === 0 ? ['setpriv', '--bounding-set', '-dac_override,-dac_read_search'] : [];

/**
 * Starts `sisock` with these words and settings; of the environment it gets nothing but PATH. It has time to stop. `bound`:
 * the rights of files count, whoever runs the test.
 */
export function startSisock(
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
  { bound = false } = {},
): SisockProcess {
  const ownDirectory = env['SISOCK_DATA_DIR'] === undefined;
  const dataDirectory = env['SISOCK_DATA_DIR'] ?? mkdtempSync(join(tmpdir(), 'sisock-test-'));
  const [program, ...args] = [...(bound ? boundByRights : []), process.execPath, command, ...words];
  const child = spawn(program!, args, {
    cwd: root,
    env: { PATH: process.env['PATH'], STOP_DEADLINE: '60', SISOCK_DATA_DIR: dataDirectory, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const text = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (chunk: string) => (text[stream] += chunk));
  }
  const ended = new Promise<number | string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
  return {
    child,
    dataDirectory,
    stdout: () => text.stdout,
    stderr: () => text.stderr,
    ended,
    async stop(signal = 'SIGTERM') {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      const status = await ended;
      if (ownDirectory) rmSync(dataDirectory, { recursive: true, force: true });
      return status;
    },
  };
}

const page = /http:\/\/\S+?:\d+(?=\s)/;
const router = /ws:\/\/\S+\/ws/;

/** A whole stack on free ports. */
export interface Stack extends SisockProcess {
  /** Address of the page and the HTTP interface, without a slash at its end. */
  readonly url: string;
  /** Address of the router's WebSocket. */
  readonly routerUrl: string;
}

/** Starts `sisock up` on free ports, with time for its nodes to answer, and waits for the lines that tell where it is. */
export async function startStack(env: Readonly<Record<string, string>> = {}): Promise<Stack> {
  const sisock = startSisock(['up'], { PORT: '0', CROSSBAR_OCS_PORT: '0', HTTP_DEADLINE: '60', ...env });
  const find = (pattern: RegExp) => pattern.exec(sisock.stdout())?.[0];
  try {
    await Promise.race([
      until('a line that tells where the page is', () => find(page) !== undefined && find(router) !== undefined),
      sisock.ended.then((status) => {
        throw new Error(`sisock up ended with ${status}: ${sisock.stderr()}`);
      }),
    ]);
  } catch (error) {
    await sisock.stop('SIGKILL');
    throw error;
  }
  return { ...sisock, url: find(page)!, routerUrl: find(router)! };
}

/** The JSON of an answer; what is not 2xx fails with its text. */
export async function json<T>(url: string, body?: unknown): Promise<T> {
  const response = await fetch(url, {
    ...(body !== undefined && {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    }),
    signal: AbortSignal.timeout(60_000),
  });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}
