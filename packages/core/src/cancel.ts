import { SisockError } from './errors.js';

/**
 * The error of a signal that fired: `timeout` where its reason is a time-out (AbortSignal.timeout), else `cancelled`.
 * A SisockError given as reason passes through.
 */
export function cancelError(signal: AbortSignal): SisockError {
  const reason: unknown = signal.reason;
  if (reason instanceof SisockError) return reason;
  const name = (reason as { name?: unknown } | null | undefined)?.name;
  return name === 'TimeoutError'
    ? new SisockError('timeout', 'took too long', { cause: reason })
    : new SisockError('cancelled', 'cancelled', { cause: reason });
}

/** @throws SisockError `cancelled` or `timeout` when the signal fired already. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelError(signal);
}
