import { type HkProvider, writeHk } from '@sisock/codecs/g3';
import { type FeedBlock, parseEvent } from '@sisock/data-feed-server';
import { aggregatorParams } from './agg-params.js';
import type { BlockToWrite } from './block-buffer.js';
import { Provider } from './provider.js';
import { RotatingWriter, type WriterOptions } from './rotating-writer.js';

export interface AggregatorOptions extends WriterOptions {
  readonly description?: string;
  /** Feeds (of one run of their agent each) that are kept at a time. */
  readonly maxProviders?: number;
}

/** What became of events. A sample is one row of a block. */
export interface AggregatorCounts {
  samples: number;
  frames: number;
  /** Messages without blocks, of feeds that are not recorded, or of too many feeds. */
  ignored: number;
}

/** Largest UNIX time that fits into ticks of 10 ns. */
const latest = 9e10;

/** OCS's housekeeping aggregator: events of feeds in, g3 frames out. Driven by {@link tick}; one at a time. */
export class Aggregator {
  readonly counts: AggregatorCounts = { samples: 0, frames: 0, ignored: 0 };
  readonly writer: RotatingWriter;
  readonly #sessionId: bigint;
  readonly #maxProviders: number;
  readonly #providers = new Map<string, Provider>();
  #nextId = 0n;
  #providersChanged = false;

  /** `sessionId` as OCS makes it: 32 bits of UNIX seconds before 28 of chance. */
  constructor(sessionId: bigint, startTime: number, options: AggregatorOptions) {
    const { description = 'HK data', maxProviders = 10_000 } = options;
    this.#sessionId = sessionId;
    this.#maxProviders = maxProviders;
    this.writer = new RotatingWriter(writeHk({ kind: 'session', sessionId, startTime, description }), options);
  }

  /** Takes the arguments of an event of a feed, `[[message, feed information]]`. Whatever comes, it goes on. */
  accept(args: readonly unknown[], topic: string | undefined, now: number): void {
    const read = recorded(args, topic);
    const provider = read && this.#provider(read.address, read.sessionId, args, now);
    if (!provider) {
      this.counts.ignored++;
      return;
    }
    this.counts.samples += provider.add(read.blocks, now);
  }

  /** Turns what is due into frames (everything when `everything`) and writes them. */
  async tick(now: number, everything = false): Promise<void> {
    if (this.#providersChanged) this.#pushStatus(now);
    for (const [key, provider] of this.#providers) {
      const silent = provider.isSilent(now);
      for (const blocks of provider.frames(now, everything || silent)) this.#pushData(provider, blocks, now);
      if (!silent) continue;
      this.#providers.delete(key);
      this.#providersChanged = true;
    }
    await this.writer.flush(now);
  }

  /** Writes everything and closes the file. */
  async close(now: number): Promise<void> {
    await this.tick(now, true);
    await this.writer.close(now);
  }

  #provider(address: string, sessionId: string, args: readonly unknown[], now: number): Provider | null {
    const key = `${address}\n${sessionId}`;
    const known = this.#providers.get(key);
    if (known) return known;
    const params = aggregatorParams(args);
    if (params.excluded || this.#providers.size >= this.#maxProviders) return null;
    const provider = new Provider(this.#nextId++, address, sessionId, params, now);
    this.#providers.set(key, provider);
    this.#providersChanged = true;
    return provider;
  }

  #pushStatus(now: number): void {
    const providers: HkProvider[] = [...this.#providers.values()].map(({ id, address }) => ({
      id,
      description: address,
    }));
    const bytes = writeHk({ kind: 'status', sessionId: this.#sessionId, timestamp: now, providers });
    this.writer.push({ kind: 'status', bytes });
    this.#providersChanged = false;
  }

  #pushData({ id, address, sessionId }: Provider, blocks: readonly BlockToWrite[], now: number): void {
    const bytes = writeHk({
      kind: 'data',
      sessionId: this.#sessionId,
      providerId: id,
      timestamp: now,
      address,
      providerSessionId: sessionId,
      blocks,
    });
    this.writer.push({ kind: 'data', bytes });
    this.counts.frames++;
  }
}

/** The samples of an event; null where there are none, or it is none of a recorded feed. */
function recorded(args: readonly unknown[], topic: string | undefined) {
  try {
    const event = parseEvent(args, topic);
    if (event.kind !== 'samples') return null;
    const blocks: readonly FeedBlock[] = event.blocks.filter(({ t }) => t.every((x) => Math.abs(x) < latest));
    if (blocks.length === 0) return null;
    return { address: event.feed.address, sessionId: event.feed.sessionId ?? '', blocks };
  } catch {
    // What is no event of a feed is named by the data-feed node, which gets it too.
    return null;
  }
}
