import type { Authenticator, Verdict } from './auth/authenticator.js';
import { globalId } from './ids.js';
import { code, type Dict, type HelloMessage, type InMessage, ViolationError } from './messages.js';
import type { Realm } from './realm.js';
import { featuresOf, type Features, type Identity, type Link, type Session } from './session.js';
import type { Stats } from './stats.js';
import { closeUri, errorUri } from './uris.js';
import { outMessage } from './wire/codec.js';
import { emptyDict } from './wire/value.js';

/** What a peer that connects finds. */
export interface Gate {
  readonly authenticator: Authenticator;
  readonly stats: Stats;
  realm(name: string): Realm | undefined;
}

interface Pending {
  readonly id: number;
  readonly realm: Realm;
  readonly features: Features;
}

interface Challenged extends Pending {
  readonly verdict: Extract<Verdict, { readonly kind: 'challenge' }>;
}

/** Announced in WELCOME (WAMP specification, "Advanced Profile", feature announcement). */
const routerRoles: Dict = {
  broker: {
    features: {
      publisher_identification: true,
      publisher_exclusion: true,
      subscriber_blackwhite_listing: true,
      pattern_based_subscription: true,
      session_meta_api: true,
      subscription_meta_api: true,
    },
  },
  dealer: {
    features: {
      caller_identification: true,
      call_canceling: true,
      call_timeout: true,
      progressive_call_results: true,
      pattern_based_registration: true,
      shared_registration: true,
      registration_revocation: true,
      session_meta_api: true,
      registration_meta_api: true,
    },
  },
};

/** One connection's life: HELLO, perhaps CHALLENGE, an open session, GOODBYE. It never throws. */
export class Peer {
  session: Session | undefined;
  /** Nothing more is taken from it. */
  over = false;
  private challenged: Challenged | undefined;
  private readonly gate: Gate;
  private readonly link: Link;

  constructor(gate: Gate, link: Link) {
    this.gate = gate;
    this.link = link;
  }

  receive(message: InMessage): void {
    if (this.over) return;
    try {
      if (this.session === undefined) this.shakeHands(message);
      else if (message.type === code.GOODBYE) this.partWays(message.reason);
      else if (message.type === code.ABORT) this.finish();
      else this.session.realm.receive(this.session, message);
    } catch (error) {
      if (!(error instanceof ViolationError)) throw error;
      this.violation(error.message);
    }
  }

  /** The peer sent what is no message, or at the wrong time (WAMP specification, "Protocol Violations"). */
  violation(text: string): void {
    if (this.over) return;
    this.gate.stats.note('protocol_violation', this.link.peer, { reason: text });
    this.abort(errorUri.protocolViolation, text);
  }

  /** Says goodbye for the router; the peer's own GOODBYE ends the connection. */
  shutDown(): void {
    if (this.session === undefined) this.abort(closeUri.systemShutdown, 'the router closes');
    else this.link.send(outMessage([code.GOODBYE, emptyDict, closeUri.systemShutdown]));
  }

  /** The connection is gone, or is to go. */
  finish(): void {
    if (this.over) return;
    this.over = true;
    this.leave();
    this.link.end();
  }

  private shakeHands(message: InMessage): void {
    if (message.type === code.HELLO && this.challenged === undefined) this.hello(message);
    else if (message.type === code.AUTHENTICATE && this.challenged !== undefined) {
      const { verdict, ...pending } = this.challenged;
      const identity = verdict.check(message.signature);
      if (identity !== undefined) this.welcome(pending, identity);
      else this.refuse(errorUri.notAuthorized, 'the signature is wrong');
    } else if (message.type === code.ABORT) this.finish();
    else throw new ViolationError('a message before the session is open');
  }

  private hello({ realm: name, details }: HelloMessage): void {
    const realm = this.gate.realm(name);
    if (realm === undefined) return this.abort(errorUri.noSuchRealm, `no realm "${name}" here`);
    const pending = { id: globalId(), realm, features: featuresOf(details) };
    const verdict = this.gate.authenticator.begin(details, pending.id);
    switch (verdict.kind) {
      case 'accept':
        return this.welcome(pending, verdict.identity);
      case 'abort':
        return this.refuse(verdict.uri, verdict.text);
      case 'challenge':
        this.challenged = { ...pending, verdict };
        this.link.send(outMessage([code.CHALLENGE, verdict.method, verdict.extra]));
    }
  }

  private welcome({ id, realm, features }: Pending, identity: Identity): void {
    this.challenged = undefined;
    this.session = realm.join(id, identity, features, this.link);
    this.session.send(outMessage([code.WELCOME, id, { realm: realm.name, ...identity, roles: routerRoles }]));
    realm.announce(this.session);
  }

  private refuse(uri: string, text: string): void {
    this.gate.stats.note('auth_failed', this.link.peer, { reason: text });
    this.abort(uri, text);
  }

  private abort(uri: string, message: string): void {
    this.link.send(outMessage([code.ABORT, { message }, uri]));
    this.finish();
  }

  /** WAMP specification, "Session Closing": a GOODBYE is answered, an answer is not. */
  private partWays(reason: string): void {
    if (reason !== closeUri.goodbyeAndOut) {
      this.link.send(outMessage([code.GOODBYE, emptyDict, closeUri.goodbyeAndOut]));
    }
    this.finish();
  }

  private leave(): void {
    if (this.session !== undefined) this.session.realm.leave(this.session);
  }
}
