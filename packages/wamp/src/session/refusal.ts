import { SisockError } from '@sisock/core';

/** Who we said we are, for messages. */
export interface Identity {
  /** The router as the person who set it up knows it. */
  readonly address: string;
  readonly realm: string;
  readonly authid: string | undefined;
  readonly secret: string | undefined;
}

const wrongCredentials: ReadonlySet<string> = new Set([
  'wamp.error.not_authorized',
  'wamp.error.authorization_failed',
  'wamp.error.authentication_failed',
  'wamp.error.authentication_denied',
  'wamp.error.cannot_authenticate',
  'wamp.error.no_such_principal',
  'wamp.error.no_such_role',
  'wamp.error.no_auth_method',
  'wamp.error.no_matching_auth_method',
]);

/**
 * Why the router did not let us in. `bad_setting` and `not_authorized` don't heal by waiting and name the setting to mend;
 * all else is `unavailable`.
 */
export function refusal(reason: unknown, message: unknown, who: Identity): SisockError {
  const name = typeof reason === 'string' ? reason.slice(0, 100) : 'no reason';
  const text = typeof message === 'string' && message !== '' ? `${name}: ${message.slice(0, 300)}` : name;
  if (name === 'wamp.error.no_such_realm') {
    return new SisockError(
      'bad_setting',
      `the router at ${who.address} has no realm ${JSON.stringify(who.realm)}: check WAMP_REALM (${text})`,
    );
  }
  if (wrongCredentials.has(name)) return notAuthorized(text, who);
  return new SisockError('unavailable', `the router at ${who.address} did not let us join (${text})`);
}

/** What to do where we have no secret of a user and need one: in a site's compose file it is one line. */
export function secretCure(user = 'server'): string {
  return (
    `add the line "env_file: secrets/${user}.env" to this service in docker-compose.yaml; elsewhere set WAMP_SECRET or ` +
    'WAMP_SECRET_FILE, or CROSSBAR_DIR to the .crossbar directory that has it'
  );
}

/** The credentials are wrong, or of a kind the router does not take. */
export function notAuthorized(text: string, who: Identity): SisockError {
  const as =
    who.secret === undefined
      ? `without a secret: ${secretCure(who.authid)}`
      : `as ${JSON.stringify(who.authid ?? '')}: check WAMP_USER and WAMP_SECRET (or WAMP_SECRET_FILE, or the secrets in CROSSBAR_DIR)`;
  return new SisockError('not_authorized', `the router at ${who.address} refuses us ${as} (${text})`);
}

/** True for what waiting does not mend. */
export function cannotHeal(error: SisockError): boolean {
  return error.code === 'bad_setting' || error.code === 'not_authorized';
}
