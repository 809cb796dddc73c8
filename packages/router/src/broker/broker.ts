import { globalId } from '../ids.js';
import {
  code,
  type Dict,
  matches,
  type Match,
  type RemoveMessage,
  type RequestMessage,
  type EnterMessage,
} from '../messages.js';
import { PatternIndex } from '../pattern-index.js';
import type { RealmContext } from '../realm.js';
import type { Session } from '../session.js';
import { errorUri, isReserved, isUri } from '../uris.js';
import { outMessage } from '../wire/codec.js';
import type { Payload } from '../wire/payload.js';
import { emptyDict } from '../wire/value.js';
import { audienceOf } from './audience.js';
import type { Subscription } from './subscription.js';

/** Publish and subscribe of one realm. */
export class Broker {
  readonly index = new PatternIndex<Subscription>();
  readonly byId = new Map<number, Subscription>();
  private lastId = 0;
  private readonly realm: RealmContext;

  constructor(realm: RealmContext) {
    this.realm = realm;
  }

  subscribe(session: Session, { request, options, uri }: EnterMessage): void {
    const fail = (error: string, text: string): void => session.sendError(code.SUBSCRIBE, request, error, text);
    const match = (options['match'] ?? 'exact') as Match;
    if (!matches.includes(match)) return fail(errorUri.invalidArgument, `match is not one of ${matches.join(', ')}`);
    if (!isUri(uri, match)) return fail(errorUri.invalidUri, `"${uri}" is no topic for match ${match}`);
    if (!this.realm.allowed(session, 'subscribe', uri, match)) {
      return fail(errorUri.notAuthorized, `role ${session.identity.authrole} may not subscribe to "${uri}"`);
    }
    const known = this.index.get(uri, match);
    if (known?.subscribers.has(session) !== true && session.subscriptions.size >= this.realm.limits.maxSubscriptions) {
      return fail(errorUri.unavailable, `more than ${this.realm.limits.maxSubscriptions} subscriptions`);
    }
    // A second SUBSCRIBE for the same topic gives the same subscription (WAMP specification, "Subscribing and Unsubscribing").
    const subscription = known ?? this.create(uri, match);
    const fresh = !subscription.subscribers.has(session);
    subscription.subscribers.add(session);
    session.subscriptions.set(subscription.id, subscription);
    session.send(outMessage([code.SUBSCRIBED, request, subscription.id]));
    if (known === undefined) {
      this.realm.meta('wamp.subscription.on_create', () => [session.id, subscriptionDetails(subscription)]);
    }
    if (fresh) this.realm.meta('wamp.subscription.on_subscribe', () => [session.id, subscription.id]);
  }

  unsubscribe(session: Session, { request, id }: RemoveMessage): void {
    const subscription = session.subscriptions.get(id);
    if (subscription === undefined) {
      session.sendError(
        code.UNSUBSCRIBE,
        request,
        errorUri.noSuchSubscription,
        `no subscription ${id} of this session`,
      );
      return;
    }
    session.send(outMessage([code.UNSUBSCRIBED, request]));
    this.leave(session, subscription);
  }

  publish(session: Session, { request, options, uri, payload }: RequestMessage): void {
    // Without acknowledgement errors are not told (WAMP specification, "Publishing and Events").
    const acknowledge = options['acknowledge'] === true;
    const fail = (error: string, text: string): void => {
      if (acknowledge) session.sendError(code.PUBLISH, request, error, text);
    };
    if (!isUri(uri, 'exact') || isReserved(uri)) return fail(errorUri.invalidUri, `"${uri}" is no topic to publish to`);
    const permission = this.realm.allowed(session, 'publish', uri, 'exact');
    if (permission === undefined) {
      return fail(errorUri.notAuthorized, `role ${session.identity.authrole} may not publish to "${uri}"`);
    }
    const publication = globalId();
    if (acknowledge) session.send(outMessage([code.PUBLISHED, request, publication]));
    const disclosed = options['disclose_me'] === true || permission.disclose?.publisher === true;
    this.dispatch(uri, publication, options, payload, session, disclosed);
  }

  /** An event of the router's own. */
  announce(uri: string, payload: Payload): void {
    this.dispatch(uri, globalId(), emptyDict, payload, undefined, false);
  }

  hears(uri: string): boolean {
    return this.index.all(uri).length > 0;
  }

  /** Drops all that a session that ended held. */
  forget(session: Session): void {
    for (const subscription of session.subscriptions.values()) this.leave(session, subscription);
  }

  private dispatch(
    uri: string,
    publication: number,
    options: Dict,
    payload: Payload | undefined,
    publisher: Session | undefined,
    disclosed: boolean,
  ): void {
    const subscriptions = this.index.all(uri);
    if (subscriptions.length === 0) return;
    const audience = audienceOf(options, publisher);
    for (const { id, match, subscribers } of subscriptions) {
      const details = eventDetails(match === 'exact' ? undefined : uri, disclosed ? publisher : undefined);
      const event = outMessage([code.EVENT, id, publication, details], payload);
      for (const subscriber of subscribers) if (audience?.(subscriber) !== false) subscriber.send(event);
    }
  }

  private create(uri: string, match: Match): Subscription {
    const created = this.realm.now();
    const subscription = { id: ++this.lastId, uri, match, created, subscribers: new Set<Session>() };
    this.index.add(uri, match, subscription);
    this.byId.set(subscription.id, subscription);
    return subscription;
  }

  private leave(session: Session, subscription: Subscription): void {
    const { id, uri, match, subscribers } = subscription;
    session.subscriptions.delete(id);
    subscribers.delete(session);
    this.realm.meta('wamp.subscription.on_unsubscribe', () => [session.id, id]);
    if (subscribers.size > 0) return;
    this.index.remove(uri, match);
    this.byId.delete(id);
    this.realm.meta('wamp.subscription.on_delete', () => [session.id, id]);
  }
}

/** WAMP specification, "Pattern-based Subscriptions": `topic` is told where the subscription does not say it. */
function eventDetails(topic: string | undefined, publisher: Session | undefined): Dict {
  if (topic === undefined && publisher === undefined) return emptyDict;
  return {
    ...(topic !== undefined && { topic }),
    ...(publisher && {
      publisher: publisher.id,
      publisher_authid: publisher.identity.authid,
      publisher_authrole: publisher.identity.authrole,
    }),
  };
}

/** As the meta API tells a subscription. */
export function subscriptionDetails({ id, uri, match, created }: Subscription): Dict {
  return { id, created: new Date(created * 1000).toISOString(), uri, match };
}
