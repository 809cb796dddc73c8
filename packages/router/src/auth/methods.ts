import type { Identity } from '../session.js';
import { errorUri } from '../uris.js';
import { anonymous } from './anonymous.js';
import type { Authenticator, AuthMethod } from './authenticator.js';
import { type CraUser, wampcra } from './wampcra.js';

/** Methods a listener offers; what is not there is not offered. */
export interface AuthOptions {
  readonly anonymous?: { readonly role: string };
  readonly wampcra?: { readonly users: Readonly<Record<string, CraUser>> };
}

/** Takes the first of the peer's methods that is offered; a peer that names none is anonymous. */
export function authenticatorOf(options: AuthOptions, now: () => number): Authenticator {
  const methods: AuthMethod[] = [];
  if (options.anonymous) methods.push(anonymous(options.anonymous.role));
  if (options.wampcra) methods.push(wampcra(options.wampcra.users, now));
  const offered = new Map(methods.map((method) => [method.name, method]));
  return {
    begin(details, session) {
      const asked = Array.isArray(details['authmethods']) ? (details['authmethods'] as unknown[]) : ['anonymous'];
      const authid = typeof details['authid'] === 'string' ? details['authid'] : undefined;
      for (const name of asked) {
        const method = offered.get(String(name));
        if (method !== undefined) return method.begin(authid, session);
      }
      const text = `none of the methods ${asked.map(String).slice(0, 8).join(', ')}: offered are ${[...offered.keys()].join(', ')}`;
      return { kind: 'abort', uri: errorUri.noAuthMethod, text };
    },
  };
}

/** Whoever is at the other end is who the program says: in-process peers. */
export function trusted(identity: Identity): Authenticator {
  return { begin: () => ({ kind: 'accept', identity }) };
}
