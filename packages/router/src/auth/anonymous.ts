import { randomUUID } from 'node:crypto';
import type { AuthMethod } from './authenticator.js';

/** Anybody, in one role, under a name that the router makes up. */
export function anonymous(role: string): AuthMethod {
  return {
    name: 'anonymous',
    begin: () => ({
      kind: 'accept',
      identity: { authid: randomUUID(), authrole: role, authmethod: 'anonymous', authprovider: 'static' },
    }),
  };
}
