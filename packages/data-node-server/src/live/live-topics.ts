import { randomBytes } from 'node:crypto';
import { allTime, type Reader, SisockError, toSisockError } from '@sisock/core';
import type { Logger, Metrics, Service } from '@sisock/runtime';
import {
  encodeLiveEvent,
  type Encoding,
  type FollowAnswer,
  type FollowRequest,
  liveUri,
  type ReleaseRequest,
  type WampSession,
} from '@sisock/wamp';
import type { NodeLimits } from '../limits.js';
import { catchUp } from './catch-up.js';
import { Leases } from './leases.js';
import { LiveTopic, type Taken } from './live-topic.js';

export interface LiveTopicsOptions {
  readonly session: WampSession;
  readonly name: string;
  readonly reader: Reader;
  readonly limits: NodeLimits;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Milliseconds by which leases end. */
  readonly monotonic: () => number;
}

/** A topic under way, and the id that its URIs are made of. */
interface Published {
  readonly id: string;
  readonly topic: LiveTopic;
}

/** Looking for new fields may take this part of the time, one in so many. */
const catalogShare = 10;
/** A field that no topic knows brings nothing to publish by itself, so it is looked for this often at least. */
const lookEveryMs = 1000;

/** The live topics of a node: each timeline that somebody holds a lease on is published, and no other. */
export class LiveTopics implements Service {
  readonly #options: LiveTopicsOptions;
  readonly #run = randomBytes(6).toString('hex');
  readonly #topics = new Map<string, Published>();
  readonly #opening = new Map<string, Promise<Published>>();
  readonly #leases: Leases<Published>;
  readonly #closing = new AbortController();
  readonly #published;
  #opened = 0;
  /** Bytes that wait to be published or to be acknowledged. */
  #held = 0;
  #waiting: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;
  #lastLook = -Infinity;
  #watch: Promise<Service | null> | null = null;

  constructor(options: LiveTopicsOptions) {
    this.#options = options;
    this.#leases = new Leases(options.limits.leases);
    this.#published = options.metrics.counter('sisock_node_live_events_total', 'Events of live topics, by their fate', [
      'node',
      'outcome',
    ]);
  }

  /** What `follow` answers. @throws SisockError `unknown_timeline`, `too_many` above a limit, what the reader throws */
  async follow(request: FollowRequest | ReleaseRequest, signal: AbortSignal): Promise<FollowAnswer | boolean> {
    if ('release' in request) {
      const released = this.#leases.release(request.release);
      if (released) this.#endUnused();
      return released;
    }
    const { timeline, encoding, session, after } = request;
    if (session !== undefined) await this.#watchLeaving();
    const published = await this.#open(timeline);
    const leaseSec = Math.min(request.leaseSec, this.#options.limits.leaseSec);
    const until = this.#options.monotonic() + 1000 * leaseSec;
    const lease = this.#leases.take(published, { encoding, until, session }, request.lease);
    const { id, topic } = published;
    const common = { topic: this.#uri(id, encoding), lease: lease.id, leaseSec };
    const standing = () => ({ position: topic.position, next: topic.next });
    if (after === undefined) {
      const { position: cursor, next } = standing();
      return { ...common, items: [], cursor, next };
    }
    const query = { timeline, fields: request.fields ?? [...topic.fields], after };
    const bytes = this.#options.limits.chunkBytes;
    return { ...common, ...(await catchUp(this.#options.reader, { ...query, bytes }, standing, signal)) };
  }

  /** For `health`. */
  counters(): Readonly<Record<string, number>> {
    return { leases: this.#leases.size, liveTopics: this.#topics.size };
  }

  async close(): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#timer);
    this.#leases.drop(() => true);
    this.#endUnused();
    await (await this.#watch)?.close();
  }

  async #open(timeline: string): Promise<Published> {
    const known = this.#topics.get(timeline) ?? this.#opening.get(timeline);
    if (known !== undefined) return known;
    const { topics, leases } = this.#options.limits;
    if (this.#topics.size + this.#opening.size >= topics || this.#leases.isFull) {
      const text = `${this.#topics.size} live topics and ${this.#leases.size} leases of at most ${topics} and ${leases}`;
      throw new SisockError('too_many', `${text}: no more are given, try again later`);
    }
    const opening = this.#start(timeline);
    this.#opening.set(timeline, opening);
    try {
      return await opening;
    } finally {
      this.#opening.delete(timeline);
    }
  }

  async #start(timeline: string): Promise<Published> {
    const { reader, limits, log } = this.#options;
    const topic = await LiveTopic.open(
      {
        reader,
        timeline,
        eventBytes: limits.chunkBytes,
        room: () => this.#room(),
        onHeld: (bytes) => this.#hold(bytes),
        onFailure: (problem) => {
          log.warn({ timeline, problem }, 'a live topic ended');
          this.#end(timeline);
        },
      },
      this.#closing.signal,
    );
    const published = { id: `${this.#run}_${this.#opened++}`, topic };
    if (this.#closing.signal.aborted) topic.close();
    else this.#topics.set(timeline, published);
    this.#timer ??= setTimeout(() => void this.#tick(), limits.liveBatchMs);
    return published;
  }

  /** Ends what ran out, publishes what came; goes on while there are topics. */
  async #tick(): Promise<void> {
    const now = performance.now();
    const leaseNow = this.#options.monotonic();
    this.#leases.drop(({ until }) => until <= leaseNow);
    this.#endUnused();
    let pauseMs = this.#options.limits.liveBatchMs;
    if (this.#options.session.details !== null) {
      const all = [...this.#topics.values()];
      const isDue = now - this.#lastLook >= lookEveryMs || all.some(({ topic }) => topic.isWaiting);
      if (isDue && all.length > 0) pauseMs = Math.max(pauseMs, await this.#publish(all));
    }
    this.#timer = undefined;
    if (this.#topics.size > 0 && !this.#closing.signal.aborted) {
      this.#timer = setTimeout(() => void this.#tick(), pauseMs);
    }
  }

  /** Publishes what was taken, unless a field has come that the topic does not know. Gives the least pause after it. */
  async #publish(all: readonly Published[]): Promise<number> {
    const taken = all.map((published) => ({ published, events: published.topic.take() }));
    const since = performance.now();
    this.#lastLook = since;
    let fields: (timeline: string) => readonly string[] | undefined;
    try {
      const { timelines } = await this.#options.reader.catalog(allTime, this.#closing.signal);
      fields = (timeline) => timelines.get(timeline)?.fields ?? [];
    } catch (thrown) {
      this.#options.log.debug({ reason: toSisockError(thrown).message }, 'no catalogue: live topics begin anew');
      fields = () => undefined;
    }
    const spentMs = performance.now() - since;
    for (const { published, events } of taken) {
      const { topic } = published;
      if (this.#topics.get(topic.timeline) !== published) continue;
      if (fields(topic.timeline)?.every((name) => topic.fields.has(name)) !== true) this.#end(topic.timeline);
      else for (const event of events) this.#send(published, event);
    }
    return catalogShare * spentMs;
  }

  #send(published: Published, { event, bytes }: Taken): void {
    for (const encoding of this.#leases.wanted().get(published) ?? []) {
      this.#hold(bytes);
      void this.#options.session
        .publish(this.#uri(published.id, encoding), [encodeLiveEvent(event, encoding)])
        .then(
          () => 'published',
          () => 'failed',
        )
        .then((outcome) => this.#published.inc({ node: this.#options.name, outcome }))
        .finally(() => this.#hold(-bytes));
    }
  }

  /** Ends a topic while somebody listens: they are told to ask, and get another one. */
  #end(timeline: string): void {
    const published = this.#topics.get(timeline);
    if (published === undefined) return;
    this.#topics.delete(timeline);
    published.topic.close();
    this.#send(published, { event: published.topic.lost(), bytes: 0 });
    this.#leases.drop(({ topic }) => topic === published);
  }

  #endUnused(): void {
    const used = this.#leases.wanted();
    for (const [timeline, published] of this.#topics) {
      if (used.has(published)) continue;
      this.#topics.delete(timeline);
      published.topic.close();
    }
  }

  #hold(bytes: number): void {
    this.#held += bytes;
    if (this.#held < this.#options.limits.liveBytes) for (const go of this.#waiting.splice(0)) go();
  }

  #room(): Promise<void> {
    if (this.#held < this.#options.limits.liveBytes) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #uri(id: string, encoding: Encoding): string {
    return liveUri(this.#options.name, encoding === 'json' ? `${id}_json` : id);
  }

  /** Holders that leave are told by the router; one that does not tell us leaves it to expiry. */
  async #watchLeaving(): Promise<void> {
    this.#watch ??= this.#options.session
      .subscribe('wamp.session.on_leave', ([id]) => {
        if (this.#leases.drop(({ session }) => session === id)) this.#endUnused();
      })
      .catch((thrown: unknown) => {
        this.#options.log.info({ reason: toSisockError(thrown).message }, 'leases end by expiry alone');
        return null;
      });
    await this.#watch;
  }
}
