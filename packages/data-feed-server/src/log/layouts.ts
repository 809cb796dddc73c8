import type { Column } from '@sisock/core';
import type { FeedTimeline } from '../feed-store.js';
import type { Layout } from './records.js';

/** Layouts of a block that are remembered; more are written again. */
const mostLayouts = 16;
/** Former names of a ring that are written: more runs than a follower waits. */
const mostFormer = 16;

/** The layouts that a file has by now. */
export class Layouts {
  readonly #known = new Map<FeedTimeline, Layout[]>();
  readonly #naming: string;
  #count = 0;

  constructor(naming: string) {
    this.#naming = naming;
  }

  /** The layout of these columns, and whether it is a new one. */
  find(
    timeline: FeedTimeline,
    columns: ReadonlyMap<string, Column>,
  ): { readonly layout: Layout; readonly isNew: boolean } {
    const list = this.#known.get(timeline) ?? [];
    for (let i = list.length - 1; i >= 0; i--) {
      if (fits(list[i]!, timeline, columns)) return { layout: list[i]!, isNew: false };
    }
    if (list.length === 0) this.#known.set(timeline, list);
    else if (list.length >= mostLayouts) list.shift();
    const layout = this.#make(timeline, columns);
    list.push(layout);
    return { layout, isNew: true };
  }

  #make({ feed, blockName, ring, fields }: FeedTimeline, columns: ReadonlyMap<string, Column>): Layout {
    return {
      id: this.#count++,
      feed,
      blockName,
      columns: [...columns].map(([own, { kind }]) => ({ own, kind, served: fields.get(own)! })),
      ring: { id: ring.id, former: [...ring.former].slice(-mostFormer) },
      naming: this.#naming,
    };
  }
}

function fits(layout: Layout, { feed, ring }: FeedTimeline, columns: ReadonlyMap<string, Column>): boolean {
  if (layout.columns.length !== columns.size || layout.ring.id !== ring.id) return false;
  if (layout.feed.agentClass !== feed.agentClass || layout.feed.sessionId !== feed.sessionId) return false;
  for (const { own, kind } of layout.columns) if (columns.get(own)?.kind !== kind) return false;
  return true;
}
