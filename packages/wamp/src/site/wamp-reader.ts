import {
  type Catalog,
  checkReadQuery,
  checkReduceQuery,
  type Chunk,
  type FollowQuery,
  type Gap,
  type NodeHealth,
  type Reader,
  type ReadQuery,
  reduceByReading,
  type Reduced,
  type ReduceQuery,
  type TimeRange,
} from '@sisock/core';
import { type NodeFeature, type NodeProcedure, ticketFeature } from '../uri.js';
import type { Dict } from '../wire/check.js';
import { decodeCatalog } from '../wire/catalog-answer.js';
import { decodeChunk, decodeReduced } from '../wire/data-answers.js';
import { decodeHealth } from '../wire/health-answer.js';
import { catalogRequest, readRequest, reduceRequest } from '../wire/requests.js';
import { followLive } from './follow-live.js';
import { followByReading, ReadOn } from './follow.js';
import { LiveLeases } from './live-leases.js';
import { type NodeCallOptions, NodeCalls } from './node-calls.js';
import { OriginalReader } from './original-reader.js';

/**
 * A data node over WAMP: by our procedures where its features name them, by the original's where not. `follow`
 * listens to a live topic, or reads on at an interval where the node has none.
 */
export class WampReader implements Reader {
  readonly health?: (signal?: AbortSignal) => Promise<NodeHealth>;
  readonly #calls: NodeCalls;
  readonly #original: OriginalReader;
  readonly #leases: LiveLeases;
  readonly #features: ReadonlySet<string>;

  constructor(node: string, features: readonly string[], options: NodeCallOptions) {
    this.#calls = new NodeCalls(node, options);
    this.#original = new OriginalReader(this.#calls);
    this.#leases = new LiveLeases(this.#calls);
    this.#features = new Set(features);
    if (this.#has('health')) this.health = (signal) => this.#health(signal);
  }

  async catalog(range: TimeRange, signal?: AbortSignal): Promise<Catalog> {
    // Without our read, timelines are not shared, whatever the node says.
    if (!this.#has('catalog') || !this.#has('read')) return this.#original.catalog(range, signal);
    const answer = await this.#call('catalog', catalogRequest(range), signal);
    return this.#calls.decode(() => decodeCatalog(answer));
  }

  async read(query: ReadQuery, signal?: AbortSignal): Promise<Chunk> {
    if (!this.#has('catalog') || !this.#has('read')) return this.#original.read(query, signal);
    checkReadQuery(query);
    const answer = await this.#call('read', readRequest(query, this.#calls.encoding), signal);
    return this.#calls.decode(() => decodeChunk(answer, query));
  }

  async reduce(query: ReduceQuery, signal?: AbortSignal): Promise<Reduced> {
    if (!this.#has('catalog') || !this.#has('read')) return this.#original.reduce(query, signal);
    checkReduceQuery(query);
    if (!this.#has('reduce')) return reduceByReading(this, query, signal);
    const answer = await this.#call('reduce', reduceRequest(query, this.#calls.encoding), signal);
    return this.#calls.decode(() => decodeReduced(answer, query));
  }

  follow(query: FollowQuery, signal: AbortSignal): AsyncIterable<Chunk | Gap> {
    const { followPollMs, clock } = this.#calls.options;
    const readOn = new ReadOn(this, query, clock);
    if (!this.#has('follow') || !this.#has('catalog') || !this.#has('read')) {
      return followByReading(readOn, query.after, signal, followPollMs);
    }
    return followLive(this.#leases, readOn, this.#calls, query, signal);
  }

  async #health(signal?: AbortSignal): Promise<NodeHealth> {
    const answer = await this.#calls.call('health', [], signal);
    return this.#calls.decode(() => decodeHealth(answer));
  }

  /** With a ticket where there is a signal that may end it. */
  #call(procedure: NodeProcedure, request: Dict, signal: AbortSignal | undefined): Promise<unknown> {
    const isEnding = signal !== undefined && this.#has(ticketFeature);
    return isEnding
      ? this.#calls.callWithTicket(procedure, request, signal)
      : this.#calls.call(procedure, [request], signal);
  }

  #has(feature: NodeFeature): boolean {
    return this.#features.has(feature);
  }
}
