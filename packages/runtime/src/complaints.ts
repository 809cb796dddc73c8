import type { Logger } from './logger.js';

/** Logs trouble that repeats itself: who asks wrongly asks again, and what is away stays away. */
export interface Complaints {
  /** A line, at most one a minute for each key; `more` says how often it was held back since the last one. */
  complain(level: 'warn' | 'error', key: string, details: object, text: string): void;
}

const everyMs = 60_000;
const mostKeys = 1000;

/** `now`: milliseconds of a clock that never steps. */
export function createComplaints(log: Logger, now: () => number = () => performance.now()): Complaints {
  const told = new Map<string, { readonly at: number; more: number }>();
  return {
    complain: (level, key, details, text) => {
      const before = told.get(key);
      if (before !== undefined && now() - before.at < everyMs) {
        before.more++;
        log.debug(details, text);
        return;
      }
      if (told.size >= mostKeys) told.clear();
      told.set(key, { at: now(), more: 0 });
      log[level]({ ...details, ...(before !== undefined && before.more > 0 && { more: before.more }) }, text);
    },
  };
}
