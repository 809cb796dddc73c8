import type { Call } from './dealer/calls.js';
import type { Registration } from './dealer/registration.js';
import type { Subscription } from './broker/subscription.js';
import { code, type Dict } from './messages.js';
import type { Realm } from './realm.js';
import { type OutMessage, outMessage } from './wire/codec.js';
import { errorUri } from './uris.js';
import { emptyDict } from './wire/value.js';
import { Payload } from './wire/payload.js';

/** Said of arguments that are too long or without a form in the receiver's serializer. */
export const untransportable = 'the arguments are too large or cannot be written in the serializer of the receiver';

/** Where a session's messages go: a socket, a pipe, an HTTP answer. */
export interface Link {
  /** How the peer is connected, for logs and meta events. */
  readonly peer: string;
  /** False if the message cannot be written for this peer (its serializer, its size): nothing was sent then. */
  send(message: OutMessage): boolean;
  /** Ends the connection after what was sent. */
  end(): void;
}

/** Who a session is. */
export interface Identity {
  readonly authid: string;
  readonly authrole: string;
  readonly authmethod: string;
  readonly authprovider: string;
}

/** What a peer said it can do that the router heeds. */
export interface Features {
  /** The callee understands INTERRUPT. */
  readonly cancelable: boolean;
  readonly progressiveCallee: boolean;
  readonly revocation: boolean;
}

/** An open session: one peer's place in a realm, with what it holds there. */
export class Session {
  readonly id: number;
  readonly realm: Realm;
  readonly identity: Identity;
  readonly features: Features;
  readonly subscriptions = new Map<number, Subscription>();
  readonly registrations = new Map<number, Registration>();
  /** As caller: calls by the request id of the CALL. */
  readonly calls = new Map<number, Call>();
  /** As callee: calls by the request id of the INVOCATION. */
  readonly invocations = new Map<number, Call>();
  open = true;
  readonly link: Link;
  private lastInvocation = 0;

  constructor(id: number, realm: Realm, identity: Identity, features: Features, link: Link) {
    this.id = id;
    this.realm = realm;
    this.identity = identity;
    this.features = features;
    this.link = link;
  }

  /** Session scope ids count from 1 (WAMP specification, "IDs"). */
  nextInvocation(): number {
    return ++this.lastInvocation;
  }

  wasInvoked(request: number): boolean {
    return request <= this.lastInvocation;
  }

  /** False if it cannot be written for this peer. What is sent to a session that ended goes nowhere. */
  send(message: OutMessage): boolean {
    return this.open ? this.link.send(message) : true;
  }

  sendError(to: number, request: number, uri: string, text: string): void {
    this.send(outMessage([code.ERROR, to, request, emptyDict, uri], Payload.ofValues([text])));
  }

  /** Hands a callee's answer on to a caller, who gets an error where it cannot be handed on. */
  answer(request: number, message: OutMessage): void {
    if (!this.send(message)) this.sendError(code.CALL, request, errorUri.payloadSize, untransportable);
  }
}

/** Details of HELLO that matter: `roles.callee.features`. */
export function featuresOf(details: Dict): Features {
  const callee = dictIn(dictIn(dictIn(details, 'roles'), 'callee'), 'features');
  return {
    cancelable: callee['call_canceling'] === true,
    progressiveCallee: callee['progressive_call_results'] === true,
    revocation: callee['registration_revocation'] === true,
  };
}

export function dictIn(dict: Dict, key: string): Dict {
  const value = dict[key];
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Dict) : emptyDict;
}
