import type { Service } from '@sisock/runtime';
import { hubUris } from '../uri.js';
import { LiveLease } from './live-lease.js';
import type { LiveQueue } from './live-queue.js';
import type { NodeCalls } from './node-calls.js';
import { decodeNode } from './node-list.js';

/** The leases that this process holds on timelines of one node, one a timeline however many follow it. */
export class LiveLeases {
  readonly #calls: NodeCalls;
  readonly #leases = new Map<string, LiveLease>();
  #watching: Promise<readonly Service[]> | null = null;

  constructor(calls: NodeCalls) {
    this.#calls = calls;
  }

  join(timeline: string, queue: LiveQueue): LiveLease {
    let lease = this.#leases.get(timeline);
    if (lease === undefined) {
      lease = new LiveLease(this.#calls, timeline);
      this.#leases.set(timeline, lease);
    }
    lease.join(queue);
    this.#watching ??= this.#watch();
    return lease;
  }

  /** The last follower ends the lease; that the node learns of it is not waited for. */
  leave(timeline: string, lease: LiveLease, queue: LiveQueue): void {
    lease.leave(queue);
    if (lease.followers > 0) return;
    this.#leases.delete(timeline);
    const watching = this.#leases.size === 0 ? this.#watching : null;
    if (watching !== null) this.#watching = null;
    void lease.close();
    void watching?.then((services) => Promise.all(services.map((service) => service.close())));
  }

  /** The loss of our session or of the node's ends what topics we had: who follows goes on by asking at once. */
  async #watch(): Promise<readonly Service[]> {
    const { session } = this.#calls.options;
    const breakAll = () => this.#leases.forEach((lease) => lease.break());
    const announced = ([wire]: readonly unknown[]) => {
      if (decodeNode(wire)?.name === this.#calls.node) breakAll();
    };
    const stop = session.onLeave(breakAll);
    const hub = await Promise.all(
      [hubUris.added, hubUris.subtracted].map((topic) => session.subscribe(topic, announced).catch(() => null)),
    );
    return [{ close: async () => stop() }, ...hub.filter((service) => service !== null)];
  }
}
