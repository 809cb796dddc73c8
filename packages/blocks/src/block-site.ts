import type { Clock, NodeInfo, Reader, Site, SiteEvent, SiteStatus } from '@sisock/core';
import type { Service } from '@sisock/runtime';
import type { BlockCache } from './block-cache.js';
import { BlockReader } from './block-reader.js';
import { LearnedFinality } from './learned-finality.js';

/** A node answers for as many fields with one call: they must be asked for at the same time. */
const atOnce = 32;

interface Wrapped {
  readonly inner: Reader;
  readonly reader: BlockReader;
}

/**
 * A Site whose nodes that can't reduce by themselves (the original's) get blocks here, in memory. Nodes of ours keep blocks
 * where the data are.
 */
export class BlockSite implements Site, Service {
  readonly #site: Site;
  readonly #cache: BlockCache;
  readonly #clock: Clock;
  readonly #wrapped = new Map<string, Wrapped>();

  constructor(site: Site, cache: BlockCache, clock: Clock) {
    this.#site = site;
    this.#cache = cache;
    this.#clock = clock;
  }

  nodes(): readonly NodeInfo[] {
    return this.#site.nodes();
  }

  reader(node: string): Reader {
    const inner = this.#site.reader(node);
    const features = this.#site.nodes().find(({ name }) => name === node)?.features ?? [];
    if (features.includes('reduce')) return inner;
    const known = this.#wrapped.get(node);
    if (known?.inner === inner) return known.reader;
    // A node that came anew has nothing to do with its former self.
    void known?.reader.close();
    const learned = new LearnedFinality(inner, this.#clock);
    const reader = new BlockReader({
      ...{ reader: learned, cache: this.#cache, clock: this.#clock, atOnce },
      truth: (timeline, fields, signal) => learned.truth(timeline, fields, signal),
    });
    this.#wrapped.set(node, { inner, reader });
    return reader;
  }

  status(signal?: AbortSignal): Promise<SiteStatus> {
    return this.#site.status(signal);
  }

  events(signal: AbortSignal): AsyncIterable<SiteEvent> {
    return this.#site.events(signal);
  }

  connected(): boolean {
    return this.#site.connected();
  }

  /** Forgets all blocks. The site beneath stays. */
  async close(): Promise<void> {
    await Promise.all([...this.#wrapped.values()].map(({ reader }) => reader.close()));
    this.#wrapped.clear();
  }
}
