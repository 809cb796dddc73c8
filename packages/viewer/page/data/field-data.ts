import type { Span } from '../state/range.js';
import { compose, insert, isLevel, misfit, type Piece, uncovered } from './pieces.js';
import { lowerBound, newestOf, type Sample, type Samples, sliceOf, type State } from './samples.js';
import { appendTo, createTail, cutTail, type Tail, tailFrom } from './tail.js';
import { thin } from './thin.js';

/** Limits of what is held of one field. */
export interface FieldLimits {
  /** Live samples that are kept one by one; then older ones are reduced to what can be seen. */
  readonly tail: number;
  /** Pieces, at whatever level. */
  readonly pieces: number;
  /** Ms that data which may still change are good for. */
  readonly provisionalMs: number;
}

export const fieldLimits: FieldLimits = { tail: 12_000, pieces: 24, provisionalMs: 60_000 };

/** Less is not worth the work of taking it out. */
const fewestTrimmed = 1000;

/** Everything the page holds of one field: pieces of the past at several levels, and what came since, live. */
export class FieldData {
  readonly isNumber: boolean;
  /** Usual seconds between samples, as far as that is known. */
  interval: number | null = null;
  readonly #limits: FieldLimits;
  #pieces: readonly Piece[] = [];
  #tail: Tail | null = null;
  /** Live samples from before a hole. */
  #leftover: Piece | null = null;
  #version = 0;
  #memo: { readonly version: number; readonly width: number; readonly span: Span; readonly samples: Samples } | null =
    null;

  constructor(isNumber: boolean, limits: FieldLimits = fieldLimits) {
    this.isNumber = isNumber;
    this.#limits = limits;
  }

  /** Another number after each change. */
  get version(): number {
    return this.#version;
  }

  /** How many samples are held. */
  get size(): number {
    return this.#pieces.reduce((n, { samples }) => n + samples.t.length, this.#tail?.t.length ?? 0);
  }

  get isLive(): boolean {
    return this.#tail !== null;
  }

  /**
   * Puts in what was loaded. `askedUntil`: the end that was asked for, where the piece is cut short of it because what
   * comes last may not have arrived yet.
   */
  put(piece: Piece, askedUntil = piece.to): void {
    this.#version++;
    this.#pieces = insert(this.#pieces, piece, this.interval);
    const fit = (one: Piece) => misfit(one, piece.width || one.width);
    while (this.#pieces.length > this.#limits.pieces) {
      const worst = this.#pieces.slice(0, -1).reduce((a, b) => (fit(b) > fit(a) ? b : a));
      this.#pieces = this.#pieces.filter((one) => one !== worst);
    }
    const tail = this.#tail;
    if (!tail || askedUntil < tail.since || piece.askedAt < tail.followedAt) return;
    // What was asked for while samples came live has them up to its newest one: from there on they go on.
    tail.since = Math.min(tail.since, piece.to);
    cutTail(tail, newestBefore(piece));
  }

  /** What a span still lacks at a level. `nowMs` as in {@link Piece.askedAt}. */
  missing(span: Span, width: number, nowMs: number): Span[] {
    const covers: Span[] = this.#pieces
      .filter((piece) => isLevel(piece, width))
      .map(({ from, to, askedAt, finalUntil }) => ({
        from,
        to: nowMs - askedAt < this.#limits.provisionalMs ? to : Math.min(to, finalUntil),
      }));
    const tail = this.#tail;
    return uncovered(span, tail ? [...covers, { from: tail.since, to: Infinity }] : covers);
  }

  /** From now on (UNIX seconds; `nowMs` as in {@link Piece.askedAt}) samples come live. */
  follow(now: number, nowMs: number): void {
    this.#tail ??= createTail(now, nowMs);
  }

  /** Live samples end, or have a hole: what came stays until it is loaded again. */
  unfollow(): void {
    const tail = this.#tail;
    this.#tail = null;
    if (!tail || tail.t.length === 0) return;
    this.#version++;
    const samples = this.#samplesOf(tail.t, tail.v);
    const span = { from: tailFrom(tail), to: tail.t.at(-1)! };
    this.#leftover = { ...span, width: 0, samples, askedAt: -Infinity, finalUntil: -Infinity };
  }

  /** Takes live samples; without {@link follow} nothing. */
  append(samples: Samples): void {
    if (!this.#tail || samples.t.length === 0) return;
    appendTo(this.#tail, samples, this.interval);
    this.#version++;
  }

  /**
   * Reduces live samples to buckets of `width` seconds once they are many, and forgets what is before `oldest` at that
   * level.
   */
  tidy(oldest: number, width: number): void {
    const tail = this.#tail;
    if (tail && tail.t.length > this.#limits.tail) this.#reduce(tail, width);
    const kept = this.#pieces.flatMap((piece) => (isLevel(piece, width) ? trimmed(piece, oldest) : [piece]));
    if (kept.length === this.#pieces.length && kept.every((piece, i) => piece === this.#pieces[i])) return;
    this.#pieces = kept;
    this.#version++;
  }

  /** The samples of a span, and some beside it, for drawing at a level; null where nothing is known. */
  samples(span: Span, width: number): Samples | null {
    const memo = this.#memo;
    const isSame = memo?.version === this.#version && memo.width === width;
    if (memo && isSame && memo.span.from <= span.from && memo.span.to >= span.to) return memo.samples;
    const room = (span.to - span.from) / 2;
    const wide = { from: span.from - room, to: span.to + room };
    const samples = compose(this.#all(), wide, width, this.interval);
    this.#memo = samples && { version: this.#version, width, span: wide, samples };
    return samples;
  }

  /** The newest sample that is held. */
  newest(): Sample | null {
    let newest: Sample | null = null;
    for (const { samples } of this.#all()) {
      const one = newestOf(samples);
      if (one && (newest === null || one.t >= newest.t)) newest = one;
    }
    return newest;
  }

  #reduce(tail: Tail, width: number): void {
    const end = lowerBound(tail.t, Math.floor(tail.t.at(-1)! / width) * width);
    if (end === 0) return;
    const rest: Tail = { ...tail, after: tail.t[end - 1]!, t: tail.t.slice(end), v: tail.v.slice(end) };
    const span = { from: tailFrom(tail), to: tailFrom(rest) };
    const samples = thin(this.#samplesOf(tail.t.slice(0, end), tail.v.slice(0, end)), 0, width);
    const piece = { ...span, width, samples, askedAt: 0, finalUntil: Infinity };
    this.#pieces = insert(this.#pieces, piece, this.interval);
    this.#tail = { ...rest, since: span.to };
    this.#version++;
  }

  #all(): readonly Piece[] {
    const tail = this.#tail;
    const loaded = this.#leftover ? [...this.#pieces, this.#leftover] : this.#pieces;
    if (!tail || tail.t.length === 0) return loaded;
    const span = { from: tailFrom(tail), to: Infinity };
    const samples = this.#samplesOf(tail.t, tail.v);
    return [...loaded, { ...span, width: 0, samples, askedAt: Infinity, finalUntil: -Infinity }];
  }

  #samplesOf(t: readonly number[], v: readonly (number | State)[]): Samples {
    return { kind: this.isNumber ? 'number' : 'state', t, v } as Samples;
  }
}

/** Time of the newest sample that lies in the piece. */
function newestBefore({ samples, to }: Piece): number {
  const i = lowerBound(samples.t, to) - 1;
  return i < 0 ? -Infinity : samples.t[i]!;
}

/** Nothing of what ends before `oldest`; else without what lies before it, once that is the half. */
function trimmed(piece: Piece, oldest: number): readonly Piece[] {
  const { samples } = piece;
  if (piece.to < oldest) return [];
  const n = lowerBound(samples.t, oldest);
  if (n < samples.t.length / 2 || n < fewestTrimmed) return [piece];
  const from = Math.max(piece.from, oldest);
  return [{ ...piece, from, samples: sliceOf(samples, n - 1, samples.t.length) }];
}
