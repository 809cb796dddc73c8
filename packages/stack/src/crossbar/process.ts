import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { SisockError } from '@sisock/core';
import { type Environment, killGroup, type Logger, type LogLevel, type Service } from '@sisock/runtime';
import { allAccept, checkFree, type ListenedOn } from './port-checks.js';

export interface CrossbarProcessOptions {
  /** Name on the PATH, or path. */
  readonly program: string;
  /** Crossbar's node directory. */
  readonly directory: string;
  readonly env: Environment;
  /** It is up when it listens on these. */
  readonly ports: readonly ListenedOn[];
  readonly log: Logger;
  readonly logLevel: LogLevel;
  /** Times in ms: until it listens, and from the word to stop until it is killed. */
  readonly startWithinMs?: number;
  readonly stopWithinMs?: number;
  readonly signal: AbortSignal;
}

/** A Crossbar that listens. */
export interface CrossbarProcess extends Service {
  /** Rejects when it ends by itself. Never resolves. */
  readonly failed: Promise<never>;
  /** It listens, as far as is known. */
  readonly isUp: boolean;
  /** Ends it and starts it again; a failure ends it as `failed`. */
  restart(): Promise<void>;
}

/** Crossbar's words for LOGLEVEL. */
const levels: Readonly<Record<LogLevel, string>> = {
  ...{ critical: 'error', error: 'error', warn: 'warn', info: 'info', debug: 'debug', trace: 'trace' },
};
const lastLinesKept = 40;
const lastWordsMs = 1000;

/**
 * Starts Crossbar with what is in its directory and waits until it listens. What it prints goes to the log.
 * @throws SisockError `bad_setting` when the program is not there or a port is taken, `unavailable` when it ends or is late
 */
export async function startCrossbarProcess(options: CrossbarProcessOptions): Promise<CrossbarProcess> {
  let fail!: (error: unknown) => void;
  const failed = new Promise<never>((_, reject) => (fail = reject));
  failed.catch(() => undefined);
  let running: Run | null = null;
  let isUp = false;
  let closed = false;
  const start = async () => {
    await Promise.all(options.ports.map(checkFree));
    const run = (running = launch(options));
    await run.listening;
    isUp = !closed;
    run.ended.then((reason) => {
      if (running !== run || closed) return;
      isUp = false;
      fail(new SisockError('unavailable', `Crossbar ${reason}: the router is gone, so this process ends too`));
    }, fail);
  };
  const stop = async () => {
    const run = running;
    running = null;
    isUp = false;
    await run?.stop();
  };
  try {
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    failed,
    get isUp() {
      return isUp;
    },
    restart: async () => {
      if (closed) return;
      try {
        await stop();
        if (!closed) await start();
      } catch (error) {
        fail(error);
      }
      if (closed) await stop();
    },
    close: async () => {
      closed = true;
      await stop();
    },
  };
}

interface Run {
  /** Rejects when it ends, or is told to, before it listens. */
  readonly listening: Promise<void>;
  /** Resolves with how it ended. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

function launch(options: CrossbarProcessOptions): Run {
  const { program, directory, env, ports, log, logLevel, signal } = options;
  const { startWithinMs = 60_000, stopWithinMs = 1_500 } = options;
  const args = ['start', '--cbdir', directory, '--color', 'false', '--loglevel', levels[logLevel]];
  // A group of its own: its workers end with it, however it ends.
  const child = spawn(program, args, { cwd: directory, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const lines = passOn(child, log, logLevel);
  const stopping = new AbortController();
  let isOver = false;
  const ended = new Promise<string>((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      const cure = 'install Crossbar (docs/crossbar.md), or name it by CROSSBAR_PROGRAM';
      const text = `${JSON.stringify(program)} can't be started (${error.code ?? error.message}): ${cure}`;
      reject(new SisockError('bad_setting', text, { cause: error }));
    });
    child.once('exit', (status, killedBy) => {
      isOver = true;
      killGroup(child.pid);
      if (killedBy !== null) return resolve(`was ended by ${killedBy}`);
      const tell = () => {
        const said = tellingLine(lines);
        resolve(`ended with status ${status}${said === null ? '' : ` (${said})`}`);
      };
      // Its last words may still be on their way; who left its group may hold the pipes for ever.
      child.once('close', tell);
      setTimeout(tell, lastWordsMs).unref();
    });
  });
  ended.catch(() => (isOver = true));
  const waiting = AbortSignal.any([stopping.signal, signal, AbortSignal.timeout(startWithinMs)]);
  const listening = Promise.race([
    allAccept(ports, waiting).then((accept) => {
      if (accept) return;
      const stopped = signal.aborted || stopping.signal.aborted;
      if (stopped) throw new SisockError('cancelled', 'Crossbar was stopped while it started');
      throw new SisockError('unavailable', `Crossbar does not listen ${startWithinMs / 1000} s after its start`);
    }),
    ended.then((reason) => {
      throw new SisockError('unavailable', `Crossbar ${reason} before it listened`);
    }),
  ]);
  listening.catch(() => undefined);
  return {
    listening,
    ended,
    stop: async () => {
      stopping.abort();
      if (isOver) return;
      child.kill('SIGTERM');
      const late = new AbortController();
      const kill = sleep(stopWithinMs, undefined, { signal: late.signal }).then(() => killGroup(child.pid));
      kill.catch(() => undefined);
      await ended.catch(() => undefined);
      late.abort();
    },
  };
}

/** Hands each line to the log; keeps the newest ones. It prints only what it was told to by its level. */
function passOn(child: ChildProcess, log: Logger, logLevel: LogLevel): readonly string[] {
  const kept: string[] = [];
  const level = logLevel === 'critical' ? 'fatal' : logLevel;
  for (const input of [child.stdout!, child.stderr!]) {
    createInterface({ input }).on('line', (line) => {
      if (line.trim() === '') return;
      kept.push(line);
      if (kept.length > lastLinesKept) kept.shift();
      log[level](line);
    });
  }
  return kept;
}

/** Of the last lines, the one that says most of why it ended. */
function tellingLine(lines: readonly string[]): string | null {
  const line = lines.findLast((text) => /error|invalid|exception|fail|already/i.test(text)) ?? lines.at(-1);
  return line === undefined
    ? null
    : line
        .replace(/^\S+ \[[^\]]*\]/, '')
        .trim()
        .slice(0, 200);
}
