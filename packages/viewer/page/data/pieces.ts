import type { Span } from '../state/range.js';
import { lowerBound, type Samples, sliceOf, type State } from './samples.js';

/**
 * What is known of a field in a piece of time, `from <= t < to`. One sample on each side of it may come along, which leads
 * lines to its edges.
 */
export interface Piece extends Span {
  /** Seconds of a bucket that the samples were reduced by; 0: every sample there is. */
  readonly width: number;
  readonly samples: Samples;
  /** When it was asked for, in ms. */
  readonly askedAt: number;
  /** Data before this time will not change. */
  readonly finalUntil: number;
}

/** Widths that differ by less are the same level of zoom. */
const sameWidth = 0.01;
/** Neighbours of one level become one piece until they have so many samples. */
const mostMerged = 50_000;

/** True where a piece is as fine as buckets of `width` seconds want it, and not much finer. */
export function isLevel(piece: Pick<Piece, 'width'>, width: number): boolean {
  return piece.width === 0 || Math.abs(piece.width / width - 1) < sameWidth;
}

/** The parts of a span that none of the others covers, in order. */
export function uncovered(span: Span, covers: readonly Span[]): Span[] {
  let parts: Span[] = span.to > span.from ? [{ from: span.from, to: span.to }] : [];
  for (const cover of covers) {
    parts = parts.flatMap((part) => {
      if (cover.to <= part.from || cover.from >= part.to) return [part];
      const before = { from: part.from, to: cover.from };
      const after = { from: cover.to, to: part.to };
      return [before, after].filter(({ from, to }) => to > from);
    });
  }
  return parts;
}

/**
 * Puts a piece among others: it takes the place of what they know of its time, and joins neighbours of its level.
 * `interval`: usual seconds between samples, to tell a gap where two pieces meet; null: unknown.
 */
export function insert(pieces: readonly Piece[], piece: Piece, interval: number | null): Piece[] {
  const others: Piece[] = [];
  let whole = piece;
  for (const old of pieces) {
    if (!isReplacedBy(old, piece)) {
      others.push(old);
      continue;
    }
    for (const left of uncovered(old, [piece])) {
      const part = { ...old, ...left };
      const isNeighbour = old.width === piece.width && (part.to === whole.from || part.from === whole.to);
      const size = part.samples.t.length + whole.samples.t.length;
      if (!isNeighbour || size > mostMerged) others.push(part);
      else whole = part.to === whole.from ? merge(part, whole, interval) : merge(whole, part, interval);
    }
  }
  return [...others, whole];
}

function isReplacedBy(old: Piece, piece: Piece): boolean {
  if (old.width === piece.width) return old.from <= piece.to && old.to >= piece.from;
  return piece.width === 0 && old.from >= piece.from && old.to <= piece.to;
}

/** Two pieces of which the second begins where the first ends. */
function merge(a: Piece, b: Piece, interval: number | null): Piece {
  const parts = [a, b].map((piece) => ({ samples: piece.samples, from: piece.from, to: piece.to }));
  return {
    from: a.from,
    to: b.to,
    width: b.width,
    samples: join(parts, interval),
    askedAt: Math.min(a.askedAt, b.askedAt),
    finalUntil: a.finalUntil < a.to ? a.finalUntil : b.finalUntil,
  };
}

/**
 * The samples of a span out of pieces: from those of the level first, the newest of them before others; where there is
 * none, from those that come nearest to it. Null where there is no piece. `interval` as in {@link insert}.
 */
export function compose(pieces: readonly Piece[], span: Span, width: number, interval: number | null): Samples | null {
  if (pieces.length === 0) return null;
  const taken: Part[] = [];
  const fit = (piece: Piece) => misfit(piece, width);
  for (const piece of [...pieces].sort((a, b) => fit(a) - fit(b) || b.askedAt - a.askedAt)) {
    const within = { from: Math.max(span.from, piece.from), to: Math.min(span.to, piece.to) };
    for (const free of uncovered(within, taken)) taken.push({ samples: piece.samples, ...free });
  }
  taken.sort((a, b) => a.from - b.from);
  return taken.length === 0 ? sliceOf(pieces[0]!.samples, 0, 0) : join(taken, interval);
}

/** Samples, and which of them are meant: `from <= t < to`. */
interface Part extends Span {
  readonly samples: Samples;
}

/** Parts in the order of time as one, with what leads lines to both ends, and with a gap where they meet across one. */
function join(parts: readonly Part[], interval: number | null): Samples {
  const t: number[] = [];
  const v: (number | State)[] = [];
  parts.forEach(({ samples, from, to }, i) => {
    const inside = lowerBound(samples.t, from);
    const begin = Math.max(0, inside - (i === 0 ? 1 : 0));
    const end = Math.min(samples.t.length, lowerBound(samples.t, to) + (i === parts.length - 1 ? 1 : 0));
    if (samples.kind === 'number' && i > 0 && end > begin && isGap(t, samples.t, begin, interval)) {
      t.push((t.at(-1)! + samples.t[begin]!) / 2);
      v.push(NaN);
    }
    for (let at = begin; at < end; at++) {
      t.push(samples.t[at]!);
      v.push(samples.v[at]!);
    }
  });
  return { kind: parts[0]!.samples.kind, t, v } as Samples;
}

/** Steps on each side that tell how far samples usually are from each other there. */
const stepsLookedAt = 4;

/** True where the next sample is farther than three usual steps, as the field has them in general and here. */
function isGap(t: readonly number[], next: ArrayLike<number>, begin: number, interval: number | null): boolean {
  const last = t.at(-1);
  if (last === undefined || interval === null) return false;
  let usual = interval;
  for (let i = Math.max(1, t.length - stepsLookedAt); i < t.length; i++) usual = Math.max(usual, t[i]! - t[i - 1]!);
  for (let i = begin + 1; i < Math.min(next.length, begin + 1 + stepsLookedAt); i++) {
    usual = Math.max(usual, next[i]! - next[i - 1]!);
  }
  return next[begin]! - last > 3 * usual;
}

/** How far a piece is from the wanted level, from 0 on; of as far ones the coarser one is nearer. */
export function misfit(piece: Pick<Piece, 'width'>, width: number): number {
  if (isLevel(piece, width)) return 0;
  return Math.abs(Math.log(piece.width / width)) + (piece.width < width ? 0.1 : 0);
}
