import type {
  ArchiveChange,
  ArchiveCounts,
  ArchivedField,
  ArchiveStore,
  BlockEntry,
  FeedInfo,
  FileUpdate,
  FrameRun,
  KnownFile,
  TickSpan,
  TilesQuery,
  TilesUpdate,
} from '@sisock/archive';
import { type ColumnKind, isEmptyRange, SisockError, type TimeRange } from '@sisock/core';

interface StoredFile {
  readonly known: KnownFile;
  readonly blocks: readonly BlockEntry[];
}

/** An archive database in memory, as simple as can be; it can be sent away, and counts what it is asked. */
export class MemoryArchive implements ArchiveStore {
  readonly name = 'memory';
  away = false;
  readonly asked: Record<string, number> = {};
  readonly #files = new Map<string, StoredFile>();
  readonly #changes: ArchiveChange[] = [];
  readonly #finalized = new Map<string, bigint>();
  #commits = 0;
  #ids = 0;

  async migrate() {
    return { from: 1, to: 1 };
  }

  async close() {}

  async *files() {
    for (const { known } of this.#files.values()) yield known;
  }

  async file(path: string) {
    return this.#files.get(path)?.known ?? null;
  }

  async commit(updates: readonly FileUpdate[]) {
    return updates.map((update) => {
      const { path } = update.file;
      const before = this.#files.get(path);
      const kept = update.mode === 'append' ? (before?.blocks ?? []) : [];
      const gone = update.mode === 'replace' ? (before?.blocks ?? []) : [];
      const known: KnownFile = {
        ...update.file,
        id: before?.known.id ?? ++this.#ids,
        version: (before?.known.version ?? 0) + 1,
      };
      this.#commits++;
      for (const block of [...gone, ...update.blocks]) this.#note(block, gone.includes(block));
      this.#files.set(path, { known, blocks: [...kept, ...update.blocks] });
      return { file: known, conflict: false as const };
    });
  }

  async generation() {
    this.#ask('generation');
    return String(this.#commits);
  }

  async feeds(): Promise<readonly FeedInfo[]> {
    this.#ask('feeds');
    return [...this.#finalized].map(([key, finalizedTick]) => {
      const [feed, block] = JSON.parse(key) as [string, string];
      const revision = this.#changes.filter((one) => one.feed === feed && one.block === block).length;
      const there = this.#all().filter((one) => one.feed === feed && one.block === block);
      return { feed, block, span: there.length > 0 ? spanOf(there) : null, finalizedTick, revision };
    });
  }

  async fields(range: TimeRange): Promise<readonly ArchivedField[]> {
    this.#ask('fields');
    const found = new Map<string, ArchivedField & { readonly newest: bigint }>();
    for (const { blocks } of this.#files.values()) {
      const groups = groupBy(blocks, ({ feed, block }) => JSON.stringify([feed, block]));
      for (const group of groups.values()) {
        const span = spanOf(group);
        if (!meets(span, range)) continue;
        for (const { feed, block, fields, maxTick } of group) {
          for (const [field, kind] of fields) {
            const key = JSON.stringify([feed, block, field]);
            const other = found.get(key);
            const newer = other === undefined || maxTick >= other.newest;
            const newestKind: ColumnKind = newer ? kind : other.kind;
            const joined = other ? joinSpans(other.span, span) : span;
            const newest = newer ? maxTick : other.newest;
            found.set(key, { feed, block, field, kind: newestKind, span: joined, newest });
          }
        }
      }
    }
    return [...found.values()];
  }

  async runs(query: { readonly feed: string; readonly fields: ReadonlySet<string>; readonly range: TimeRange }) {
    this.#ask('runs');
    const runs: FrameRun[] = [];
    for (const { known, blocks } of this.#files.values()) {
      const own = blocks.filter(
        (one) =>
          one.feed === query.feed && one.count > 0 && meets({ first: one.minTick, last: one.maxTick }, query.range),
      );
      for (const frames of groupBy(own, ({ block }) => block).values()) {
        const fields = new Map(frames.flatMap((frame) => [...frame.fields]));
        if (![...query.fields].some((field) => fields.has(field))) continue;
        runs.push({
          fileId: known.id,
          path: known.path,
          feed: query.feed,
          block: frames[0]!.block,
          span: spanOf(frames),
          fields,
          offset: Float64Array.from(frames, ({ offset }) => offset),
          length: Float64Array.from(frames, ({ length }) => length),
          index: Uint32Array.from(frames, ({ index }) => index),
          count: Float64Array.from(frames, ({ count }) => count),
          minTick: BigInt64Array.from(frames, ({ minTick }) => minTick),
          maxTick: BigInt64Array.from(frames, ({ maxTick }) => maxTick),
          rising: Uint8Array.from(frames, ({ rising }) => Number(rising)),
        });
      }
    }
    return runs.sort((a, b) => (a.span.first < b.span.first ? -1 : 1));
  }

  async changes(after: number, limit = 100) {
    this.#ask('changes');
    const changes = this.#changes.filter(({ id }) => id > after).slice(0, limit);
    return { changes, latest: this.#changes.length };
  }

  async counts(): Promise<ArchiveCounts> {
    this.#ask('counts');
    const files = { ok: this.#files.size, damaged: 0, unreadable: 0, gone: 0 };
    const samples = this.#all().reduce((sum, { count }) => sum + count, 0);
    return { files, feeds: this.#finalized.size, fields: 0, frames: this.#all().length, samples, bytes: 0 };
  }

  async putTiles(updates: readonly TilesUpdate[]) {
    return updates.map(() => false);
  }

  async tiles({ wanted }: TilesQuery) {
    this.#ask('tiles');
    return wanted.map(() => null);
  }

  async filledTiles() {
    return [];
  }

  async tiledFields() {
    return new Set<string>();
  }

  async trimTiles() {}

  #ask(what: string): void {
    this.asked[what] = (this.asked[what] ?? 0) + 1;
    if (this.away) throw new SisockError('unavailable', 'database memory is away');
  }

  #note({ feed, block, minTick, maxTick, count }: BlockEntry, gone: boolean): void {
    if (count === 0) return;
    const key = JSON.stringify([feed, block]);
    const finalized = this.#finalized.get(key) ?? null;
    if (gone || (finalized !== null && minTick < finalized)) {
      this.#changes.push({ id: this.#changes.length + 1, feed, block, span: { first: minTick, last: maxTick } });
    }
    if (finalized === null || maxTick > finalized) this.#finalized.set(key, maxTick);
  }

  #all(): BlockEntry[] {
    return [...this.#files.values()].flatMap(({ blocks }) => blocks.filter(({ count }) => count > 0));
  }
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const same = groups.get(key(item));
    if (same) same.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}

function spanOf(blocks: readonly BlockEntry[]): TickSpan {
  return blocks
    .map(({ minTick, maxTick }): TickSpan => ({ first: minTick, last: maxTick }))
    .reduce((a, b) => joinSpans(a, b));
}

function joinSpans(a: TickSpan, b: TickSpan): TickSpan {
  return { first: a.first < b.first ? a.first : b.first, last: a.last > b.last ? a.last : b.last };
}

function meets({ first, last }: TickSpan, range: TimeRange): boolean {
  return !isEmptyRange(range) && Number(first) / 1e8 < range.end && Number(last) / 1e8 >= range.start;
}
