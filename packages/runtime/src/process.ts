import { SisockError, toSisockError } from '@sisock/core';
import type { Logger } from './logger.js';
import type { Environment } from './settings.js';
import { closeAll, type Service } from './service.js';

/** The present of this machine as UNIX seconds. It follows steps of the system's clock, as timestamps of others do. */
export function systemClock(): number {
  return Date.now() / 1000;
}

/** The environment of this process. */
export function environment(): Environment {
  return process.env;
}

interface RunOptions {
  readonly log: Logger;
  /** Longest time from the signal to the exit, in ms. */
  readonly stopWithinMs?: number;
}

/**
 * Starts a part, keeps it until SIGINT, SIGTERM or its own end, then closes it. Exit status 0 after a signal, 1 when it
 * could not start or failed. A second signal ends the process at once.
 */
export async function runUntilSignal(
  start: (signal: AbortSignal) => Promise<Service & { readonly failed?: Promise<never> }>,
  { log, stopWithinMs = 2500 }: RunOptions,
): Promise<void> {
  const controller = new AbortController();
  let deadline: NodeJS.Timeout | undefined;
  const exitInTime = () => {
    deadline = setTimeout(() => {
      log.error({ stopWithinMs }, 'did not stop in time');
      process.exit(1);
    }, stopWithinMs);
    deadline.unref();
  };
  const stopped = new Promise<void>((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) {
      process.on(name, () => {
        if (controller.signal.aborted) process.exit(1);
        log.info({ signal: name }, 'stopping');
        controller.abort();
        exitInTime();
        resolve();
      });
    }
  });
  process.on('unhandledRejection', (reason) => log.error({ err: reason }, 'unhandled rejection'));
  process.on('uncaughtException', (error) => log.error({ err: error }, 'uncaught exception'));
  let status = 0;
  let service: Awaited<ReturnType<typeof start>> | undefined;
  try {
    service = await start(controller.signal);
    await Promise.race([stopped, ...(service.failed ? [service.failed] : [])]);
  } catch (thrown) {
    // After a signal a start that breaks off is what was asked for.
    if (!controller.signal.aborted) {
      status = 1;
      reportFailure(thrown, log);
      exitInTime();
    }
  }
  if (service !== undefined) await closeAll([service], log);
  clearTimeout(deadline);
  process.exit(status);
}

function reportFailure(thrown: unknown, log: Logger): void {
  const error = toSisockError(thrown);
  if (error.code === 'internal') log.fatal({ err: thrown }, 'failed');
  else for (const line of error.message.split('\n')) log.fatal({ code: error.code }, line);
}

/** Megabytes of memory this process holds. */
export function residentMegabytes(): number {
  return process.memoryUsage.rss() / 1e6;
}

/** The error for an address that is taken, from what `listen` threw. */
export function listenError(thrown: unknown, host: string, port: number, settingName: string): SisockError {
  const code = (thrown as { code?: string }).code;
  if (code === 'EADDRINUSE') {
    return new SisockError('bad_setting', `${settingName} ${port} is taken on ${host}: choose another`, {
      cause: thrown,
    });
  }
  return new SisockError('bad_setting', `can't listen on ${host}:${port} (${settingName}): ${code ?? String(thrown)}`, {
    cause: thrown,
  });
}

/** The number of this process. */
export function processId(): number {
  return process.pid;
}

/** The number of the user whose rights this process has; 0 where the system has no users. */
export function userId(): number {
  return process.geteuid?.() ?? 0;
}

/** True while a process of that number runs on this machine. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM';
  }
}

/** Ends a process that was started as the first of a group of its own, and all that it started, at once. */
export function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody of it is left.
  }
}
