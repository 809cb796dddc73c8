import { setTimeout as wait } from 'node:timers/promises';
import { toSisockError } from '@sisock/core';
import { createComplaints, type Health, type Logger, type Service } from '@sisock/runtime';

interface TryOptions {
  readonly log: Logger;
  /** Is told while it has not started. */
  readonly health?: Health;
  readonly everyMs?: number;
}

const usualEveryMs = 5_000;

/**
 * Starts, in the background, what may fail for a while: a try fails with one line (repeated at most once a minute), what
 * it had started is closed, and there is another try. Closing ends the trying, or what was started.
 */
export function keepTrying<P extends Service>(
  what: string,
  place: () => P,
  start: (parts: P) => Promise<void>,
  { log, health, everyMs = usualEveryMs }: TryOptions,
): Service {
  const stop = new AbortController();
  const complaints = createComplaints(log);
  let parts: P | null = null;
  let problem: string | null = `${what} is still starting`;
  const removeCheck = health?.add(() => problem);
  const run = async () => {
    for (let failed = false; !stop.signal.aborted; failed = true) {
      if (failed) await wait(everyMs, undefined, { signal: stop.signal, ref: true });
      parts = place();
      try {
        await start(parts);
        problem = null;
        if (failed) log.warn(`${what} has started`);
        return;
      } catch (thrown) {
        await parts.close();
        const { code, message } = toSisockError(thrown);
        if (stop.signal.aborted) return;
        const details = code === 'internal' ? { code, err: thrown } : { code };
        problem = `${what} could not be started: ${message}`;
        complaints.complain('error', what, details, `${problem} (tried again)`);
      }
    }
  };
  const ended = run().catch(() => undefined);
  return {
    close: async () => {
      removeCheck?.();
      stop.abort();
      await parts?.close();
      await ended;
      await parts?.close();
    },
  };
}
