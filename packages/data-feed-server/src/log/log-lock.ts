import { linkSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { SisockError } from '@sisock/core';

/** Processes as the lock asks for them. */
export interface Processes {
  readonly pid: number;
  isRunning(pid: number): boolean;
}

interface Holder {
  readonly pid: number;
  readonly host: string;
  /** When the process was started, as the system counts; null where it doesn't tell. Numbers of processes are used again. */
  readonly started: string | null;
}

/** A holder on another machine lives as long as it touches its file this often, in s. */
const foreignSilenceSec = 20;

/** One process alone writes a log: it holds the file `lock`, which names it, in the directory. */
export class LogLock {
  readonly #path: string;
  readonly #text: string;

  private constructor(path: string, text: string) {
    this.#path = path;
    this.#text = text;
  }

  /**
   * Takes the lock, from a holder that has died too.
   * @throws SisockError `bad_setting` when a living process holds it; what the file system throws when it can't be written.
   */
  static take(directory: string, processes: Processes, nowSec: number): LogLock {
    const path = join(directory, 'lock');
    const { pid } = processes;
    const text = JSON.stringify({ pid, host: hostname(), started: startOf(pid) } satisfies Holder);
    const own = join(directory, `lock.${hostname()}.${pid}.${Math.random().toString(36).slice(2)}`);
    writeFileSync(own, text);
    try {
      for (let tries = 0; ; tries++) {
        try {
          linkSync(own, path);
          return new LogLock(path, text);
        } catch (thrown) {
          if ((thrown as { code?: unknown }).code !== 'EEXIST') throw thrown;
        }
        const found = readText(path);
        const who = found === null ? null : livingHolder(path, found, processes, nowSec);
        if (who !== null || tries === 3) {
          throw new SisockError('bad_setting', `FEED_LOG ${directory} is in use by ${who ?? 'another process'}`);
        }
        if (found !== null) removeStale(path, found, own);
      }
    } finally {
      rmSync(own, { force: true });
    }
  }

  /** Shows processes of other machines that this one lives. */
  touch(nowSec: number): void {
    utimesSync(this.#path, nowSec, nowSec);
  }

  release(): void {
    if (readText(this.#path) === this.#text) rmSync(this.#path, { force: true });
  }
}

/** Takes the file away and looks again: another one may have been as quick, and hold it now. */
function removeStale(path: string, text: string, own: string): void {
  const aside = `${own}.stale`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  if (readText(aside) !== text) {
    try {
      linkSync(aside, path);
    } catch {
      // Somebody took it meanwhile: refused at the next try.
    }
  }
  rmSync(aside, { force: true });
}

function livingHolder(path: string, text: string, processes: Processes, nowSec: number): string | null {
  let holder: Partial<Holder>;
  try {
    holder = JSON.parse(text) as Partial<Holder>;
  } catch {
    return null;
  }
  const { pid, host, started } = holder;
  if (typeof pid !== 'number') return null;
  if (host !== hostname()) {
    const silentSec = nowSec - statSync(path).mtimeMs / 1000;
    return silentSec < foreignSilenceSec ? `process ${pid} of ${host ?? 'another machine'}` : null;
  }
  const isSame = started !== null && startOf(pid) !== null ? startOf(pid) === started : pid !== processes.pid;
  return isSame && processes.isRunning(pid) ? `process ${pid}` : null;
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

/** Linux: the 22nd word of /proc/<pid>/stat; the second is a name in brackets that may hold blanks, the third the state. */
function startOf(pid: number): string | null {
  const words = readText(`/proc/${pid}/stat`)?.replace(/^.*\)/s, '').trim().split(' ');
  // A process that has ended and waits for its parent to notice.
  if (words?.[0] === 'Z' || words?.[0] === 'X') return 'ended';
  return words?.[19] ?? null;
}
