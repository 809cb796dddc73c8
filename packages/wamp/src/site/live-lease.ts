import { SisockError } from '@sisock/core';
import type { Service } from '@sisock/runtime';
import { decodeFollowAnswer, type FollowAnswer, followRequest, weightOf } from '../wire/live.js';
import type { LiveQueue } from './live-queue.js';
import type { NodeCalls } from './node-calls.js';

const leaseSec = 30;
/** Renewed this often within its time: one call may fail. */
const renewals = 3;
/** An event that was published before an answer may come that much after it. */
const lateMs = 2000;

const nothing: ReadonlySet<string> = new Set();

/** A lease on one timeline of a node and the subscription that goes with it, shared by all who follow it here. */
export class LiveLease {
  readonly #calls: NodeCalls;
  readonly #timeline: string;
  readonly #queues = new Set<LiveQueue>();
  #held: { readonly topic: string; readonly subscription: Service } | null = null;
  #lease: string | undefined;
  #taking: Promise<void> | null = null;
  #renewal: NodeJS.Timeout | undefined;
  #check: NodeJS.Timeout | undefined;
  /** Number of the newest event heard on the topic. */
  #newest = -1;
  #leaseMs = 1000 * leaseSec;
  #closed = false;

  constructor(calls: NodeCalls, timeline: string) {
    this.#calls = calls;
    this.#timeline = timeline;
  }

  get followers(): number {
    return this.#queues.size;
  }

  join(queue: LiveQueue): void {
    this.#queues.add(queue);
  }

  leave(queue: LiveQueue): void {
    this.#queues.delete(queue);
  }

  /**
   * What lies between `after` (or now, where it is empty) and an event of the topic. The subscription stands before the
   * node is asked, so no event between the two is missed.
   */
  async align(fields: readonly string[], after: string, signal: AbortSignal): Promise<FollowAnswer> {
    for (let attempt = 0; attempt < 3; attempt++) {
      if (this.#held === null) await (this.#taking ??= this.#take().finally(() => (this.#taking = null)));
      const held = this.#held;
      const answer = await this.#ask({ fields, ...(after !== '' && { after }) }, new Set(fields), signal);
      if (answer.topic === held?.topic && this.#held === held) return answer;
      await this.#lose();
    }
    throw new SisockError('unavailable', `the live topic of ${JSON.stringify(this.#timeline)} changes all the time`);
  }

  /** Whoever follows has to align again; the topic is given up. */
  break(): void {
    void this.#lose();
    for (const queue of this.#queues) queue.break();
  }

  /** Ends the lease; nobody may follow any more. */
  async close(): Promise<void> {
    this.#closed = true;
    const lease = this.#lease;
    await this.#lose();
    if (lease === undefined) return;
    await this.#calls.call('follow', [followRequest({ release: lease })]).catch(() => undefined);
  }

  /** Takes a lease to learn the topic, then subscribes to it. */
  async #take(): Promise<void> {
    const { topic } = await this.#ask({}, nothing);
    this.#newest = -1;
    const listener = ([event]: readonly unknown[]) => this.#heard(topic, event);
    const subscription = await this.#calls.options.session.subscribe(topic, listener);
    this.#held = { topic, subscription };
    if (this.#closed) await this.#lose();
    else this.#renewLater();
  }

  async #ask(
    wanted: { readonly after?: string; readonly fields?: readonly string[] },
    fields: ReadonlySet<string>,
    signal?: AbortSignal,
  ): Promise<FollowAnswer> {
    const { encoding, options } = this.#calls;
    const session = options.session.details?.sessionId;
    const request = followRequest({
      timeline: this.#timeline,
      ...wanted,
      ...(this.#lease !== undefined && { lease: this.#lease }),
      leaseSec,
      ...(session !== undefined && { session }),
      encoding,
    });
    const wire = await this.#calls.call('follow', [request], signal);
    const answer = this.#calls.decode(() => decodeFollowAnswer(wire, fields));
    this.#lease = answer.lease;
    this.#leaseMs = 1000 * Math.max(1, answer.leaseSec);
    return answer;
  }
  #renewLater(): void {
    clearTimeout(this.#renewal);
    this.#renewal = setTimeout(() => void this.#renew(), this.#leaseMs / renewals);
  }

  /** Also asks how far the topic has come: an event that was lost on the way is noticed though none comes after it. */
  async #renew(): Promise<void> {
    const held = this.#held;
    try {
      const { topic, next } = await this.#ask({}, nothing);
      if (this.#held !== held || held === null) return;
      if (topic !== held.topic) return this.break();
      this.#renewLater();
      if (next === null || next === 0 || this.#newest >= next - 1) return;
      clearTimeout(this.#check);
      this.#check = setTimeout(() => this.#newest < next - 1 && this.#held === held && this.break(), lateMs);
    } catch {
      if (this.#held === held) this.break();
    }
  }

  #heard(topic: string, event: unknown): void {
    if (this.#held !== null && this.#held.topic !== topic) return;
    const { seq } = (event ?? {}) as { seq?: unknown };
    if (typeof seq === 'number' && seq > this.#newest) this.#newest = seq;
    const weight = weightOf(event);
    for (const queue of this.#queues) queue.push(event, weight);
  }

  async #lose(): Promise<void> {
    clearTimeout(this.#renewal);
    clearTimeout(this.#check);
    const held = this.#held;
    this.#held = null;
    await held?.subscription.close();
  }
}
