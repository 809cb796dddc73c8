import { type ErrorCode, SisockError, toSisockError } from '@sisock/core';
import { uri } from './uri.js';

/** The one table between our codes and WAMP error URIs: what we send. */
const uriOf: Readonly<Record<ErrorCode, string>> = {
  bad_request: 'wamp.error.invalid_argument',
  bad_setting: uri('error.bad_setting'),
  bad_data: uri('error.bad_data'),
  unknown_node: uri('error.unknown_node'),
  unknown_field: uri('error.unknown_field'),
  unknown_timeline: uri('error.unknown_timeline'),
  not_found: uri('error.not_found'),
  not_authorized: uri('error.not_authorized'),
  name_taken: uri('error.name_taken'),
  too_large: uri('error.too_large'),
  too_many: uri('error.too_many'),
  unavailable: uri('error.unavailable'),
  timeout: uri('error.timeout'),
  cancelled: uri('error.cancelled'),
  internal: uri('error.internal'),
};

/** What routers say themselves (WAMP 12.4 and Crossbar's own), beside the reverse of the table above. */
const codeOf: ReadonlyMap<string, ErrorCode> = new Map<string, ErrorCode>([
  ...(Object.entries(uriOf) as [ErrorCode, string][]).map(([code, name]) => [name, code] as const),
  ['wamp.error.invalid_uri', 'bad_request'],
  ['wamp.error.no_such_procedure', 'unavailable'],
  ['wamp.error.no_eligible_callee', 'unavailable'],
  ['wamp.error.unavailable', 'unavailable'],
  ['wamp.error.network_failure', 'unavailable'],
  ['crossbar.error.max_concurrency_reached', 'unavailable'],
  ['wamp.error.procedure_already_exists', 'name_taken'],
  ['wamp.error.procedure_exists_with_different_invocation_policy', 'name_taken'],
  ['wamp.error.not_authorized', 'not_authorized'],
  ['wamp.error.authorization_failed', 'not_authorized'],
  ['wamp.error.authentication_failed', 'not_authorized'],
  // Answers to what we cancelled ourselves are not waited for: here the callee went, or somebody else ended the call.
  ['wamp.error.canceled', 'unavailable'],
  ['wamp.error.timeout', 'timeout'],
  ['wamp.error.no_such_session', 'not_found'],
  ['wamp.error.no_such_registration', 'not_found'],
  ['wamp.error.payload_size_exceeded', 'too_large'],
]);

const longestMessage = 500;

/** The error URI of a code. */
export function errorUri(code: ErrorCode): string {
  return uriOf[code];
}

/** What a caller is told of a thrown value: never more than "internal error" of what is not ours. */
export function toWampError(thrown: unknown): { readonly error: string; readonly message: string } {
  const { code, message } = toSisockError(thrown);
  return { error: uriOf[code], message: code === 'internal' ? 'internal error' : message };
}

/** A received WAMP error as ours; `what` names the procedure or topic it came from. */
export function fromWampError(error: unknown, args: unknown, what: string): SisockError {
  const name = typeof error === 'string' ? error : 'an error without a name';
  const first: unknown = Array.isArray(args) ? args[0] : undefined;
  const text = typeof first === 'string' ? first.slice(0, longestMessage) : '';
  const code = codeOf.get(name);
  if (code !== undefined && text !== '' && name === uriOf[code]) return new SisockError(code, text);
  return new SisockError(code ?? 'internal', `${what}: ${name.slice(0, 100)}${text === '' ? '' : `: ${text}`}`);
}
