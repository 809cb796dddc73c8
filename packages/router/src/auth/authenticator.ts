import type { Dict } from '../messages.js';
import type { Identity } from '../session.js';

/** What comes of a HELLO. */
export type Verdict =
  | { readonly kind: 'accept'; readonly identity: Identity }
  | {
      readonly kind: 'challenge';
      readonly method: string;
      readonly extra: Dict;
      /** The identity, or undefined for a wrong signature. */
      check(signature: string): Identity | undefined;
    }
  | { readonly kind: 'abort'; readonly uri: string; readonly text: string };

/** Decides who a peer is. */
export interface Authenticator {
  /** `session` is the id the session will have. */
  begin(details: Dict, session: number): Verdict;
}

/** One method of authentication as a listener offers it. */
export interface AuthMethod {
  readonly name: string;
  begin(authid: string | undefined, session: number): Verdict;
}
