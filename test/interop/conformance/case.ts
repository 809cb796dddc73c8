import { until } from '../peers/until.js';
import { Refusal } from './peer.js';
import type { Language, Payload, Peer, SeenEvent, Serializer, Subscribed } from './peer.js';

/** Who takes part in a case: `a` and `c` speak one language, `b` the other. */
export type Who = 'a' | 'b' | 'c';

/** What a case works with. Everything that it joins is left at its end. */
export interface Stage {
  readonly router: 'crossbar' | 'embedded';
  readonly wsUrl: string;
  readonly httpUrl: string;
  readonly realm: string;
  readonly serializer: Serializer;
  /** A URI of this case alone, under `test.`. */
  uri(rest: string): string;
  language(who: Who): Language;
  /** Joins as a user of the set-up (default `tester`; `anonymous`: without authentication). */
  join(
    who: Who,
    as?: string,
    options?: { serializer?: Serializer; realm?: string; secret?: string; language?: Language },
  ): Promise<Peer>;
}

export interface Case {
  readonly name: string;
  /** Acts, and gives what was seen as plain data. */
  run(t: Stage): Promise<unknown>;
  /** Compared by `toEqual`. */
  readonly expect: unknown;
  /** Where Crossbar is known to differ: what it does instead, and why that is no reason for us to do so. */
  readonly crossbar?: { readonly expect: unknown; readonly because: string };
}

/** The URI of the error that the promise ends with, or what it resolved to. */
export async function refused(outcome: Promise<unknown>): Promise<string> {
  try {
    return `not refused: ${JSON.stringify(await outcome)}`;
  } catch (e) {
    if (e instanceof Refusal) return e.uri;
    throw e;
  }
}

/** As `refused`; or, where the session ends over it and the library leaves the request open, that it did. */
export const refusedOrGone = (peer: Peer, outcome: Promise<unknown>): Promise<string> =>
  refused(Promise.race([outcome, peer.left.then(() => 'session ended')]));

/** What a case in which a session ends sees from `refusedOrGone`. */
export const gone = 'not refused: "session ended"';

/** The whole error that the promise ends with. */
export async function refusal(outcome: Promise<unknown>): Promise<unknown> {
  try {
    return { unexpectedly: await outcome };
  } catch (e) {
    if (e instanceof Refusal) return { uri: e.uri, args: e.args, kwargs: e.kwargs };
    throw e;
  }
}

/** Waits until a subscription has seen `count` events; gives their payloads. */
export async function events(subscription: Subscribed, count: number): Promise<Payload[]> {
  await until(`${count} events (have ${subscription.seen.length})`, () => subscription.seen.length >= count);
  return subscription.seen.map(payload);
}

export const payload = ({ args, kwargs }: Payload): Payload => ({ args, kwargs });
export const firstArgs = (seen: readonly Payload[]): unknown[] => seen.map((s) => s.args[0]);
export const topics = (seen: readonly SeenEvent[]): string[] => seen.map((s) => s.topic);

let flushes = 0;

/**
 * Everything that `from` published before has reached `to` when this resolves: WAMP keeps the order of one publisher's
 * events to one subscriber, over all topics.
 */
export async function flush(t: Stage, from: Peer, ...to: Peer[]): Promise<void> {
  const topic = t.uri(`flush.${flushes++}`);
  const marks = await Promise.all(to.map((peer) => peer.subscribe(topic)));
  await from.publish(topic, {}, { acknowledge: true, exclude_me: false });
  await Promise.all(marks.map((mark) => events(mark, 1)));
  await Promise.all(marks.map((mark) => mark.unsubscribe()));
}
