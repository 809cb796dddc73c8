import { allTime, type Chunk, type Gap, type Reader, readAll, SisockError, toSisockError } from '@sisock/core';
import type { LiveEvent } from '@sisock/wamp';
import { chunkSize } from '../chunk-size.js';

export interface LiveTopicOptions {
  readonly reader: Reader;
  readonly timeline: string;
  /** Bytes of one event; a chunk of four times as many is not published at all. */
  readonly eventBytes: number;
  /** Resolves when there is room for more samples that wait to be published. */
  readonly room: () => Promise<void>;
  /** Told of bytes that wait (or, below zero, don't any more). */
  readonly onHeld: (bytes: number) => void;
  /** Told when following has failed. */
  readonly onFailure: (problem: string) => void;
}

/** Events to be published, with their bytes. */
export interface Taken {
  readonly event: LiveEvent;
  readonly bytes: number;
}

/**
 * The samples of one timeline as they arrive, with all fields it had when this began, waiting to be published. Where a
 * chunk leads to is a boundary: who has everything up to one can go on with what follows.
 */
export class LiveTopic {
  readonly timeline: string;
  readonly fields: ReadonlySet<string>;
  readonly #options: LiveTopicOptions;
  readonly #controller = new AbortController();
  #pending: { readonly item: Chunk | Gap; readonly bytes: number }[] = [];
  #position: string;
  #before: string;
  #next = 0;

  private constructor(options: LiveTopicOptions, fields: readonly string[], position: string) {
    this.#options = options;
    this.timeline = options.timeline;
    this.fields = new Set(fields);
    this.#position = position;
    this.#before = position;
  }

  /** Begins behind what is there now. @throws SisockError `unknown_timeline`, and what the reader throws */
  static async open(options: LiveTopicOptions, signal: AbortSignal): Promise<LiveTopic> {
    const { reader, timeline } = options;
    const known = (await reader.catalog(allTime, signal)).timelines.get(timeline);
    const fields = known?.fields ?? [];
    let position = '';
    const range = { start: known?.extent?.end ?? -Infinity, end: Infinity };
    for await (const chunk of readAll(reader, { timeline, fields, range }, signal)) position = chunk.cursor;
    if (position === '') throw new SisockError('bad_data', `reading ${JSON.stringify(timeline)} gives no cursor`);
    const topic = new LiveTopic(options, fields, position);
    void topic.#pull();
    return topic;
  }

  /** The boundary that it has come to. */
  get position(): string {
    return this.#position;
  }

  /** Number of the event that goes on from `position`. */
  get next(): number {
    return this.#next;
  }

  get isWaiting(): boolean {
    return this.#pending.length > 0;
  }

  /** What waits, as events of about the bytes of one. Their boundaries stay good, whether they are published or not. */
  take(): Taken[] {
    const taken: Taken[] = [];
    const { eventBytes } = this.#options;
    let items: (Chunk | Gap)[] = [];
    let bytes = 0;
    const end = () => {
      if (items.length > 0) taken.push({ event: { seq: this.#next++, before: this.#before, items }, bytes });
      for (const item of items) if (!('gap' in item)) this.#before = item.cursor;
      items = [];
      bytes = 0;
    };
    for (const { item, bytes: size } of this.#pending.splice(0)) {
      this.#options.onHeld(-size);
      if (size > 4 * eventBytes) {
        end();
        taken.push({ event: this.lost(), bytes: 0 });
        if (!('gap' in item)) this.#before = item.cursor;
        continue;
      }
      if (bytes + size > eventBytes) end();
      items.push(item);
      bytes += size;
    }
    end();
    return taken;
  }

  /** The event that says: go on by asking. */
  lost(): LiveEvent {
    return { seq: this.#next++, lost: true };
  }

  close(): void {
    this.#controller.abort();
    for (const { bytes } of this.#pending.splice(0)) this.#options.onHeld(-bytes);
  }

  async #pull(): Promise<void> {
    const { signal } = this.#controller;
    const { reader, timeline, room, onHeld, onFailure } = this.#options;
    try {
      const query = { timeline, fields: [...this.fields], after: this.#position };
      for await (const item of reader.follow!(query, signal)) {
        if (signal.aborted) return;
        const bytes = 'gap' in item ? 100 : chunkSize(item);
        this.#pending.push({ item, bytes });
        if (!('gap' in item)) this.#position = item.cursor;
        onHeld(bytes);
        await room();
      }
      if (!signal.aborted) onFailure('following ended');
    } catch (thrown) {
      if (!signal.aborted) onFailure(toSisockError(thrown).message);
    }
  }
}
