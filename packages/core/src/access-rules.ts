import type { AccessPolicy, Credentials, Principal } from './access.js';
import { SisockError } from './errors.js';
import { matchesName } from './name-pattern.js';

/** One who may log in. `hash` is what is kept of the secret; `nodes` are patterns, read by {@link matchesName}. */
export interface AccessEntry {
  readonly name: string;
  readonly hash: string;
  readonly nodes: readonly string[];
}

/** Who may see which nodes, as data. */
export interface AccessRules {
  /** What is shown without credentials; null: nothing, they are asked for. */
  readonly anonymous: { readonly nodes: readonly string[] } | null;
  readonly tokens: readonly AccessEntry[];
  readonly users: readonly AccessEntry[];
}

/** A login to check: who it says it is, and the secret it brings. */
export interface Login {
  readonly kind: 'token' | 'basic';
  readonly name: string;
  readonly secret: string;
  /** Address it comes from. */
  readonly from: string;
}

/**
 * Checks a secret against the hash of an entry, at the same cost where there is no such entry.
 * @throws SisockError `too_many`
 */
export type CheckLogin = (login: Login, hash: string | undefined) => Promise<boolean>;

/** What stands before the dot of a token is the name of its entry. */
export function tokenName(token: string): string {
  return token.slice(0, Math.max(0, token.indexOf('.')));
}

/** The policy of rules that may change at any time: who is taken out of them sees nothing from then on. */
export function rulesPolicy(rules: () => AccessRules, check: CheckLogin): AccessPolicy {
  return {
    authenticate: async (credentials, from = '') => {
      if (credentials.kind === 'none') {
        if (rules().anonymous !== null) return { kind: 'anonymous' };
        throw new SisockError('not_authorized', 'credentials are needed: a bearer token, or user and password');
      }
      const login = loginOf(credentials, from, rules());
      if (!(await check(login, entryOf(rules(), login)?.hash))) {
        throw new SisockError(
          'not_authorized',
          `the ${login.kind === 'token' ? 'token' : 'user or password'} is wrong`,
        );
      }
      return { kind: login.kind, name: login.name };
    },
    maySee: (principal, node) => {
      const now = rules();
      const nodes = principal.kind === 'anonymous' ? now.anonymous?.nodes : entryOf(now, principal)?.nodes;
      return nodes !== undefined && matchesName(nodes, node);
    },
    hasLogins: () => rules().tokens.length + rules().users.length > 0,
  };
}

function loginOf(credentials: Exclude<Credentials, { kind: 'none' }>, from: string, { users }: AccessRules): Login {
  if (credentials.kind === 'basic') {
    const { user: name, password: secret } = credentials;
    // A browser can ask for a user and a password only: there a token is written as the password, its name as the user.
    const isToken = name !== '' && tokenName(secret) === name && !users.some((user) => user.name === name);
    return { kind: isToken ? 'token' : 'basic', name, secret, from };
  }
  return { kind: 'token', name: tokenName(credentials.token), secret: credentials.token, from };
}

function entryOf(
  rules: AccessRules,
  { kind, name }: Exclude<Principal, { kind: 'anonymous' }>,
): AccessEntry | undefined {
  return (kind === 'token' ? rules.tokens : rules.users).find((entry) => entry.name === name);
}
