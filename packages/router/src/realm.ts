import { Broker } from './broker/broker.js';
import { Caller } from './dealer/caller.js';
import { Dealer } from './dealer/dealer.js';
import { globalId } from './ids.js';
import { code, type InMessage, type Match, ViolationError } from './messages.js';
import { metaProcedures, sessionDetails } from './meta.js';
import type { Limits, Timers } from './options.js';
import type { Action, Permission, RoleTable } from './permissions.js';
import { type Features, type Identity, type Link, Session } from './session.js';
import type { Stats } from './stats.js';
import { Payload } from './wire/payload.js';

/** What all parts of a router share. */
export interface RouterContext {
  readonly roles: RoleTable;
  readonly limits: Limits;
  readonly timers: Timers;
  readonly stats: Stats;
  now(): number;
  random(): number;
}

/** What broker and dealer need of their realm. */
export interface RealmContext extends Omit<RouterContext, 'roles'> {
  allowed(session: Session, action: Action, uri: string, match: Match): Permission | undefined;
  /** Publishes a meta event; its arguments are only made if somebody listens. */
  meta(topic: string, args: () => readonly unknown[]): void;
}

/** A routing domain: sessions see the topics and procedures of their own realm only. */
export class Realm implements RealmContext {
  readonly name: string;
  readonly limits: Limits;
  readonly timers: Timers;
  readonly stats: Stats;
  readonly now: () => number;
  readonly random: () => number;
  readonly sessions = new Map<number, Session>();
  readonly broker: Broker;
  readonly dealer: Dealer;
  private readonly caller: Caller;
  private readonly roles: RoleTable;

  constructor(name: string, context: RouterContext) {
    this.name = name;
    this.roles = context.roles;
    this.limits = context.limits;
    this.timers = context.timers;
    this.stats = context.stats;
    this.now = () => context.now();
    this.random = () => context.random();
    this.broker = new Broker(this);
    this.dealer = new Dealer(this);
    this.caller = new Caller(this, this.dealer, metaProcedures(this));
  }

  join(id: number, identity: Identity, features: Features, link: Link): Session {
    const session = new Session(id, this, identity, features, link);
    this.sessions.set(session.id, session);
    this.stats.sessions++;
    return session;
  }

  /** Tells that a session joined: after its WELCOME. */
  announce(session: Session): void {
    this.meta('wamp.session.on_join', () => [sessionDetails(session)]);
  }

  /** A session that is not listed or announced: the HTTP paths'. */
  visit(identity: Identity, features: Features, link: Link): Session {
    return new Session(globalId(), this, identity, features, link);
  }

  leave(session: Session): void {
    if (!session.open) return;
    session.open = false;
    this.caller.forget(session);
    this.dealer.forget(session);
    this.broker.forget(session);
    if (!this.sessions.delete(session.id)) return;
    this.stats.sessions--;
    const { authid, authrole } = session.identity;
    this.meta('wamp.session.on_leave', () => [session.id, authid, authrole]);
  }

  /** A message of an open session. Throws ViolationError. */
  receive(session: Session, message: InMessage): void {
    switch (message.type) {
      case code.PUBLISH:
        return this.broker.publish(session, message);
      case code.CALL:
        return this.caller.call(session, message);
      case code.YIELD:
        return this.caller.yield(session, message);
      case code.ERROR:
        return this.caller.error(session, message);
      case code.CANCEL:
        return this.caller.cancel(session, message);
      case code.SUBSCRIBE:
        return this.broker.subscribe(session, message);
      case code.UNSUBSCRIBE:
        return this.broker.unsubscribe(session, message);
      case code.REGISTER:
        return this.dealer.register(session, message);
      case code.UNREGISTER:
        return this.dealer.unregister(session, message);
      case code.HELLO:
      case code.AUTHENTICATE:
      case code.GOODBYE:
      case code.ABORT:
        throw new ViolationError('a message of the handshake in an open session');
    }
  }

  allowed(session: Session, action: Action, uri: string, match: Match): Permission | undefined {
    const permission = this.roles.allows(session.identity.authrole, action, uri, match);
    if (permission === undefined) {
      const { authid, authrole } = session.identity;
      this.stats.note('denied', session.link.peer, { authid, authrole, action, uri: uri.slice(0, 200) });
    }
    return permission;
  }

  meta(topic: string, args: () => readonly unknown[]): void {
    if (this.broker.hears(topic)) this.broker.announce(topic, Payload.ofValues(args()));
  }
}
