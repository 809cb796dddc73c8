import type { Match } from './messages.js';

/** Error and reason URIs (WAMP specification, "Predefined URIs"). */
export const errorUri = {
  invalidUri: 'wamp.error.invalid_uri',
  noSuchProcedure: 'wamp.error.no_such_procedure',
  procedureExists: 'wamp.error.procedure_already_exists',
  otherPolicy: 'wamp.error.procedure_exists_with_different_invocation_policy',
  noSuchRegistration: 'wamp.error.no_such_registration',
  noSuchSubscription: 'wamp.error.no_such_subscription',
  noSuchSession: 'wamp.error.no_such_session',
  noSuchRealm: 'wamp.error.no_such_realm',
  noAuthMethod: 'wamp.error.no_matching_auth_method',
  invalidArgument: 'wamp.error.invalid_argument',
  notAuthorized: 'wamp.error.not_authorized',
  protocolViolation: 'wamp.error.protocol_violation',
  canceled: 'wamp.error.canceled',
  timeout: 'wamp.error.timeout',
  unavailable: 'wamp.error.unavailable',
  payloadSize: 'wamp.error.payload_size_exceeded',
} as const;

export const closeUri = {
  systemShutdown: 'wamp.close.system_shutdown',
  goodbyeAndOut: 'wamp.close.goodbye_and_out',
} as const;

const forbidden = /[\s#]/;

/**
 * Loose URI check (WAMP specification, "URIs"): no white space, no `#`; empty components only in patterns, where they
 * are the wildcards, or the end of a prefix.
 */
export function isUri(uri: string, match: Match): boolean {
  if (forbidden.test(uri)) return false;
  if (match !== 'exact') return true;
  return uri !== '' && !uri.startsWith('.') && !uri.endsWith('.') && !uri.includes('..');
}

/** `wamp.` belongs to the router (WAMP specification, "URIs"): peers neither publish nor register there. */
export function isReserved(uri: string): boolean {
  return uri.startsWith('wamp.');
}
