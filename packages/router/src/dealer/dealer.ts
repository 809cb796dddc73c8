import { code, type Dict, matches, type Match, type RemoveMessage, type EnterMessage } from '../messages.js';
import { PatternIndex } from '../pattern-index.js';
import type { RealmContext } from '../realm.js';
import type { Session } from '../session.js';
import { errorUri, isReserved, isUri } from '../uris.js';
import { outMessage } from '../wire/codec.js';
import { policies, type Policy, type Registration, registrationDetails } from './registration.js';

/** The registrations of one realm. Calls over them are in `Caller`. */
export class Dealer {
  readonly index = new PatternIndex<Registration>();
  readonly byId = new Map<number, Registration>();
  private lastId = 0;
  private readonly realm: RealmContext;

  constructor(realm: RealmContext) {
    this.realm = realm;
  }

  register(session: Session, { request, options, uri }: EnterMessage): void {
    const refusal = this.refusal(session, options, uri);
    if (refusal !== undefined) {
      session.sendError(code.REGISTER, request, refusal[0], refusal[1]);
      return;
    }
    const match = (options['match'] ?? 'exact') as Match;
    const policy = (options['invoke'] ?? 'single') as Policy;
    if (options['force_reregister'] === true) this.revoke(uri, match);
    const known = this.index.get(uri, match);
    const registration = known ?? this.create(uri, match, policy);
    registration.callees.push({ session, discloseCaller: options['disclose_caller'] === true });
    session.registrations.set(registration.id, registration);
    session.send(outMessage([code.REGISTERED, request, registration.id]));
    if (known === undefined) {
      this.realm.meta('wamp.registration.on_create', () => [session.id, registrationDetails(registration)]);
    }
    this.realm.meta('wamp.registration.on_register', () => [session.id, registration.id]);
  }

  unregister(session: Session, { request, id }: RemoveMessage): void {
    const registration = session.registrations.get(id);
    if (registration === undefined) {
      session.sendError(code.UNREGISTER, request, errorUri.noSuchRegistration, `no registration ${id} of this session`);
      return;
    }
    session.send(outMessage([code.UNREGISTERED, request]));
    this.leave(session, registration);
  }

  /** Drops all that a session that ended had registered. */
  forget(session: Session): void {
    for (const registration of session.registrations.values()) this.leave(session, registration);
  }

  private refusal(session: Session, options: Dict, uri: string): readonly [string, string] | undefined {
    const match = (options['match'] ?? 'exact') as Match;
    const policy = (options['invoke'] ?? 'single') as Policy;
    if (!matches.includes(match)) return [errorUri.invalidArgument, `match is not one of ${matches.join(', ')}`];
    if (!policies.includes(policy)) return [errorUri.invalidArgument, `invoke is not one of ${policies.join(', ')}`];
    if (!isUri(uri, match) || isReserved(uri)) return [errorUri.invalidUri, `"${uri}" is no procedure to register`];
    if (!this.realm.allowed(session, 'register', uri, match)) {
      return [errorUri.notAuthorized, `role ${session.identity.authrole} may not register "${uri}"`];
    }
    if (session.registrations.size >= this.realm.limits.maxRegistrations) {
      return [errorUri.unavailable, `more than ${this.realm.limits.maxRegistrations} registrations`];
    }
    const known = this.index.get(uri, match);
    if (known === undefined || options['force_reregister'] === true) return undefined;
    // WAMP specification, "Shared Registration": one policy a procedure, and no sharing at all for `single`.
    if (known.policy !== policy) {
      return [errorUri.otherPolicy, `"${uri}" is registered with the invocation policy ${known.policy}`];
    }
    if (policy === 'single' || session.registrations.has(known.id)) {
      return [errorUri.procedureExists, `"${uri}" is registered already`];
    }
    return undefined;
  }

  /** Takes a procedure from those who hold it (WAMP specification, "Registration Revocation"). */
  private revoke(uri: string, match: Match): void {
    const registration = this.index.get(uri, match);
    if (registration === undefined) return;
    const reason = 'wamp.error.unregistered';
    for (const { session } of [...registration.callees]) {
      if (session.features.revocation) {
        session.send(outMessage([code.UNREGISTERED, 0, { registration: registration.id, reason }]));
      }
      this.leave(session, registration);
    }
  }

  private create(uri: string, match: Match, policy: Policy): Registration {
    const registration = { id: ++this.lastId, uri, match, policy, created: this.realm.now(), callees: [], turn: 0 };
    this.index.add(uri, match, registration);
    this.byId.set(registration.id, registration);
    return registration;
  }

  private leave(session: Session, registration: Registration): void {
    const { id, uri, match, callees } = registration;
    session.registrations.delete(id);
    const at = callees.findIndex((callee) => callee.session === session);
    if (at >= 0) callees.splice(at, 1);
    if (at >= 0 && at < registration.turn) registration.turn--;
    this.realm.meta('wamp.registration.on_unregister', () => [session.id, id]);
    if (callees.length > 0) return;
    this.index.remove(uri, match);
    this.byId.delete(id);
    this.realm.meta('wamp.registration.on_delete', () => [session.id, id]);
  }
}
