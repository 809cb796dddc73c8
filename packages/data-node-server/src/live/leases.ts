import { randomBytes } from 'node:crypto';
import { SisockError } from '@sisock/core';
import type { Encoding } from '@sisock/wamp';

/** Somebody who wants a topic to be published, in one encoding, until a time. */
export interface Lease<Topic> {
  readonly id: string;
  readonly topic: Topic;
  readonly encoding: Encoding;
  /** By the node's monotonic clock, ms. */
  readonly until: number;
  readonly session: number | undefined;
}

/** All leases of a node. */
export class Leases<Topic> {
  readonly #leases = new Map<string, Lease<Topic>>();
  readonly #most: number;
  #wanted: Map<Topic, Set<Encoding>> | null = null;

  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#leases.size;
  }

  /** True when one more is refused. */
  get isFull(): boolean {
    return this.#leases.size >= this.#most;
  }

  /** Renews the lease, where it still is one of that topic; else gives a new one. @throws SisockError `too_many` */
  take(topic: Topic, wanted: Omit<Lease<Topic>, 'id' | 'topic'>, id: string | undefined): Lease<Topic> {
    const former = id === undefined ? undefined : this.#leases.get(id);
    const renews = former?.topic === topic;
    if (!renews && this.isFull) {
      throw new SisockError('too_many', `${this.#leases.size} leases are held, no more are given: try again later`);
    }
    const lease = { ...wanted, topic, id: renews ? former.id : randomBytes(12).toString('hex') };
    this.#leases.set(lease.id, lease);
    if (!renews || former.encoding !== wanted.encoding) this.#wanted = null;
    return lease;
  }

  /** The topics that are wanted, each with its encodings. */
  wanted(): ReadonlyMap<Topic, ReadonlySet<Encoding>> {
    if (this.#wanted !== null) return this.#wanted;
    this.#wanted = new Map<Topic, Set<Encoding>>();
    for (const { topic, encoding } of this.#leases.values()) {
      const encodings = this.#wanted.get(topic);
      if (encodings === undefined) this.#wanted.set(topic, new Set([encoding]));
      else encodings.add(encoding);
    }
    return this.#wanted;
  }

  release(id: string): boolean {
    return this.drop((lease) => lease.id === id);
  }

  /** True when there was one. */
  drop(which: (lease: Lease<Topic>) => boolean): boolean {
    const before = this.#leases.size;
    for (const lease of this.#leases.values()) if (which(lease)) this.#leases.delete(lease.id);
    const dropped = this.#leases.size < before;
    if (dropped) this.#wanted = null;
    return dropped;
  }
}
