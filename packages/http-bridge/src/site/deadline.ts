import { SisockError } from '@sisock/core';

/**
 * Runs `ask` and gives up after `ms`, or when `signal` fires, even if `ask` never looks at the signal it is handed.
 * Whatever `ask` throws, at once or later, is a rejection.
 * @throws SisockError `timeout` (the message names `what`) or `cancelled` (or the SisockError that is the signal's reason).
 */
export function withDeadline<T>(
  ms: number,
  signal: AbortSignal | undefined,
  what: string,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const controller = new AbortController();
    const settle = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancelled);
    };
    const giveUp = (error: SisockError) => {
      settle();
      reject(error);
      controller.abort();
    };
    const cancelled = () => {
      const reason: unknown = signal?.reason;
      giveUp(reason instanceof SisockError ? reason : new SisockError('cancelled', `${what} was given up`));
    };
    const timer = setTimeout(
      () => giveUp(new SisockError('timeout', `${what} did not answer within ${ms / 1000} s`)),
      ms,
    );
    if (signal?.aborted) return cancelled();
    signal?.addEventListener('abort', cancelled, { once: true });
    Promise.resolve()
      .then(() => ask(controller.signal))
      .then(resolve, reject)
      .finally(settle);
  });
}
