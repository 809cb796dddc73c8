import { type Position } from './position.js';
import { positionIn, type Segment } from './same-tick.js';

export interface ChunkLimits {
  readonly rows: number;
  /** Of texts, roughly. */
  readonly textBytes: number;
}

/** Gathers rows until a chunk is full. */
export class ChunkRows {
  readonly segments: Segment[] = [];
  readonly #limits: ChunkLimits;
  #rows = 0;
  #text = 0;

  constructor(limits: ChunkLimits) {
    this.#limits = limits;
  }

  /** False when the chunk is full: the rows behind were left out. At least one row is taken. */
  add(segments: readonly Segment[]): boolean {
    for (const segment of segments) {
      const room = Math.min(segment.n, this.#limits.rows - this.#rows);
      const n = this.#withinText(segment, room);
      if (n > 0) this.segments.push(n === segment.n ? segment : { ...segment, n });
      this.#rows += n;
      if (n < segment.n || this.#rows >= this.#limits.rows) return false;
    }
    return true;
  }

  /** The last row. */
  get last(): Position | null {
    const segment = this.segments.at(-1);
    return segment === undefined ? null : positionIn(segment, segment.n - 1);
  }

  #withinText({ blocks, from }: Segment, n: number): number {
    const texts = blocks.flatMap(({ columns }, k) =>
      [...columns.values()].flatMap((column) => (column.kind === 'str' ? [{ v: column.v, from: from[k]! }] : [])),
    );
    if (texts.length === 0) return n;
    for (let i = 0; i < n; i++) {
      for (const { v, from: row } of texts) this.#text += v[row + i]!.length;
      if (this.#text > this.#limits.textBytes && this.#rows + i > 0) return i;
    }
    return n;
  }
}
