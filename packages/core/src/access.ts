/** Who asks, as a gateway found out. */
export type Principal =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'token'; readonly name: string }
  | { readonly kind: 'basic'; readonly name: string };

/** The credentials of a request, before they are checked. */
export type Credentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'basic'; readonly user: string; readonly password: string };

/** One policy for the bridge and every gateway: who may see which node. */
export interface AccessPolicy {
  /**
   * `from` is the address of who asks, where there is one: wrong logins are counted by it.
   * @throws SisockError `not_authorized` when the credentials are wrong or needed and missing, `too_many` after too many
   * wrong ones
   */
  authenticate(credentials: Credentials, from?: string): Promise<Principal>;
  /** May change while a client is connected, so it is asked each time. */
  maySee(principal: Principal, node: string): boolean;
  /** True where there is somebody to log in as; left out: there is nobody. */
  hasLogins?(): boolean;
}

/** Everybody sees everything: right for a loopback listener by choice only. */
export const openAccess: AccessPolicy = {
  authenticate: () => Promise.resolve({ kind: 'anonymous' }),
  maySee: () => true,
};
