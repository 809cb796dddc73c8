import { subscriptionDetails } from './broker/broker.js';
import { registrationDetails } from './dealer/registration.js';
import { code, type Dict, type Match, matches, type RequestMessage } from './messages.js';
import type { PatternIndex } from './pattern-index.js';
import type { Realm } from './realm.js';
import type { Session } from './session.js';
import { errorUri } from './uris.js';
import { outMessage } from './wire/codec.js';
import { Payload } from './wire/payload.js';
import { emptyDict } from './wire/value.js';

/** A procedure that the router answers itself. */
export type MetaProcedure = (session: Session, message: RequestMessage) => void;

type Answer = (args: readonly unknown[]) => unknown;

/** The procedure was called with arguments that say nothing. */
class RefusedError extends Error {
  readonly code = 'refused';
  readonly uri: string;

  constructor(uri: string, message: string) {
    super(message);
    this.uri = uri;
  }
}

/** Session, registration and subscription meta procedures (WAMP specification, "Meta APIs"). */
export function metaProcedures(realm: Realm): Map<string, MetaProcedure> {
  const answers: Record<string, Answer> = {
    ...sessionAnswers(realm),
    ...tableAnswers(
      'registration',
      errorUri.noSuchRegistration,
      'callees',
      realm.dealer,
      registrationDetails,
      (entry) => entry.callees.map((callee) => callee.session.id),
    ),
    ...tableAnswers(
      'subscription',
      errorUri.noSuchSubscription,
      'subscribers',
      realm.broker,
      subscriptionDetails,
      (entry) => [...entry.subscribers].map((session) => session.id),
    ),
    'wamp.registration.match': ([uri]) => realm.dealer.index.best(string(uri, 'procedure'))?.id ?? null,
    'wamp.subscription.match': ([uri]) => {
      const found = realm.broker.index.all(string(uri, 'topic'));
      return found.length > 0 ? found.map((entry) => entry.id) : null;
    },
  };
  return new Map(Object.entries(answers).map(([uri, answer]) => [uri, procedure(answer)]));
}

/** A session as `wamp.session.get` and `on_join` tell it. */
export function sessionDetails({ id, identity, link }: Session): Dict {
  return { session: id, ...identity, transport: { peer: link.peer } };
}

function procedure(answer: Answer): MetaProcedure {
  return (session, { request, payload }) => {
    try {
      const result = answer(payload?.positional() ?? []);
      session.send(outMessage([code.RESULT, request, emptyDict], Payload.ofValues([result])));
    } catch (error) {
      const uri = error instanceof RefusedError ? error.uri : errorUri.invalidArgument;
      session.sendError(code.CALL, request, uri, (error as Error).message);
    }
  };
}

function sessionAnswers(realm: Realm): Record<string, Answer> {
  const list = (roles: unknown): number[] =>
    [...realm.sessions.values()]
      .filter((session) => !Array.isArray(roles) || roles.includes(session.identity.authrole))
      .map((session) => session.id);
  return {
    'wamp.session.list': ([roles]) => list(roles),
    'wamp.session.count': ([roles]) => list(roles).length,
    'wamp.session.get': ([id]) => {
      const session = realm.sessions.get(number(id, 'session'));
      if (session === undefined)
        throw new RefusedError(errorUri.noSuchSession, `no session ${String(id)} in this realm`);
      return sessionDetails(session);
    },
  };
}

interface Table<T> {
  readonly index: PatternIndex<T>;
  readonly byId: ReadonlyMap<number, T>;
}

function tableAnswers<T extends { readonly id: number }>(
  kind: string,
  missing: string,
  members: string,
  { index, byId }: Table<T>,
  details: (entry: T) => Dict,
  membersOf: (entry: T) => number[],
): Record<string, Answer> {
  const get = (id: unknown): T => {
    const entry = byId.get(number(id, kind));
    if (entry === undefined) throw new RefusedError(missing, `no ${kind} ${String(id)} in this realm`);
    return entry;
  };
  const ids = (match: Match): number[] => Array.from(index.values(match), (entry) => entry.id);
  return {
    [`wamp.${kind}.list`]: () => Object.fromEntries(matches.map((match) => [match, ids(match)])),
    [`wamp.${kind}.lookup`]: ([uri, options]) => index.get(string(uri, 'uri'), matchOf(options))?.id ?? null,
    [`wamp.${kind}.get`]: ([id]) => details(get(id)),
    [`wamp.${kind}.list_${members}`]: ([id]) => membersOf(get(id)),
    [`wamp.${kind}.count_${members}`]: ([id]) => membersOf(get(id)).length,
  };
}

function matchOf(options: unknown): Match {
  const match = typeof options === 'object' && options !== null ? (options as Dict)['match'] : undefined;
  return matches.find((known) => known === match) ?? 'exact';
}

function number(value: unknown, what: string): number {
  if (typeof value === 'number') return value;
  throw new RefusedError(errorUri.invalidArgument, `the ${what} is no number`);
}

function string(value: unknown, what: string): string {
  if (typeof value === 'string') return value;
  throw new RefusedError(errorUri.invalidArgument, `the ${what} is no string`);
}
