import { formatSpan, parseDuration } from '../base/duration.js';

/** The time shown: the last so many seconds, live, or a fixed piece of it (UNIX seconds). */
export type Range =
  | { readonly kind: 'last'; readonly seconds: number }
  | { readonly kind: 'between'; readonly from: number; readonly to: number };

/** A piece of time, UNIX seconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The ranges that end now, by the names links use. */
export const lastRanges: readonly string[] = ['5m', '15m', '1h', '6h', '24h', '7d', '30d', '1y'];

export const defaultRange: Range = { kind: 'last', seconds: 900 };

/** Nothing narrower or wider can be shown, in seconds. */
export const narrowest = 0.01;
export const widest = 100 * 31_536_000;

/** The range as absolute UNIX seconds. */
export function resolve(range: Range, now: number): Span {
  return range.kind === 'last' ? { from: now - range.seconds, to: now } : { from: range.from, to: range.to };
}

/** A fixed range within what can be shown, to the millisecond, as a link carries it. */
export function between(from: number, to: number): Range {
  const width = Math.min(widest, Math.max(narrowest, to - from));
  const middle = (from + to) / 2;
  const isFitting = width === to - from;
  const ms = (t: number) => Math.round(t * 1000) / 1000;
  return isFitting
    ? { kind: 'between', from: ms(from), to: ms(to) }
    : { kind: 'between', from: ms(middle - width / 2), to: ms(middle + width / 2) };
}

/** Moved by a part of its width; what then ends in the present or later is live. */
export function step(range: Range, now: number, part: number): Range {
  const { from, to } = resolve(range, now);
  const shift = part * (to - from);
  if (part > 0 && to + shift >= now) return to > now ? range : { kind: 'last', seconds: rounded(to - from) };
  return between(from + shift, to + shift);
}

/** Wider (`factor` above 1) or narrower. What is live stays live; else the middle stays where it is. */
export function zoom(range: Range, now: number, factor: number): Range {
  if (range.kind === 'last') {
    return { kind: 'last', seconds: rounded(Math.min(widest, Math.max(1, range.seconds * factor))) };
  }
  const middle = (range.from + range.to) / 2;
  const half = ((range.to - range.from) / 2) * factor;
  const wider = between(middle - half, middle + half);
  if (factor <= 1 || wider.kind !== 'between' || wider.to <= now || range.to > now) return wider;
  // The future is empty: it grows into the past alone.
  return between(now - (wider.to - wider.from), now);
}

/** Live turned into what stands there now, and a fixed range into as much of the present. */
export function pauseOrFollow(range: Range, now: number): Range {
  if (range.kind === 'last') return between(now - range.seconds, now);
  return { kind: 'last', seconds: rounded(range.to - range.from) };
}

/** The range in words: `last 15 min`, or its length. */
export function rangeWords(range: Range): string {
  return range.kind === 'last' ? `last ${formatSpan(range.seconds)}` : formatSpan(range.to - range.from);
}

/** The seconds of one of {@link lastRanges}. */
export function secondsOf(name: string): number {
  return parseDuration(name) ?? 0;
}

/** A number of seconds that reads well, within 2 % of what it was. */
function rounded(seconds: number): number {
  const named = lastRanges.map(secondsOf).find((s) => Math.abs(s / seconds - 1) < 0.02);
  return named ?? Number(seconds.toPrecision(seconds >= 100 ? 3 : 2));
}
