import type { Match } from '../messages.js';
import type { Session } from '../session.js';

/** A topic or pattern with those who hear it. */
export interface Subscription {
  readonly id: number;
  readonly uri: string;
  readonly match: Match;
  /** UNIX seconds. */
  readonly created: number;
  readonly subscribers: Set<Session>;
}
