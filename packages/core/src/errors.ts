/** What went wrong, in terms a protocol can map to its own codes (one table per gateway). */
export type ErrorCode =
  | 'bad_request' // the caller's argument is wrong; the message names it and what is allowed
  | 'bad_setting' // a setting of the process is missing or wrong
  | 'bad_data' // stored or received data are damaged
  | 'unknown_node'
  | 'unknown_field'
  | 'unknown_timeline'
  | 'not_found'
  | 'not_authorized'
  | 'name_taken'
  | 'too_large' // above an allowance or limit
  | 'too_many' // asked too often, or too many wrong logins: later it may go
  | 'unavailable' // the other side is away; trying again later may help
  | 'timeout'
  | 'cancelled'
  | 'internal';

const errorCodes: ReadonlySet<string> = new Set<ErrorCode>([
  'bad_request',
  'bad_setting',
  'bad_data',
  'unknown_node',
  'unknown_field',
  'unknown_timeline',
  'not_found',
  'not_authorized',
  'name_taken',
  'too_large',
  'too_many',
  'unavailable',
  'timeout',
  'cancelled',
  'internal',
]);

/** True when `code` is one of {@link ErrorCode}. */
export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && errorCodes.has(code);
}

/** The one error of this project. `message` is written for the person who has to mend it. */
export class SisockError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SisockError';
    this.code = code;
  }
}

/**
 * Any thrown value as a SisockError: ours pass through, an abort becomes `cancelled`, a time-out of an
 * AbortSignal becomes `timeout`, everything else `internal` with the original as `cause`.
 */
export function toSisockError(thrown: unknown): SisockError {
  if (thrown instanceof SisockError) return thrown;
  const name = (thrown as { name?: unknown } | null)?.name;
  if (name === 'AbortError') return new SisockError('cancelled', 'cancelled', { cause: thrown });
  if (name === 'TimeoutError') return new SisockError('timeout', 'took too long', { cause: thrown });
  return new SisockError('internal', 'internal error', { cause: thrown });
}
