import { type Chunk, type Gap, SisockError } from '@sisock/core';
import { fieldJson } from '../api/field-json.js';
import type { BridgeContext } from '../context.js';
import { reportNodeFailure } from '../http/partial.js';
import { type Group, groupFields, timelineKey } from '../plan/groups.js';
import { askCatalogs, type KnownField, resolveName } from '../plan/resolve.js';
import type { SiteView } from '../site/view.js';
import { errorMessage, gapMessage, samplesMessages } from './encode.js';
import { type Feed, startFeed } from './feed.js';
import type { Subscribe } from './messages.js';
import type { Outbox } from './outbox.js';

interface Client {
  readonly outbox: Outbox;
  readonly view: SiteView;
  readonly context: BridgeContext;
  /** Fires when the client is gone. */
  readonly signal: AbortSignal;
}

interface Found {
  readonly fields: readonly { readonly name: string; readonly field: KnownField }[];
  readonly notices: readonly object[];
  readonly lacking: readonly string[];
}

/** What one live client follows: a feed a timeline. */
export class Subscription {
  readonly #client: Client;
  /** By `node::timeline`. */
  readonly #feeds = new Map<string, Feed>();
  /** Where timelines go on that are not followed now, by the same. */
  readonly #cursors = new Map<string, string>();
  #asked: Subscribe | undefined;
  /** Names that stand for nothing now. */
  #lacking: readonly string[] = [];

  constructor(client: Client) {
    this.#client = client;
  }

  /** True while something that was asked for is not there. */
  get isLacking(): boolean {
    return this.#lacking.length > 0;
  }

  /** Follows what is asked for, and nothing else any more. @throws SisockError `too_large` for too many fields. */
  async replace(asked: Subscribe): Promise<void> {
    const most = this.#client.context.limits.liveFields;
    if (asked.names.length > most) {
      throw new SisockError('too_large', `${asked.names.length} fields are more than the ${most} allowed`);
    }
    const found = await this.#find(asked);
    this.#asked = asked;
    this.#cursors.clear();
    for (const [key, cursor] of asked.cursors) {
      this.#feeds.get(key)?.stop();
      this.#feeds.delete(key);
      this.#cursors.set(key, cursor);
    }
    await this.#take(found, asked);
  }

  /** Looks for what was not there; the client is told where that changed something. */
  async lookAgain(): Promise<void> {
    if (this.#asked === undefined) return;
    const found = await this.#find(this.#asked);
    if (!sameNames(found.lacking, this.#lacking)) await this.#take(found, this.#asked);
  }

  stop(): void {
    for (const feed of this.#feeds.values()) feed.stop();
    this.#feeds.clear();
  }

  async #find({ names }: Subscribe): Promise<Found> {
    const { view, signal } = this.#client;
    const catalogs = await askCatalogs(view, names, signal);
    const fields: { name: string; field: KnownField }[] = [];
    const notices: { readonly field: string; readonly code: string; readonly message: string }[] = [];
    for (const name of new Set(names)) {
      const resolved = resolveName(view, catalogs, name);
      if ('field' in resolved) fields.push(resolved);
      else notices.push({ field: name, code: resolved.error.code, message: resolved.error.message });
    }
    return { fields, notices, lacking: notices.map((notice) => notice.field) };
  }

  async #take({ fields, notices, lacking }: Found, { since }: Subscribe): Promise<void> {
    const { outbox, signal } = this.#client;
    const groups = new Map(
      groupFields(fields.map((one) => one.field)).map((g) => [timelineKey(g.node, g.timeline), g]),
    );
    for (const [key, feed] of this.#feeds) {
      const group = groups.get(key);
      if (group && sameNames(group.fields, feed.fields)) continue;
      feed.stop();
      this.#feeds.delete(key);
      const cursor = feed.cursor();
      if (cursor !== undefined) this.#cursors.set(key, cursor);
    }
    this.#lacking = lacking;
    const list = fields.map(({ name, field }) => ({ asked: name, ...fieldJson(field) }));
    await outbox.send(JSON.stringify({ type: 'subscribed', fields: list, notices }));
    for (const [key, group] of groups) {
      if (this.#feeds.has(key) || signal.aborted) continue;
      this.#feeds.set(key, this.#follow(key, group, this.#cursors.get(key), since));
      this.#cursors.delete(key);
    }
  }

  #follow(key: string, group: Group, cursor: string | undefined, since: number | undefined): Feed {
    const { outbox, view, context } = this.#client;
    const { limits } = context;
    const { node, timeline, fields } = group;
    return startFeed({
      node,
      timeline,
      fields,
      cursor,
      since,
      reader: () => view.reader(node),
      clock: context.clock,
      chunkRows: limits.liveRows,
      pollMs: limits.livePollMs,
      deadlineMs: limits.nodeDeadlineMs,
      onPiece: (piece) => this.#tellPiece(piece, node, key),
      onError: async (error) => {
        // A client that went away is nobody's failure.
        if (error.code !== 'cancelled') reportNodeFailure(context, node, error, { route: 'live' });
        await outbox.send(errorMessage(error, key)).catch(() => undefined);
      },
    });
  }

  async #tellPiece(piece: Chunk | Gap, node: string, key: string): Promise<void> {
    const { outbox, view, context } = this.#client;
    // A client that may see it no longer gets nothing more: the feed tells it as a node that is not there.
    if (!view.sees(node)) throw view.unknown(node);
    if ('gap' in piece) {
      context.meters.liveGapRows.inc(piece.gap.rows);
      return outbox.send(gapMessage(piece, key));
    }
    for (const message of samplesMessages(piece, node, key, context.limits.liveRows)) {
      await outbox.send(message.text);
      context.meters.points.inc(message.points);
      context.meters.nonFinite.inc(message.nonFinite);
    }
  }
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name) => b.includes(name));
}
