import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 25;

/**
 * Asks again and again until the answer is neither undefined nor false; fails with what was waited for (and the last
 * error) after `withinMs`, which only a test that fails ever reaches.
 */
export async function until<T>(
  what: string,
  ask: () => T | undefined | false | Promise<T | undefined | false>,
  withinMs = 120_000,
): Promise<T> {
  const end = Date.now() + withinMs;
  let problem = '';
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
      problem = '';
    } catch (e) {
      problem = `: ${String((e as { message?: unknown }).message ?? e)}`;
    }
    if (Date.now() > end) throw new Error(`${what} did not happen within ${withinMs} ms${problem}`);
    await sleep(POLL_MS);
  }
}
